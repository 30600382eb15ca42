/* SPDX-License-Identifier: MIT */
/*
 * The runtime of -fsanitize=kernel-address.  GCC puts a call before every load
 * and store that it cannot prove right; the call looks at the shadow of what is
 * touched (kasan.h), and if a byte is barred says so in one sentence and stops
 * the machine.  The names that begin with __asan are the compiler's interface.
 * This file is compiled without the sanitizer, and so is what it calls to look.
 */
#include "kernel/core/kasan.h"
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu_local.h"

#if CONFIG_KASAN

/* The checks are called more often than anything else. */
#pragma GCC optimize("omit-frame-pointer")
/* But the call chain of a panic goes through the function that reports. */
#define __with_frame __attribute__((optimize("no-omit-frame-pointer")))

#define GRANULE	    8UL
#define FRAME_MAGIC 0x41b58ab3UL
#define MAX_FRAME   4096 /* bytes of one function */
#define MAX_UNITS   256

/* The compiler's record of a global variable. */
struct asan_global {
	u64 addr, size, size_with_redzone;
	const char *name, *file;
	u64 has_init, location, odr;
};

/*
 * What the compiler leaves in the left red zone of a stack frame.  variables is a text: how many,
 * and of each offset, size, length of its name, name (and line).
 */
struct asan_frame {
	u64 magic;
	const char *variables;
	u64 function;
};

/* The globals of one source file. */
struct unit {
	const struct asan_global *globals;
	u64 count;
};

void (*kasan_describe)(u64 addr, char *buf, size_t size);

static struct unit units[MAX_UNITS]; /* (c) after kasan_init() */
static u32 nr_units;		     /* (c) after kasan_init() */
static bool off;		     /* (a) */
static struct kasan_catch *catch_in; /* (a) where reports go, for one test at a time */
static void *catch_thread;	     /* (a) whose */

/* --- setting the shadow ----------------------------------------------------- */

void kasan_poison(const void *p, size_t n, enum kasan_poison why)
{
	if (n && shadowed((u64)p))
		memset(shadow_of((u64)p), (int)why, n / GRANULE);
}

void kasan_unpoison(const void *p, size_t n)
{
	if (!n || !shadowed((u64)p))
		return;
	memset(shadow_of((u64)p), 0, n / GRANULE);
	if (n % GRANULE)
		*shadow_of((u64)p + n) = n % GRANULE;
}

void kasan_unpoison_part(const void *p, size_t size, size_t slot)
{
	size_t used = ALIGN_UP(size, GRANULE);

	kasan_unpoison(p, size);
	kasan_poison(p + used, slot - used, KASAN_REDZONE);
}

void kasan_off(void)
{
	WRITE_ONCE(off, true);
}

void kasan_catch(struct kasan_catch *what)
{
	WRITE_ONCE(catch_thread, cpu_thread());
	WRITE_ONCE(catch_in, what);
}

/* --- saying what is wrong --------------------------------------------------- */

/* The value that tells why addr is barred: of a granule that is good in part, the next one's. */
static u8 reason(u64 addr)
{
	u8 value = *shadow_of(addr);

	if (value < GRANULE && shadowed(addr + GRANULE))
		value = *shadow_of(addr + GRANULE);
	return value;
}

static const char *kind_of(u8 why)
{
	switch (why) {
	case KASAN_STACK_LEFT:
	case KASAN_STACK_MID:
	case KASAN_STACK_RIGHT:
		return "stack variable out of bounds";
	case KASAN_STACK_SCOPE:
		return "stack variable used after its scope";
	case KASAN_GLOBAL:
		return "global variable out of bounds";
	case KASAN_DEAD_STACK:
		return "kernel stack used after free";
	case KASAN_DEAD_OBJECT:
	case KASAN_DEAD_FRAME:
		return "use after free";
	}
	return "out of bounds";
}

/* The global whose red zone, or bytes, hold addr. */
static const struct asan_global *global_at(u64 addr)
{
	for (u32 i = 0; i < nr_units; i++)
		for (u64 j = 0; j < units[i].count; j++) {
			const struct asan_global *g = &units[i].globals[j];

			if (addr - g->addr < g->size_with_redzone)
				return g;
		}
	return NULL;
}

