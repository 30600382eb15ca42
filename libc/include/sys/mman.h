/* SPDX-License-Identifier: MIT */
/* Memory mappings. */
#pragma once

#include <abi/mman.h>
#include <sys/types.h>

#define MAP_FILE   0 /* what is mapped without MAP_ANONYMOUS */
#define MAP_ANON   MAP_ANONYMOUS
#define MAP_FAILED ((void *)-1)

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int munmap(void *addr, size_t len);
/* new_addr, a void *, follows with MREMAP_FIXED and may with MREMAP_DONTUNMAP. */
void *mremap(void *addr, size_t old_len, size_t new_len, int flags, ...);
int mprotect(void *addr, size_t len, int prot);
int madvise(void *addr, size_t len, int advice);
