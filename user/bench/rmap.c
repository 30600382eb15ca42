/* SPDX-License-Identifier: MIT */
/*
 * Cost of the reverse map: from a frame to every PTE that maps it.  vm_query
 * walks it once for each page; a page that is not mapped costs the same call
 * without the walk.
 */
#include "bench.h"

#define ROUNDS 20
#define MOST   1000

static uint64_t query(const char *page, int mappings)
{
	struct vm_page_info v;
	uint64_t start = now();

	for (int i = 0; i < ROUNDS; i++) {
		must(mg_vm_query(0, page, &v, 1) == 1);
		must(v.rmap_count == mappings && v.mapcount == mappings);
	}
	return (now() - start) / ROUNDS;
}

int main(void)
{
	static pid_t pid[MOST];
	char *p = map_pages(2);
	uint64_t walks = (uint64_t)event_count(EV_rmap_walk), base;
	char row[32];
	int mappings = 1;

	p[0] = 1;
	base = query(p + PAGE, 0);
	for (int want = 1; want <= MOST; want *= want == 1 ? 100 : 10) {
		struct cost c = { 0 };

		for (; mappings < want; mappings++)
			pid[mappings] = start_sleeper();
		c.instr = query(p, want) - base;
		snprintf(row, sizeof(row), "rmap_walk@%d", want);
		report(row, &c, (uint64_t)want, "anonymous, a process for each mapping");
	}
	must((uint64_t)event_count(EV_rmap_walk) - walks >= 3 * ROUNDS);
	while (--mappings)
		end_sleeper(pid[mappings]);
	return 0;
}
