/* SPDX-License-Identifier: MIT */
/* What tcc asks of a system's dlfcn.h: of shared libraries there are but libc's names (dlfcn.c). */
#ifndef DLFCN_H
#define DLFCN_H

#define RTLD_LAZY    1
#define RTLD_NOW     2
#define RTLD_GLOBAL  0x100
#define RTLD_DEFAULT ((void *)0)
#define RTLD_NEXT    ((void *)-1)

void *dlopen(const char *file, int flags);
int dlclose(void *handle);
const char *dlerror(void);
void *dlsym(void *handle, const char *name);

#endif
