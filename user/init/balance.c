/* SPDX-License-Identifier: MIT */
/* The balance of memory before and after a program: nothing may stay behind. */
#include <inttypes.h>
#include <merganser.h>

#include "init.h"

struct balance balance_take(void)
{
	struct kstat_mem mem = { 0 };

	mg_kctl(KCTL_DRAIN, 0, 0);
	mg_kstat(KSTAT_MEM, &mem, sizeof(mem));
	return (struct balance){ mem.free_frames, mem.slab_objects };
}

int balance_report(const struct balance *before, const struct balance *after)
{
	long violations = mg_kctl(KCTL_MM_CHECK, 0, 0);

	mg_test_log("# mm_check %ld violations", violations);
	mg_test_log("# frames before %" PRIu64 " after %" PRIu64, before->free_frames,
		    after->free_frames);
	mg_test_log("# slab objects before %" PRIu64 " after %" PRIu64, before->slab_objects,
		    after->slab_objects);
	return violations || before->free_frames != after->free_frames ||
	       before->slab_objects != after->slab_objects;
}
