/* SPDX-License-Identifier: MIT */
/* pagemap PID|self: the present pages of a process, one a line. */
#include <inttypes.h>
#include <merganser.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE	 4096ul
#define BATCH	 256
#define USER_END 0x7ffffffff000ul
#define CHUNK	 (4ul << 20)
#define MAPPINGS (1ul << 30)

static void print_page(uint64_t addr, const struct vm_page_info *v)
{
	printf("%012" PRIx64 "  %8" PRIx64 "  %c%c%c%c  %8d %8d %8d  %s\n", addr, v->pfn,
	       v->flags & VMQ_WRITABLE ? 'w' : '-', v->flags & VMQ_DIRTY ? 'd' : '-',
	       v->flags & VMQ_ACCESSED ? 'a' : '-', v->flags & VMQ_EXCLUSIVE ? 'x' : '-',
	       v->mapcount, v->refcount, v->rmap_count,
	       v->flags & VMQ_ZERO	? "zero page" :
	       v->flags & VMQ_MERGED	? "merged" :
	       v->flags & VMQ_OBJECT	? "an object's" :
	       v->flags & VMQ_EXCLUSIVE ? "" :
	       v->mapcount > 1		? "shared by fork" :
					  "");
}

/* How many pages the process has, as its page tables count them; 0 if there is no such process. */
static uint64_t pages_of(pid_t pid)
{
	static struct kstat_proc proc[1024];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == pid)
			return proc[i].nr_ptes;
	return 0;
}

/* Prints the present pages of [from, to) unless none is left; how many are left then. */
static uint64_t print_range(pid_t pid, uint64_t from, uint64_t to, uint64_t left)
{
	static struct vm_page_info info[BATCH];

	for (uint64_t addr = from; addr < to && left; addr += BATCH * PAGE) {
		int n = mg_vm_query(pid, (void *)addr, info, BATCH);

		for (int i = 0; i < n; i++) {
			if (!(info[i].flags & VMQ_PRESENT))
				continue;
			print_page(addr + (uint64_t)i * PAGE, &info[i]);
			left -= left > 0; /* we ourselves grow meanwhile */
		}
	}
	return left;
}

/*
 * The image is at the bottom, the stack at the top, mappings grow downwards from
 * below it: from the top down, until the process has no further page.
 * How many it has elsewhere.
 */
static uint64_t print_pages(pid_t pid)
{
	uint64_t left = pages_of(pid), top = USER_END;

	left = print_range(pid, 0x400000, 0x800000, left);
	for (; left && top > USER_END - MAPPINGS; top -= CHUNK)
		left = print_range(pid, top - CHUNK, top, left);
	return left;
}

int main(int argc, char **argv)
{
	struct vm_page_info probe;
	char *end = "";
	uint64_t left;
	pid_t pid = getpid();

	if (argc == 2 && strcmp(argv[1], "self") != 0)
		pid = (pid_t)strtol(argv[1], &end, 10);
	if (argc != 2 || *end || pid <= 0) {
		fprintf(stderr, "usage: pagemap PID|self\n");
		return 2;
	}
	if (mg_vm_query(pid, (void *)0x400000, &probe, 1) < 0) {
		perror("pagemap");
		return 1;
	}
	printf("%-12s  %8s  %-4s  %8s %8s %8s\n", "address", "frame", "wdax", "mapcount",
	       "refcount", "rmap");
	left = print_pages(pid);
	if (left)
		fprintf(stderr, "pagemap: %" PRIu64 " further pages lie elsewhere\n", left);
	return left != 0;
}
