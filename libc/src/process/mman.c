/* SPDX-License-Identifier: MIT */
/*
 * Memory mappings.  With MMAP_MERGEABLE=1 in the environment every private anonymous
 * mapping is offered to KSM, malloc's memory with it: so a program takes part that
 * knows nothing of merging (Android's libc does the like).  A file is mapped by the memory
 * object that its server gives; the mapping keeps it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

SYS_FUNCTION(int, msync, msync(addr, len, (unsigned int)flags), void *addr, size_t len, int flags)
SYS_FUNCTION(int, mincore, mincore(addr, len, vec), void *addr, size_t len, unsigned char *vec)
SYS_FUNCTION(int, mlock, mlock2((void *)addr, len, 0), const void *addr, size_t len)
SYS_FUNCTION(int, mlock2, mlock2((void *)addr, len, flags), const void *addr, size_t len,
	     unsigned int flags)
SYS_FUNCTION(int, munlock, munlock((void *)addr, len), const void *addr, size_t len)
SYS_FUNCTION(int, mlockall, mlockall((unsigned int)flags), int flags)
SYS_FUNCTION(int, munlockall, munlockall(), void)

#define MEMFD_NAME_MAX 249

int memfd_create(const char *name, unsigned int flags)
{
	char path[] = "/tmp/memfdXXXXXX";
	int fd;

	if (strnlen(name, MEMFD_NAME_MAX + 1) > MEMFD_NAME_MAX ||
	    flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
		errno = EINVAL;
		return -1;
	}
	fd = mkostemp(path, flags & MFD_CLOEXEC ? O_CLOEXEC : 0); /* all files are in memory */
	if (fd >= 0)
		unlink(path);
	return fd;
}

SYS_FUNCTION(int, munmap, munmap(addr, len), void *addr, size_t len)
SYS_FUNCTION(int, mprotect, mprotect(addr, len, prot), void *addr, size_t len, int prot)
SYS_FUNCTION(int, madvise, madvise(addr, len, advice), void *addr, size_t len, int advice)
