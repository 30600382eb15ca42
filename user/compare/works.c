/* SPDX-License-Identifier: MIT */
/*
 * The workloads.  Contents come from a seeded generator and depend on a page's
 * number alone, so every scanner has the same work and every page can be verified.
 */
#include "compare.h"

/* ---- contents ---- */

static uint64_t mixed(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* SEED of the environment, or 1. */
static uint64_t seed(void)
{
	static uint64_t value;
	const char *text;

	if (!value) {
		text = getenv("SEED");
		value = text ? strtoul(text, NULL, 0) + 1 : 2;
	}
	return value;
}

/* Equal tags, equal pages; words from `first` on. */
static void fill(char *page, uint64_t tag, size_t first)
{
	uint64_t state = mixed(seed() * 0x9e3779b97f4a7c15 + tag);

	for (size_t i = first; i < PAGE / 8; i++)
		((volatile uint64_t *)page)[i] = mixed(state += 0x9e3779b97f4a7c15);
}

static void make_identical(char *page, unsigned int proc, size_t i)
{
	(void)proc;
	(void)i;
	fill(page, 0, 0);
}

static void make_pairs(char *page, unsigned int proc, size_t i)
{
	(void)proc;
	fill(page, i / 2, 0);
}

/* The same in every process. */
static void make_shared(char *page, unsigned int proc, size_t i)
{
	(void)proc;
	fill(page, i, 0);
}

static void make_zero(char *page, unsigned int proc, size_t i)
{
	(void)proc;
	(void)i;
	memset(page, 0, PAGE);
}

#define PREFIX 4000

static void make_prefix(char *page, unsigned int proc, size_t i)
{
	(void)proc;
	memset(page, 'p', PREFIX);
	fill(page, i, PREFIX / 8);
}

/* Standard input: the same file in every process. */
static void make_file(char *page, unsigned int proc, size_t i)
{
	ssize_t got = pread(STDIN_FILENO, page, PAGE, (off_t)(i * PAGE));

	(void)proc;
	must(got >= 0);
	memset(page + got, 0, PAGE - (size_t)got);
}

/* ---- churn: a hot quarter, of which a part is rewritten in each turn, in equal pairs ---- */

#define CHURN_PAGES 1024ul
#define HOT_PAIRS   (CHURN_PAGES / 8)
#define TURN_LOOKS  4 /* about a full scan of KSM's at its default speed */

/* Pages 2 i and 2 i + 1 are equal; the first HOT_PAIRS pairs are hot. */
static uint16_t rewritten[HOT_PAIRS]; /* how often */
static bool merged[2 * HOT_PAIRS];    /* at the latest turn */

static void make_churn(char *page, unsigned int proc, size_t i)
{
	uint64_t pair = i / 2;

	(void)proc;
	fill(page, pair < HOT_PAIRS ? pair << 32 | (rewritten[pair] + 1ul) : pair, 0);
}

static bool is_merged(const char *page)
{
	struct vm_page_info info;

	must(mg_vm_query(0, page, &info, 1) == 1);
	return info.flags & VMQ_MERGED;
}

/* A merge is wasted if the page was not merged at the turn before and is written now. */
static void rewrite(const struct work *w, size_t pair)
{
	char *pages = region[0].at;

	rewritten[pair]++;
	for (size_t i = 2 * pair; i < 2 * pair + 2; i++) {
		meter_wasted(!merged[i] && is_merged(pages + i * PAGE));
		w->make(pages + i * PAGE, 0, i);
	}
}

static void turn_churn(const struct work *w, unsigned int look)
{
	if (look % TURN_LOOKS)
		return;
	for (size_t pair = 0; pair < HOT_PAIRS; pair++)
		if (!(mixed(seed() + look * HOT_PAIRS + pair) % 4))
			rewrite(w, pair);
	for (size_t i = 0; i < 2 * HOT_PAIRS; i++)
		merged[i] = is_merged(region[0].at + i * PAGE);
}

/* ---- short-lived processes that hold what two long-lived ones hold too ---- */

#define RESIDENTS  2u
#define LIFE_LOOKS 10

static void visitors_join(const struct work *w)
{
	for (unsigned int proc = RESIDENTS; proc < w->procs; proc++)
		crowd_join(w, proc);
}

/*
 * The frames of a generation are counted while the scanner stands still; the first is a rehearsal.
 */
static size_t birth_short(struct work *w)
{
	for (unsigned int proc = 0; proc < RESIDENTS; proc++)
		crowd_join(w, proc);
	for (int trial = 0; trial < 2; trial++) {
		crowd_leave(RESIDENTS);
		visitors_join(w);
		meter_base();
	}
	return w->procs * w->pages;
}

static void turn_short(const struct work *w, unsigned int look)
{
	if ((look + 1) % LIFE_LOOKS)
		return;
	crowd_leave(RESIDENTS);
	visitors_join(w);
}

/* ---- the table ---- */

#define MOST 1024

static const struct work works[] = {
	{ "identical", 1, MOST, make_identical, birth_strangers, NULL, NULL },
	{ "pairs", 1, MOST, make_pairs, birth_strangers, NULL, NULL },
	{ "processes", 2, MOST / 2, make_shared, birth_strangers, NULL, NULL },
	{ "distinct", 1, MOST, make_shared, birth_strangers, NULL, NULL },
	{ "zero", 1, MOST, make_zero, birth_strangers, NULL, NULL },
	{ "prefix", 1, MOST, make_prefix, birth_strangers, NULL, NULL },
	{ "churn", 1, CHURN_PAGES, make_churn, birth_own, turn_churn, NULL },
	{ "family", 7, MOST / 4, make_shared, birth_family, NULL, NULL },
	{ "short", 4, MOST / 4, make_shared, birth_short, turn_short, NULL },
	{ "file", 4, 0, make_file, birth_by_malloc, NULL, NULL },
	{ "lua", 8, 0, NULL, birth_lua, NULL, verify_lua },
};

const struct work *work_find(const char *name)
{
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (!strcmp(works[i].name, name))
			return &works[i];
	return NULL;
}
