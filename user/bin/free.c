/* SPDX-License-Identifier: MIT */
/* free: where the frames are. */
#include <err.h>
#include <inttypes.h>
#include <merganser.h>
#include <stdio.h>

static void row(const char *what, uint64_t frames)
{
	printf("%-14s %9" PRIu64 " %9.1f\n", what, frames, (double)frames / 256);
}

int main(int argc, char **argv)
{
	struct kstat_mem mem;

	(void)argv;
	if (argc > 1)
		errx(2, "usage: free");
	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0) {
		perror("free");
		return 1;
	}
	printf("%-14s %9s %9s\n", "", "frames", "MiB");
	row("total", mem.total_frames);
	row("free", mem.free_frames);
	row("user pages", mem.user_frames);
	row("memory objects", mem.vmo_frames);
	row("page tables", mem.table_frames);
	row("slab", mem.slab_frames);
	row("kernel stacks", mem.stack_frames);
	row("kernel", mem.kernel_frames);
	printf("%" PRIu64 " slab objects are live.\n", mem.slab_objects);
	return 0;
}
