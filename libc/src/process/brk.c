/* SPDX-License-Identifier: MIT */
/*
 * brk() and sbrk(): the area behind the program's own data, made of mappings.  The kernel knows no
 * break, so it is kept here; malloc() has nothing to do with it.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys.h"

#define PAGE 4096ul

extern char _end[];
static char *now = _end;

static char *page_up(const char *p)
{
	return (char *)(((uintptr_t)p + PAGE - 1) & -PAGE);
}

int brk(void *to)
{
	char *mapped = page_up(now), *wanted = page_up(to);
	void *p = mapped;

	if ((char *)to < _end)
		return (int)sys_ret(-ENOMEM);
	if (wanted > mapped)
		p = mmap(mapped, (size_t)(wanted - mapped), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	else if (wanted < mapped)
		munmap(wanted, (size_t)(mapped - wanted));
	if (p == MAP_FAILED)
		return (int)sys_ret(-ENOMEM);
	now = to;
	return 0;
}

void *sbrk(intptr_t more)
{
	char *old = now, *wanted;

	if (__builtin_add_overflow((uintptr_t)old, (uintptr_t)more, (uintptr_t *)&wanted) ?
		    more > 0 :
		    more < 0)
		return (void *)sys_ret(-ENOMEM);
	return more && brk(wanted) ? (void *)-1 : old;
}