static void describe_global(u64 addr, char *buf, size_t size)
{
	const struct asan_global *g = global_at(addr);

	if (g)
		scnprintf(buf, size, "byte %lu of %s (%lu bytes, %s)", addr - g->addr, g->name,
			  g->size, g->file);
}

/* The description of the frame whose red zone holds addr: it stands at the lowest left one. */
static const struct asan_frame *frame_at(u64 addr)
{
	u64 at = ALIGN_DOWN(addr, GRANULE), lowest = at - MAX_FRAME;
	const struct asan_frame *frame;

	while (at > lowest && shadowed(at) && *shadow_of(at) != KASAN_STACK_LEFT)
		at -= GRANULE;
	while (at > lowest && shadowed(at - GRANULE) &&
	       *shadow_of(at - GRANULE) == KASAN_STACK_LEFT)
		at -= GRANULE;
	frame = (const struct asan_frame *)at;
	return at > lowest && shadowed(at) && frame->magic == FRAME_MAGIC ? frame : NULL;
}

static u64 read_number(const char **text)
{
	u64 n = 0;

	for (; **text >= '0' && **text <= '9'; ++*text)
		n = n * 10 + (u64)(**text - '0');
	if (**text == ' ')
		++*text;
	return n;
}

/* The variable that ends last before addr, or else the first one. */
static void describe_stack(u64 addr, char *buf, size_t size)
{
	const struct asan_frame *frame = frame_at(addr);
	const char *text = frame ? frame->variables : "0";
	u64 n = read_number(&text);
	char name[64];

	for (u64 i = 0; i < n; i++) {
		u64 offset = read_number(&text), bytes = read_number(&text);
		u64 length = read_number(&text);

		if (!i || (u64)frame + offset <= addr)
			scnprintf(buf, size, "byte %ld of %.*s (%lu bytes) in the frame of %s",
				  (long)(addr - (u64)frame - offset), (int)length, text, bytes,
				  symbol_name(frame->function, name, sizeof(name)));
		text += length;
		if (*text == ' ')
			text++;
	}
}

static void describe(u64 addr, char *buf, size_t size)
{
	u8 why = reason(addr);

	*buf = '\0';
	if (why >= KASAN_STACK_LEFT && why <= KASAN_STACK_SCOPE)
		describe_stack(addr, buf, size);
	else if (why == KASAN_GLOBAL)
		describe_global(addr, buf, size);
	else if (addr - DIRECT_MAP < shadowed_ram && kasan_describe)
		kasan_describe(addr, buf, size);
}

static void put_in_words(struct kasan_report *r)
{
	char pc[64], what[120];

	describe(r->addr, what, sizeof(what));
	scnprintf(r->sentence, sizeof(r->sentence), "%s: %s of %lu bytes at %016lx by %s%s%s",
		  kind_of(reason(r->addr)), r->write ? "write" : "read", r->size, r->addr,
		  symbol_name(r->pc, pc, sizeof(pc)), *what ? ": " : "", what);
}

/* The shadow of the 128 bytes around addr and of their neighbours; > marks the line of addr. */
static void print_shadow(u64 addr)
{
	u64 line = ALIGN_DOWN(addr, 16 * GRANULE);

	for (u64 at = line - 2 * 16 * GRANULE; at <= line + 2 * 16 * GRANULE; at += 16 * GRANULE) {
		char text[64];
		size_t n = 0;

		if (!shadowed(at) || !shadowed(at + 16 * GRANULE - 1))
			continue;
		for (u64 i = 0; i < 16; i++)
			n += (size_t)scnprintf(text + n, sizeof(text) - n, " %02x",
					       *shadow_of(at + i * GRANULE));
		printk("%c%016lx:%s", at == line ? '>' : ' ', at, text);
	}
}

static __noinline __cold __with_frame void report_access(u64 addr, size_t size, bool write, u64 pc)
{
	struct kasan_report r = { addr, pc, size, write, *shadow_of(addr), "" };

	if (READ_ONCE(off))
		return;
	if (READ_ONCE(catch_in) && cpu_thread() == READ_ONCE(catch_thread)) {
		put_in_words(&r);
		catch_in->last = r;
		catch_in->count++;
		return;
	}
	kasan_off(); /* what is said from here on reads everywhere */
	put_in_words(&r);
	log_break_locks(); /* perhaps this very CPU was writing to it */
	printk("shadow, a byte for eight, 00 is good:");
	print_shadow(addr);
	panic("%s", r.sentence);
}

