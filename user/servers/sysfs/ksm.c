/* SPDX-License-Identifier: MIT */
/*
 * /sys/kernel/mm/ksm and /sys/kernel/mm/pksm: a number or a word for each file.
 *
 * Which values a knob may take, and when, the kernel knows (merge_set_knob); here only
 * what is no number at all is turned away.  A knob that chooses shows all its words, the
 * chosen one in brackets, as Linux's advisor_mode does.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "user/servers/sysfs/sysfs.h"

static int set_knob(const struct node *n, uint64_t value)
{
	return mg_kctl(KCTL_SET_KNOB, n->arg, value) ? -errno : 0;
}

static long get_knob(const struct node *n)
{
	long value = mg_kctl(KCTL_GET_KNOB, n->arg, 0);

	return value < 0 ? -errno : value;
}

int show_knob(const struct node *n, pid_t pid, struct text *t)
{
	long value = get_knob(n);

	(void)pid;
	if (value < 0)
		return (int)value;
	text_printf(t, "%ld\n", value);
	return 0;
}

int store_uint(const struct node *n, const char *text)
{
	uint64_t value;

	return parse_number(text, UINT_MAX, &value) ? -EINVAL : set_knob(n, value);
}

int store_strict(const struct node *n, const char *text)
{
	uint64_t value;
	int err = parse_number(text, INT_MAX, &value);

	return err ? err : set_knob(n, value);
}

int store_bool(const struct node *n, const char *text)
{
	uint64_t value;
	int err = parse_bool(text, &value);

	return err ? err : set_knob(n, value);
}

/* The length of the word, and the next one into *next; 0 at the end. */
static size_t next_word(const char *words, const char **next)
{
	size_t len = strcspn(words, " ");

	*next = words + len + (words[len] == ' ');
	return len;
}

int show_words(const struct node *n, pid_t pid, struct text *t)
{
	long value = get_knob(n);
	const char *word = n->words, *next;

	(void)pid;
	if (value < 0)
		return (int)value;
	for (size_t len; (len = next_word(word, &next)); word = next, value--)
		text_printf(t, value ? "%.*s%c" : "[%.*s]%c", (int)len, word, *next ? ' ' : '\n');
	return 0;
}

int store_words(const struct node *n, const char *text)
{
	const char *word = n->words, *next;
	uint64_t value = 0;

	for (size_t len; (len = next_word(word, &next)); word = next, value++)
		if (!strncmp(text, word, len) && (!text[len] || !strcmp(text + len, "\n")))
			return set_knob(n, value);
	return -EINVAL;
}

/* The counter at byte `at` of a structure; general_profit, which may be negative, is one too. */
static int show_counter(const void *counters, size_t at, struct text *t)
{
	int64_t value;

	memcpy(&value, (const char *)counters + at, sizeof(value));
	text_printf(t, "%" PRId64 "\n", value);
	return 0;
}

int show_ksm(const struct node *n, pid_t pid, struct text *t)
{
	struct kstat_ksm st;

	(void)pid;
	if (mg_kstat(KSTAT_KSM, &st, sizeof(st)) < 0)
		return -errno;
	return show_counter(&st, n->arg, t);
}

int show_pksm(const struct node *n, pid_t pid, struct text *t)
{
	struct kstat_pksm st;

	(void)pid;
	if (mg_kstat(KSTAT_PKSM, &st, sizeof(st)) < 0)
		return -errno;
	return show_counter(&st, n->arg, t);
}
