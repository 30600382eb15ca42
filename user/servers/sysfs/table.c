/* SPDX-License-Identifier: MIT */
/*
 * Every name there is, in one table: path, mode, and functions.
 *
 * Nothing here is stored anywhere: a name is a row, a directory is all rows whose path
 * is its own and one word more.  In the path of a row "*" stands for a process, so that
 * /proc/17/maps and (asked by 17) /proc/self/maps are found as "/proc/<star>/maps" and 17.
 */
#include <abi/limits.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/servers/sysfs/sysfs.h"

static int list_directory(const struct node *n, pid_t pid, struct text *t);

#define SYS(name)  "/sys/kernel/mm/" name
#define PROC(name) "/proc/*/" name

#define DIRECTORY(where, bits) \
	{ \
		where, S_IFDIR | (bits), .show = list_directory \
	}
#define TEXT(where, bits, shown) \
	{ \
		where, S_IFREG | (bits), .show = shown \
	}
#define LIMIT(name, value) \
	{ \
		"/proc/sys/" name, S_IFREG | 0444, .show = show_limit, .arg = value \
	}
#define INSIDE(name, bits, shown) \
	{ \
		PROC(name), S_IFREG | (bits), .show = shown, .inside = true \
	}
#define BYTES(name, bits, what) \
	{ \
		PROC(name), S_IFREG | (bits), .bytes = what, .inside = true \
	}
#define FRAMES(where, bits, what) \
	{ \
		where, S_IFREG | (bits), .bytes = what, .frames = true \
	}
#define KNOB(name, knob, how) \
	{ \
		SYS(name), S_IFREG | 0644, .show = show_knob, .store = store_##how, .arg = knob \
	}
#define WORDS(name, knob, all) \
	{ \
		SYS(name), S_IFREG | 0644, show_words, store_words, .arg = knob, .words = all \
	}
#define KSM(name, field) \
	{ \
		SYS("ksm/" name), S_IFREG | 0444, show_ksm, \
			.arg = offsetof(struct kstat_ksm, field) \
	}
