/* SPDX-License-Identifier: MIT */
/* Memory mappings. */
#pragma once

#include <abi/mman.h>
#include <sys/types.h>

#define MAP_FILE	  0 /* what is mapped without MAP_ANONYMOUS */
#define MAP_ANON	  MAP_ANONYMOUS
#define MFD_CLOEXEC	  1u
#define MFD_ALLOW_SEALING 2u

#define MAP_FAILED ((void *)-1)

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int munmap(void *addr, size_t len);
/* new_addr, a void *, follows with MREMAP_FIXED and may with MREMAP_DONTUNMAP. */
void *mremap(void *addr, size_t old_len, size_t new_len, int flags, ...);
int mprotect(void *addr, size_t len, int prot);
int msync(void *addr, size_t len, int flags);
/* vec: a byte a page, of which the lowest bit says whether it is in memory. */
int mincore(void *addr, size_t len, unsigned char *vec);
int mlock(const void *addr, size_t len);
int mlock2(const void *addr, size_t len, unsigned int flags);
int munlock(const void *addr, size_t len);
int mlockall(int flags);
int munlockall(void);
/* A file in memory that has no name; flags: MFD_CLOEXEC, and MFD_ALLOW_SEALING without effect. */
int memfd_create(const char *name, unsigned int flags);
int madvise(void *addr, size_t len, int advice);
