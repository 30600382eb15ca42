/* SPDX-License-Identifier: MIT */
/* What it costs to bring pages of a memory object by touching them, and to take them out of it. */
#include "bench.h"

#define NR 4096

int main(void)
{
	int vmo = mg_vmo_create(NR * PAGE);
	char *p = mmap(NULL, NR * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vmo, 0);
	struct cost start, c;
	long frames;

	must(p != MAP_FAILED);
	start = begin();
	touch(p, NR, 1);
	c = end(&start);
	report("fault_object", &c, NR, "shared; page tables and those of the object included");
	frames = (long)mem_stat().vmo_frames;
	start = begin();
	must(!mg_vmo_resize(vmo, 0));
	c = end(&start);
	must(frames - (long)mem_stat().vmo_frames == NR);
	report("truncate_page", &c, NR, "one call for all, mapped shared once");
	return 0;
}
