/* SPDX-License-Identifier: MIT */
/*
 * Arguments and environment.  exec copies them out of the old address space
 * first, so that whatever is wrong with them is found while the old program
 * still stands.  What it makes of them is the new program's first stack, that
 * goes to its place in one piece:
 *
 *	STACK_TOP	strings: argv[0] … argv[argc-1] envp[0] …
 *			auxv: pairs, ended by AT_NULL
 *			envp pointers, NULL
 *			argv pointers, NULL
 *	rsp →		argc				(16-byte aligned)
 *
 * The place follows from the size, so the pointers are offsets until then.
 */
#include "kernel/proc/args.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/page_alloc.h"
#include "mm/space/copy.h"

#define AT_NULL	  0
#define AT_PAGESZ 6
#define AT_ENTRY  9

static char *byte_at(const struct exec_args *args, u64 offset)
{
	return args->page[offset / PAGE_SIZE] + offset % PAGE_SIZE;
}

static u64 *word_at(const struct exec_args *args, u64 i)
{
	return (u64 *)byte_at(args, i * sizeof(u64));
}

/* Where the strings begin: after argc, two NULLs, auxv, and a pointer for each string. */
static u64 strings_offset(const struct exec_args *args)
{
	return ARG_FIXED + (args->argc + args->envc) * sizeof(u64);
}

/* The process keeps n more of such pages, or less; init's, made at boot, are nobody's. */
static void charge_arg_pages(int n)
{
	if (current->process)
		atomic_add(n, &current_process()->nr_arg_pages);
}

/* Makes the pages of the first size bytes.  -E2BIG, -ENOMEM. */
static int reserve(struct exec_args *args, u64 size)
{
	if (size > ARG_PAGES * PAGE_SIZE)
		return -E2BIG;
	for (; args->nr_pages * PAGE_SIZE < size; args->nr_pages++) {
		args->page[args->nr_pages] = alloc_zeroed_page();
		if (!args->page[args->nr_pages])
			return -ENOMEM;
		charge_arg_pages(1);
	}
	return 0;
}

/* Leaves room for the words, and for an empty string. */
static int begin(struct exec_args *args, u32 argc, u32 envc)
{
	args->argc = argc;
	args->envc = envc;
	args->size = strings_offset(args);
	return reserve(args, args->size + 1);
}

/* How many strings a user's vector has; null is an empty one.  -EFAULT, -E2BIG. */
static int count_strings(const u64 *vector, u32 *n)
{
	*n = 0;
	if (!vector)
		return 0;
	for (; *n <= ARG_MAX / sizeof(u64); ++*n) {
		u64 str;

		if (copy_from_user(&str, vector + *n, sizeof(str)))
			return -EFAULT;
		if (!str)
			return 0;
	}
	return -E2BIG;
}

/* Appends a user string, page by page. */
static int add_string(struct exec_args *args, const char *str)
{
	for (;;) {
		u64 room = PAGE_SIZE - args->size % PAGE_SIZE;
		int ret = reserve(args, args->size + 1);
		s64 len;

		if (ret)
			return ret;
		len = strncpy_from_user(byte_at(args, args->size), str, room);
		if (len < 0)
			return len;
		args->size += MIN((u64)len + 1, room);
		if ((u64)len < room)
			return 0;
		str += room;
	}
}

/* Appends the n strings of a vector; their pointers go from word i on. */
static int add_vector(struct exec_args *args, u64 i, const u64 *vector, u32 n)
{
	for (u32 k = 0; k < n; k++) {
		u64 str;
		int ret;

		*word_at(args, i + k) = args->size;
		if (copy_from_user(&str, vector + k, sizeof(str)))
			return -EFAULT;
		ret = add_string(args, (const char *)str);
		if (ret)
			return ret;
	}
	return 0;
}

int args_init(struct exec_args *args, const char *name)
{
	if (begin(args, 1, 0))
		return -ENOMEM;
	*word_at(args, 1) = args->size;
	args->size += strlcpy(byte_at(args, args->size), name, PAGE_SIZE - args->size) + 1;
	return 0;
}

int args_copy(struct exec_args *args, const u64 *argv, const u64 *envp)
{
	u32 argc, envc;
	int ret = count_strings(argv, &argc);

	if (!ret)
		ret = count_strings(envp, &envc);
	if (!ret)
		ret = begin(args, MAX(argc, 1U), envc);
	if (ret)
		return ret;
	if (!argc)
		*word_at(args, 1) = args->size++;
	ret = add_vector(args, 1, argv, argc);
	if (!ret)
		ret = add_vector(args, args->argc + 2, envp, envc);
	if (!ret && args->size > ARG_FIXED + ARG_MAX)
		ret = -E2BIG;
	return ret;
}

void args_name(const struct exec_args *args, char *name, size_t size)
{
	char *end = name;

	for (u64 pos = strings_offset(args); *byte_at(args, pos); pos++) {
		if (*byte_at(args, pos) == '/')
			end = name;
		else if (end < name + size - 1)
			*end++ = *byte_at(args, pos);
	}
	*end = '\0';
}

s64 args_push(const struct exec_args *args, struct mm_struct *mm, u64 entry)
{
	const u64 auxv[] = { AT_PAGESZ, PAGE_SIZE, AT_ENTRY, entry, AT_NULL, 0 };
	u64 rsp = ALIGN_DOWN(STACK_TOP - args->size, 16);
	u64 auxv_word = 1 + args->argc + 1 + args->envc + 1;

	*word_at(args, 0) = args->argc;
	for (u64 i = 1; i < auxv_word; i++)
		if (*word_at(args, i))
			*word_at(args, i) += rsp;
	for (u64 i = 0; i < ARRAY_SIZE(auxv); i++)
		*word_at(args, auxv_word + i) = auxv[i];
	for (u64 pos = 0; pos < args->size; pos += PAGE_SIZE) {
		s64 n = MIN(args->size - pos, PAGE_SIZE);

		if (access_remote_vm(mm, rsp + pos, byte_at(args, pos), n, true) != n)
			return -ENOMEM;
	}
	return rsp;
}

void args_free(struct exec_args *args)
{
	for (u32 i = 0; i < args->nr_pages; i++)
		free_pages(virt_to_page(args->page[i]), 0);
	charge_arg_pages(-(int)args->nr_pages);
}