#define PKSM(name) \
	{ \
		SYS("pksm/" #name), S_IFREG | 0444, show_pksm, \
			.arg = offsetof(struct kstat_pksm, name) \
	}

/* clang-format off */
static const struct node nodes[] = {
	DIRECTORY("/sys", 0555),
	DIRECTORY("/sys/kernel", 0755),
	DIRECTORY("/sys/kernel/mm", 0755),

	DIRECTORY(SYS("ksm"), 0755),
	KNOB("ksm/run", KNOB_KSM_RUN, uint),
	KNOB("ksm/pages_to_scan", KNOB_KSM_PAGES_TO_SCAN, uint),
	KNOB("ksm/sleep_millisecs", KNOB_KSM_SLEEP_MILLISECS, uint),
	KNOB("ksm/use_zero_pages", KNOB_KSM_USE_ZERO_PAGES, bool),
	KNOB("ksm/max_page_sharing", KNOB_KSM_MAX_PAGE_SHARING, strict),
	KNOB("ksm/smart_scan", KNOB_KSM_SMART_SCAN, bool),
	KNOB("ksm/checksum_first", KNOB_KSM_CHECKSUM_FIRST, bool),
	KNOB("ksm/merge_across_nodes", KNOB_KSM_MERGE_ACROSS_NODES, strict),
	KNOB("ksm/stable_node_chains_prune_millisecs", KNOB_KSM_CHAINS_PRUNE_MILLISECS, uint),
	WORDS("ksm/advisor_mode", KNOB_KSM_ADVISOR_MODE, "none scan-time"),
	WORDS("ksm/order", KNOB_KSM_ORDER, "hash bytes"),
	WORDS("ksm/volatile_filter", KNOB_KSM_VOLATILE_FILTER, "checksum dirty"),
	KSM("pages_shared", pages_shared),
	KSM("pages_sharing", pages_sharing),
	KSM("pages_unshared", pages_unshared),
	KSM("pages_volatile", pages_volatile),
	KSM("pages_skipped", pages_skipped),
	KSM("pages_scanned", pages_scanned),
	KSM("full_scans", full_scans),
	KSM("ksm_zero_pages", zero_pages),
	KSM("stable_node_chains", stable_node_chains),
	KSM("stable_node_dups", stable_node_dups),
	KSM("general_profit", general_profit),
	KSM("scan_ns", scan_ns),

	DIRECTORY(SYS("pksm"), 0755),
	KNOB("pksm/run", KNOB_PKSM_RUN, uint),
	KNOB("pksm/pages_to_scan", KNOB_PKSM_PAGES_TO_SCAN, uint),
	KNOB("pksm/sleep_millisecs", KNOB_PKSM_SLEEP_MILLISECS, uint),
	KNOB("pksm/period_seconds", KNOB_PKSM_PERIOD_SECONDS, uint),
	KNOB("pksm/n", KNOB_PKSM_N, uint),
	KNOB("pksm/max_cpu_percent", KNOB_PKSM_MAX_CPU_PERCENT, uint),
	KNOB("pksm/max_page_sharing", KNOB_PKSM_MAX_PAGE_SHARING, strict),
	WORDS("pksm/order", KNOB_PKSM_ORDER, "hash bytes"),
	WORDS("pksm/volatile_filter", KNOB_PKSM_VOLATILE_FILTER, "checksum dirty"),
	PKSM(pages_shared),
	PKSM(pages_sharing),
	PKSM(ptes_moved),
	PKSM(zero_pages),
	PKSM(pages_unshared),
	PKSM(pages_scanned),
	PKSM(full_scans),
	PKSM(cow_broken),
	PKSM(new_len),
	PKSM(rescan_len),
	PKSM(del_len),
	PKSM(hash_collisions),
	PKSM(meta_bytes),
	PKSM(scan_ns),

	DIRECTORY(SYS("page_idle"), 0755),
	FRAMES(SYS("page_idle/bitmap"), 0600, &idle_bytes),

	DIRECTORY("/proc", 0555),
	TEXT("/proc/meminfo", 0444, show_meminfo),
	TEXT("/proc/vmstat", 0444, show_vmstat),
	TEXT("/proc/uptime", 0444, show_uptime),
	TEXT("/proc/cpuinfo", 0444, show_cpuinfo),
	TEXT("/proc/version", 0444, show_version),
	DIRECTORY("/proc/sys", 0555),
	DIRECTORY("/proc/sys/kernel", 0555),
	LIMIT("kernel/pid_max", PID_MAX),
	DIRECTORY("/proc/sys/vm", 0555),
	LIMIT("vm/max_map_count", MAX_MAP_COUNT),
	LIMIT("vm/mmap_min_addr", MMAP_MIN_ADDR),
	FRAMES("/proc/kpagecount", 0400, &kpagecount_bytes),
	FRAMES("/proc/kpageflags", 0400, &kpageflags_bytes),

	DIRECTORY("/proc/*", 0555),
	TEXT(PROC("comm"), 0444, show_comm),
	TEXT(PROC("status"), 0444, show_status),
	TEXT(PROC("stat"), 0444, show_stat),
	INSIDE("maps", 0444, show_maps),
	INSIDE("smaps", 0444, show_smaps),
	INSIDE("ksm_stat", 0400, show_ksm_stat),
	INSIDE("ksm_merging_pages", 0400, show_merging_pages),
	BYTES("pagemap", 0400, &pagemap_bytes),
	BYTES("mem", 0600, &mem_bytes),
};
/* clang-format on */

#define NR_NODES (sizeof(nodes) / sizeof(nodes[0]))

ino_t node_ino(const struct node *n, pid_t pid)
{
	return (ino_t)pid << 16 | (ino_t)(n - nodes + 1);
}

/* ---- finding ---- */

static const struct node *row_of(const char *path)
{
	for (size_t i = 0; i < NR_NODES; i++)
		if (!strcmp(nodes[i].path, path))
			return &nodes[i];
	return NULL;
}

/* The pid that the word is: "self", or digits as we write them; 0: no pid. */
static pid_t pid_of(const char *word, size_t len, pid_t client)
{
	long pid = 0;

	if (len == 4 && !memcmp(word, "self", 4))
		return client;
	if (!len || len > 9 || *word == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return 0;
		pid = pid * 10 + (word[i] - '0');
	}
	return (pid_t)pid;
}

/* Puts "*" in the place of a pid, which it returns; 0: there was none. */
static pid_t take_pid(char *path, pid_t client)
{
	char *word = path + strlen("/proc/");
	size_t len;
	pid_t pid;

	if (strncmp(path, "/proc/", strlen("/proc/")))
		return 0;
	len = strcspn(word, "/");
	pid = pid_of(word, len, client);
	if (pid) {
		*word = '*';
		memmove(word + 1, word + len, strlen(word + len) + 1);
	}
	return pid;
}

/* Why there is no such name: a file on the way there, or nothing. */
static int why_missing(char *path)
{
	const struct node *n;
	char *slash;

	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		n = row_of(path);
		if (n)
			return S_ISDIR(n->mode) ? -ENOENT : -ENOTDIR;
	}
	return -ENOENT;
}

