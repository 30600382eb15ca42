/* SPDX-License-Identifier: MIT */
/*
 * The address sanitizer (KASAN=1): which bytes of the kernel's memory may be
 * touched at present.  Without it everything here compiles to nothing.
 *
 *	shadow byte	says of its eight bytes
 *	0		all may be touched
 *	1 .. 7		the first so many
 *	from 0x80 on	none; the value tells why: enum kasan_poison
 *
 * The compiler puts a call before each access and sees to the red zones of
 * variables; the allocators tell what lives and what has died.
 */
#pragma once

#include "kernel/lib/asan.h"
#include "kernel/x86/shadow.h"

/* The values for the stack, and the one for globals, are the compiler's. */
enum kasan_poison {
	KASAN_STACK_LEFT = 0xf1,
	KASAN_STACK_MID = 0xf2,
	KASAN_STACK_RIGHT = 0xf3,
	KASAN_STACK_SCOPE = 0xf8,
	KASAN_GLOBAL = 0xf9,
	KASAN_DEAD_STACK = 0xfa,  /* a kernel stack that no thread runs on */
	KASAN_DEAD_OBJECT = 0xfb, /* given back to its slab cache */
	KASAN_REDZONE = 0xfc,	  /* never part of an object: beyond it, or not given out yet */
	KASAN_DEAD_FRAME = 0xff,  /* free */
};

/* What a report knows. */
struct kasan_report {
	u64 addr; /* of the first byte that must not be touched */
	u64 pc;	  /* whose access it was */
	size_t size;
	bool write;
	u8 shadow;	    /* enum kasan_poison, or how many bytes of the granule are good */
	char sentence[224]; /* all of it in words */
};

/* Reports of one thread, caught instead of stopping the machine: for tests. */
struct kasan_catch {
	u32 count;		  /* of reports */
	struct kasan_report last; /* of them */
};

#if CONFIG_KASAN

/* Makes the red zones of the globals.  Once, before the floors above begin. */
void kasan_init(void);

/* Bars n bytes; both ends on a granule of eight.  Any context. */
void kasan_poison(const void *p, size_t n, enum kasan_poison why);
/* Opens n bytes; p begins a granule, the rest of the last one stays barred.  Any context. */
void kasan_unpoison(const void *p, size_t n);
/* Opens the first size of slot bytes, and makes a red zone of the others. */
void kasan_unpoison_part(const void *p, size_t size, size_t slot);

/* No more reports: the machine is stopping, and its last words read everywhere. */
void kasan_off(void);

/* From now on the calling thread's reports are counted in what, and it goes on; NULL ends that. */
void kasan_catch(struct kasan_catch *what);

/*
 * Writes what lies at an address of the direct map to buf (nothing if unknown); filled in by the
 * floor that knows frames and slabs.  Called with the machine about to stop.
 */
extern void (*kasan_describe)(u64 addr, char *buf, size_t size);

/* With the boot parameter kasan=overrun: writes beyond an object, to show what becomes of it. */
void kasan_trial(void);

#else

#define kasan_init()			   ((void)0)
#define kasan_poison(p, n, why)		   ((void)0)
#define kasan_unpoison(p, n)		   ((void)0)
#define kasan_unpoison_part(p, size, slot) ((void)0)
#define kasan_off()			   ((void)0)
#define kasan_trial()			   ((void)0)

#endif
