/* SPDX-License-Identifier: MIT */
/* The balance of memory before and after a program: nothing may be left. */
#include <inttypes.h>
#include <merganser.h>

#include "init.h"

struct balance balance_take(void)
{
	struct kstat_mem mem = { 0 };

	uint64_t frames = (uint64_t)mg_settled_frames();

	mg_kstat(KSTAT_MEM, &mem, sizeof(mem));
	return (struct balance){ frames, mem.slab_objects };
}

int balance_report(const struct balance *before, const struct balance *after)
{
	long violations = mg_kctl(KCTL_MM_CHECK, 0, 0);

	mg_test_log("# mm_check %ld violations", violations);
	mg_test_log("# frames before %" PRIu64 " after %" PRIu64, before->frames, after->frames);
	mg_test_log("# slab objects before %" PRIu64 " after %" PRIu64, before->slab_objects,
		    after->slab_objects);
	return violations || before->frames != after->frames ||
	       before->slab_objects != after->slab_objects;
}