/* --- checking --------------------------------------------------------------- */

/* Whether the byte at addr is barred, by the shadow of its granule. */
static __always_inline bool barred(u64 addr)
{
	u8 value = *shadow_of(addr);

	return value && (value >= GRANULE || (addr & (GRANULE - 1)) >= value);
}

/* The first byte of [addr, addr + n) that is barred, 0 if none; n > 0. */
static u64 first_barred(u64 addr, size_t n)
{
	u64 end = addr + n;

	while (addr < end) {
		if (IS_ALIGNED(addr, 8 * GRANULE) && end - addr >= 8 * GRANULE &&
		    !*(const u64 *)shadow_of(addr)) {
			addr += 8 * GRANULE;
			continue;
		}
		if (barred(addr))
			return addr;
		/* byte by byte only where a granule is good in part */
		addr = *shadow_of(addr) ? addr + 1 : ALIGN_DOWN(addr, GRANULE) + GRANULE;
	}
	return 0;
}

static __noinline void check_range(u64 addr, size_t n, bool write, u64 pc)
{
	u64 bad;

	if (!n || !shadowed(addr) || !shadowed(addr + n - 1))
		return;
	bad = first_barred(addr, n);
	if (unlikely(bad))
		report_access(bad, n, write, pc);
}

/* n <= 8: at most two granules, and mostly both are good. */
static __always_inline void check_granules(u64 addr, size_t n, bool write, u64 pc)
{
	if (!shadowed(addr))
		return;
	if (unlikely(*shadow_of(addr) | *shadow_of(addr + n - 1)))
		check_range(addr, n, write, pc);
}

#define RETURN_ADDRESS ((u64)__builtin_return_address(0))

#define ACCESS(name, n, write, how) \
	void __asan_##name##_noabort(u64 addr); \
	void __asan_##name##_noabort(u64 addr) \
	{ \
		how(addr, n, write, RETURN_ADDRESS); \
	}

ACCESS(load1, 1, false, check_granules)
ACCESS(load2, 2, false, check_granules)
ACCESS(load4, 4, false, check_granules)
ACCESS(load8, 8, false, check_granules)
ACCESS(load16, 16, false, check_range)
ACCESS(store1, 1, true, check_granules)
ACCESS(store2, 2, true, check_granules)
ACCESS(store4, 4, true, check_granules)
ACCESS(store8, 8, true, check_granules)
ACCESS(store16, 16, true, check_range)

void __asan_loadN_noabort(u64 addr, size_t n)
{
	check_range(addr, n, false, RETURN_ADDRESS);
}

void __asan_storeN_noabort(u64 addr, size_t n)
{
	check_range(addr, n, true, RETURN_ADDRESS);
}

/* --- what else the compiler calls ------------------------------------------- */

/* Frames that are left for ever are swept up by the next user of their stack (kasan_unpoison). */
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}

/* Called once for each source file, at boot. */
void __asan_register_globals(const struct asan_global *globals, u64 count);
void __asan_register_globals(const struct asan_global *globals, u64 count)
{
	BUG_ON(nr_units == MAX_UNITS);
	units[nr_units++] = (struct unit){ globals, count };
	for (const struct asan_global *g = globals; g < globals + count; g++) {
		u64 used = ALIGN_UP(g->size, GRANULE);

		kasan_unpoison((void *)g->addr, g->size);
		kasan_poison((void *)(g->addr + used), g->size_with_redzone - used, KASAN_GLOBAL);
	}
}

/* The kernel is never unloaded. */
void __asan_unregister_globals(const struct asan_global *globals, u64 count);
void __asan_unregister_globals(const struct asan_global *globals __maybe_unused,
			       u64 count __maybe_unused)
{
}

extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);

void kasan_init(void)
{
	for (void (*const *f)(void) = __init_array_start; f < __init_array_end; f++)
		(*f)();
	pr_info("address sanitizer: on, globals of %u files", nr_units);
}

#endif
