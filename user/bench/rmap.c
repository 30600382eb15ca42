/* SPDX-License-Identifier: MIT */
/* Measures: a reverse-map walk of an anonymous page mapped 1, 100 and 1,000 times. */
/* mem: 512M */
#include "bench.h"

/* A query of one page walks its reverse map; of an unmapped one, it does not. */
static uint64_t query(const void *addr, int expected)
{
	struct vm_page_info info = { 0 };
	uint64_t start = ticks(), took;

	MUST(mg_vm_query(0, addr, &info, 1) == 1, "vm_query");
	took = ticks() - start;
	MUST(info.rmap_count == expected && info.mapcount == expected,
	     "%d mappings found, mapcount %d, %d expected", info.rmap_count, info.mapcount,
	     expected);
	return took;
}

static pid_t children[1000];

int main(void)
{
	static const int sizes[] = { 1, 100, 1000 };
	unsigned char *p = map_pages(2);
	int mapped = 1;

	p[0] = 1;
	for (int i = 0; i < 3; i++) {
		uint64_t base;

		for (; mapped < sizes[i]; mapped++)
			children[mapped] = idle_child();
		query(p + PAGE, 0); /* twice: the first one may fault the buffer's page in */
		base = query(p + PAGE, 0);
		query(p, mapped);
		row("rmap_walk", (unsigned long)mapped, query(p, mapped) - base,
		    (unsigned long)mapped, "anonymous, each a process; set-up of the walk included");
	}
	while (--mapped)
		end_child(children[mapped]);
	return 0;
}
