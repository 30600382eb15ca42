/* SPDX-License-Identifier: MIT */
/* Memory mappings. */
#include <sys/mman.h>

#include "sys.h"

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	return (void *)sys_ret(sys_mmap(addr, len, prot, flags, fd, (size_t)offset));
}

int munmap(void *addr, size_t len)
{
	return (int)sys_ret(sys_munmap(addr, len));
}

int mprotect(void *addr, size_t len, int prot)
{
	return (int)sys_ret(sys_mprotect(addr, len, prot));
}

int madvise(void *addr, size_t len, int advice)
{
	return (int)sys_ret(sys_madvise(addr, len, advice));
}
