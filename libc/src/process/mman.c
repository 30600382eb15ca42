/* SPDX-License-Identifier: MIT */
/*
 * Memory mappings.  With MMAP_MERGEABLE=1 in the environment every private anonymous
 * mapping is offered to KSM, malloc's memory with it: so a program takes part that
 * knows nothing of merging (Android's libc does the like).  A file is mapped by the memory
 * object that its server gives; the mapping keeps it.
 */
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "sys.h"
#include "unistd/request.h"

static int is_to_be_offered(int flags)
{
	const char *value;

	if ((flags & (MAP_PRIVATE | MAP_ANONYMOUS)) != (MAP_PRIVATE | MAP_ANONYMOUS))
		return 0;
	value = getenv("MMAP_MERGEABLE");
	return value && !strcmp(value, "1");
}

/*
 * What the mapping needs of the file: changes reach it only if they are shared.  What mprotect()
 * may add later follows from how the file was opened, so as much more is asked for.
 */
static unsigned int rights_for(int prot, int flags)
{
	return RIGHT_READ | (flags & MAP_SHARED && prot & PROT_WRITE ? RIGHT_WRITE : 0) |
	       (prot & PROT_EXEC ? RIGHT_EXEC : 0);
}

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	long vmo = flags & MAP_ANONYMOUS ?
			   IO_NO_CONNECTION :
			   __io_vmo(fd, rights_for(prot, flags), rights_for(~0, flags));
	long p = vmo;

	if (vmo >= 0 || vmo == IO_NO_CONNECTION)
		p = sys_mmap(addr, len, prot, flags, vmo >= 0 ? (int)vmo : fd, (size_t)offset);
	if (vmo >= 0)
		sys_handle_close((int)vmo);
	if (p >= 0 && is_to_be_offered(flags))
		sys_madvise((void *)p, len, MADV_MERGEABLE); /* mere advice: it may fail */
	return (void *)sys_ret(p);
}

void *mremap(void *addr, size_t old_len, size_t new_len, int flags, ...)
{
	void *new_addr = NULL;
	va_list ap;

	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
		va_start(ap, flags);
		new_addr = va_arg(ap, void *);
		va_end(ap);
	}
	return (void *)sys_ret(sys_mremap(addr, old_len, new_len, flags, new_addr));
}

SYS_FUNCTION(int, munmap, munmap(addr, len), void *addr, size_t len)
SYS_FUNCTION(int, mprotect, mprotect(addr, len, prot), void *addr, size_t len, int prot)
SYS_FUNCTION(int, madvise, madvise(addr, len, advice), void *addr, size_t len, int advice)
