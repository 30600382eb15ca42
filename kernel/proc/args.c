/* SPDX-License-Identifier: MIT */
/*
 * Arguments and environment.  exec copies them out of the old address space
 * first, so that whatever is wrong with them is found while the old program
 * still stands, and writes them to the new one's stack:
 *
 *	STACK_TOP	strings: argv[0] … argv[argc-1] envp[0] …
 *			auxv: pairs, ended by AT_NULL
 *			envp pointers, NULL
 *			argv pointers, NULL
 *	rsp →		argc				(16-byte aligned)
 */
#include "kernel/proc/args.h"
#include "kernel/lib/string.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/page_alloc.h"
#include "mm/space/memory.h"

#define AT_NULL	  0
#define AT_PAGESZ 6
#define AT_ENTRY  9

/* The place for the next byte; its page is made if need be.  -E2BIG, -ENOMEM (ERR_PTR). */
static char *next_byte(struct exec_args *args)
{
	u64 i = args->size / PAGE_SIZE;

	if (i >= ARG_PAGES)
		return ERR_PTR(-E2BIG);
	if (!args->page[i])
		args->page[i] = alloc_zeroed_page();
	if (!args->page[i])
		return ERR_PTR(-ENOMEM);
	return args->page[i] + args->size % PAGE_SIZE;
}

static char byte_at(const struct exec_args *args, u64 pos)
{
	return args->page[pos / PAGE_SIZE][pos % PAGE_SIZE];
}

/* Appends a user string, page by page. */
static int add_string(struct exec_args *args, const char *str)
{
	for (;;) {
		u64 room = PAGE_SIZE - args->size % PAGE_SIZE;
		char *to = next_byte(args);
		s64 len;

		if (IS_ERR(to))
			return PTR_ERR(to);
		len = strncpy_from_user(to, str, room);
		if (len < 0)
			return len;
		if ((u64)len < room) {
			args->size += len + 1;
			return 0;
		}
		args->size += room;
		str += room;
	}
}

/* Appends the strings of a vector and counts them; the pointers count against ARG_MAX too. */
static int add_vector(struct exec_args *args, const u64 *vector, u32 *count)
{
	for (; vector; vector++) {
		u64 str, pointers = (args->argc + args->envc + 1) * sizeof(u64);
		int ret = copy_from_user(&str, vector, sizeof(str));

		if (ret || !str)
			return ret;
		ret = add_string(args, (const char *)str);
		if (ret)
			return ret;
		if (args->size + pointers > ARG_MAX)
			return -E2BIG;
		(*count)++;
	}
	return 0;
}

int args_init(struct exec_args *args, const char *name)
{
	char *to = next_byte(args);

	if (IS_ERR(to))
		return PTR_ERR(to);
	args->size += strlcpy(to, name, PAGE_SIZE) + 1;
	args->argc = 1;
	return 0;
}

int args_copy(struct exec_args *args, const u64 *argv, const u64 *envp)
{
	int ret = add_vector(args, argv, &args->argc);

	if (!ret && !args->argc)
		ret = args_init(args, "");
	return ret ? ret : add_vector(args, envp, &args->envc);
}

void args_name(const struct exec_args *args, char *name, size_t size)
{
	u64 start = 0, n = 0;

	for (u64 pos = 0; byte_at(args, pos); pos++)
		if (byte_at(args, pos) == '/')
			start = pos + 1;
	while (n < size - 1 && byte_at(args, start + n)) {
		name[n] = byte_at(args, start + n);
		n++;
	}
	name[n] = '\0';
}

/* Words on their way to mm's stack, upwards from addr, a batch at a time. */
struct word_writer {
	struct mm_struct *mm;
	u64 addr;
	u32 n;
	bool failed;
	u64 batch[32];
};

static void flush_words(struct word_writer *w)
{
	s64 bytes = w->n * sizeof(u64);

	if (access_remote_vm(w->mm, w->addr, w->batch, bytes, true) != bytes)
		w->failed = true;
	w->addr += bytes;
	w->n = 0;
}

static void put_word(struct word_writer *w, u64 word)
{
	w->batch[w->n++] = word;
	if (w->n == ARRAY_SIZE(w->batch))
		flush_words(w);
}

/* Pointers to the next count strings, the first at pos of the block that starts at base; NULL. */
static u64 put_pointers(struct word_writer *w, const struct exec_args *args, u64 base, u64 pos,
			u32 count)
{
	for (; count; count--) {
		put_word(w, base + pos);
		while (byte_at(args, pos++))
			;
	}
	put_word(w, 0);
	return pos;
}

static int put_strings(const struct exec_args *args, struct mm_struct *mm, u64 base)
{
	for (u64 pos = 0; pos < args->size; pos += PAGE_SIZE) {
		s64 n = MIN(args->size - pos, PAGE_SIZE);

		if (access_remote_vm(mm, base + pos, args->page[pos / PAGE_SIZE], n, true) != n)
			return -ENOMEM;
	}
	return 0;
}

s64 args_push(const struct exec_args *args, struct mm_struct *mm, u64 entry)
{
	const u64 auxv[] = { AT_PAGESZ, PAGE_SIZE, AT_ENTRY, entry, AT_NULL, 0 };
	u64 strings = ALIGN_DOWN(STACK_TOP - args->size, 16);
	u64 words = 1 + args->argc + 1 + args->envc + 1 + ARRAY_SIZE(auxv);
	u64 rsp = ALIGN_DOWN(strings - words * sizeof(u64), 16), pos;
	struct word_writer w = { .mm = mm, .addr = rsp };

	put_word(&w, args->argc);
	pos = put_pointers(&w, args, strings, 0, args->argc);
	put_pointers(&w, args, strings, pos, args->envc);
	for (u32 i = 0; i < ARRAY_SIZE(auxv); i++)
		put_word(&w, auxv[i]);
	flush_words(&w);
	return w.failed || put_strings(args, mm, strings) ? -ENOMEM : (s64)rsp;
}

void args_free(struct exec_args *args)
{
	for (u32 i = 0; i < ARG_PAGES; i++)
		if (args->page[i])
			free_pages(virt_to_page(args->page[i]), 0);
}
