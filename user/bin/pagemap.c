/* SPDX-License-Identifier: MIT */
/* pagemap PID|self: every present page of a process, run by run. */
#include <inttypes.h>
#include <merganser.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE	 4096ul
#define BATCH	 256
#define USER_END 0x7ffffffff000ul

static void print_page(uint64_t addr, const struct vm_page_info *v)
{
	printf("%012" PRIx64 "  %8" PRIx64 "  %c%c%c%c  %8d %8d %8d  %s\n", addr, v->pfn,
	       v->flags & VMQ_WRITABLE ? 'w' : '-', v->flags & VMQ_DIRTY ? 'd' : '-',
	       v->flags & VMQ_ACCESSED ? 'a' : '-', v->flags & VMQ_EXCLUSIVE ? 'x' : '-',
	       v->mapcount, v->refcount, v->rmap_count,
	       v->flags & VMQ_ZERO	? "zero page" :
	       v->flags & VMQ_MERGED	? "merged" :
	       v->flags & VMQ_EXCLUSIVE ? "" :
	       v->mapcount > 1		? "shared by fork" :
					  "");
}

/*
 * Programs live at the bottom (image), mappings and the stack at the top; the
 * wide gap between is skipped.
 */
static void print_range(pid_t pid, uint64_t from, uint64_t to)
{
	static struct vm_page_info info[BATCH];

	for (uint64_t addr = from; addr < to; addr += BATCH * PAGE) {
		int n = mg_vm_query(pid, (void *)addr, info, BATCH);

		for (int i = 0; i < n; i++)
			if (info[i].flags & VMQ_PRESENT)
				print_page(addr + (uint64_t)i * PAGE, &info[i]);
	}
}

int main(int argc, char **argv)
{
	struct vm_page_info probe;
	pid_t pid;

	if (argc != 2) {
		fprintf(stderr, "usage: pagemap PID|self\n");
		return 2;
	}
	pid = strcmp(argv[1], "self") ? atoi(argv[1]) : 0;
	if (mg_vm_query(pid, (void *)0x400000, &probe, 1) < 0) {
		perror("pagemap");
		return 1;
	}
	printf("%-12s  %8s  %-4s  %8s %8s %8s\n", "address", "frame", "wdax", "mapcount",
	       "refcount", "rmap");
	print_range(pid, 0x400000, 0x800000);
	print_range(pid, USER_END - (64ul << 20), USER_END);
	return 0;
}
