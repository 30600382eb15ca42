/* SPDX-License-Identifier: MIT */
/* Names of kernel functions and call chains, for panics and lock reports. */
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/x86/layout.h"

#define MAX_FRAMES  24
#define KSTACK_SPAN (0x4000 << CONFIG_KASAN) /* two frames of one stack are closer than this */

struct kallsym {
	u64 addr;
	const char *name;
};

/* Made from the first link of the kernel (tools/mkkallsyms.py); sorted by address. */
extern const struct kallsym kallsyms_table[] __weak;
extern const u64 kallsyms_count __weak;

/* The last symbol at or below addr, or NULL. */
static const struct kallsym *find_symbol(u64 addr)
{
	u64 lo = 0, hi = &kallsyms_count ? kallsyms_count : 0;

	while (lo < hi) {
		u64 mid = (lo + hi) / 2;

		if (kallsyms_table[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &kallsyms_table[lo - 1] : NULL;
}

const char *symbol_name(u64 addr, char *buf, size_t size)
{
	const struct kallsym *sym = NULL;

	if (addr >= (u64)__text_start && addr < (u64)__text_end)
		sym = find_symbol(addr);
	if (sym)
		scnprintf(buf, size, "%s+0x%lx", sym->name, addr - sym->addr);
	else
		scnprintf(buf, size, "0x%lx", addr);
	return buf;
}

static bool plausible_frame(u64 rbp)
{
	return rbp >= DIRECT_MAP && IS_ALIGNED(rbp, 8UL) && rbp < FIXMAP_BASE;
}

void print_backtrace(u64 rbp)
{
	char name[80];

	printk("call chain, innermost first:");
	for (int i = 0; i < MAX_FRAMES && plausible_frame(rbp); i++) {
		u64 caller_rbp = ((u64 *)rbp)[0], ret = ((u64 *)rbp)[1];

		if (ret < (u64)__text_start || ret >= (u64)__text_end)
			break;
		/* ret - 1 lies within the call even if that was the function's last instruction. */
		printk("  %s", symbol_name(ret - 1, name, sizeof(name)));
		if (caller_rbp <= rbp || caller_rbp - rbp > KSTACK_SPAN)
			break;
		rbp = caller_rbp;
	}
}