int find_node(const char *path, pid_t client, const struct node **node, pid_t *pid)
{
	char row[PATH_MAX];
	size_t len = strlen(path);
	bool directory = len > 1 && path[len - 1] == '/';

	if (len >= sizeof(row) || strchr(path, '*'))
		return -ENOENT;
	memcpy(row, path, len + 1);
	row[len - directory] = '\0';
	*pid = take_pid(row, client);
	if (*pid && !find_proc(*pid))
		return -ENOENT;
	*node = row_of(row);
	if (!*node)
		return why_missing(row);
	return directory && !S_ISDIR((*node)->mode) ? -ENOTDIR : 0;
}

/* ---- listing ---- */

static void add_entry(struct text *t, const char *name, mode_t mode, ino_t ino)
{
	struct dirent d = { .d_ino = ino, .d_type = S_ISDIR(mode) ? DT_DIR : DT_REG };

	strcpy(d.d_name, name); /* ours, and short */
	text_add(t, &d, sizeof(d));
}

static void add_processes(struct text *t, const struct node *n)
{
	const struct kstat_proc *p;
	char name[16];
	size_t nr;

	add_entry(t, "self", n->mode, node_ino(n, 0));
	p = all_procs(&nr);
	for (size_t i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "%d", p[i].pid);
		add_entry(t, name, n->mode, node_ino(n, p[i].pid));
	}
}

/* The name of a row in the directory; NULL: it is not there, or deeper. */
static const char *name_in(const char *directory, const char *path)
{
	size_t len = strlen(directory);

	if (strncmp(path, directory, len) || path[len] != '/' || strchr(path + len + 1, '/'))
		return NULL;
	return path + len + 1;
}

/* The row of the directory that holds this one; itself if that is another server's. */
static const struct node *parent_of(const struct node *dir)
{
	char path[64];
	const struct node *parent;

	strcpy(path, dir->path);
	*strrchr(path, '/') = '\0';
	parent = row_of(path);
	return parent ? parent : dir;
}

static int list_directory(const struct node *dir, pid_t pid, struct text *t)
{
	if (pid && !find_proc(pid))
		return -ESRCH;
	add_entry(t, ".", dir->mode, node_ino(dir, pid));
	add_entry(t, "..", dir->mode, node_ino(parent_of(dir), 0));
	for (const struct node *n = nodes; n < nodes + NR_NODES; n++) {
		const char *name = name_in(dir->path, n->path);

		if (!name)
			continue;
		if (!strcmp(name, "*"))
			add_processes(t, n);
		else
			add_entry(t, name, n->mode, node_ino(n, pid));
	}
	return 0;
}
