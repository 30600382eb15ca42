/* SPDX-License-Identifier: MIT */
/*
 * The statistics server: /sys/kernel/mm and /proc.
 *
 *	main.c     a message becomes an operation on a name or on an open file
 *	access.c   who may what
 *	file.c     what an open file is (user/lib/files.h): it keeps the text it reads from
 *	table.c    every name there is, with its mode and its functions
 *	text.c     texts that grow; numbers as Linux's kernel reads them
 *	ksm.c      knobs and counters of the scanners
 *	machine.c  meminfo, vmstat and what else is of the whole machine
 *	process.c  status, stat, ksm_stat: a process in a few words
 *	areas.c    maps, smaps
 *	memory.c   pagemap, mem, kpageflags …: what is no text
 *
 * The kernel knows no text and no path.  It has counters and knobs (kstat, kctl) and
 * views of memory (vm_areas, vm_query, vm_peek), which only the holder of a KCAP may
 * use; this server holds one, and does for each client what that may (access.c).
 */
#pragma once

#include <merganser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define PAGE_SIZE 4096ul
#define USER_END  0x7ffffffff000ul /* user addresses end here */
#define MAX_PROCS 1024

/* ---- text.c ---- */

/* A text that grows.  Once something has not found room, nothing more is added. */
struct text {
	char *at; /* null: not made, or taken away */
	size_t len, size;
	int error;	    /* 0 or -ENOMEM */
	pid_t pid;	    /* of the client that it was made for */
	struct text *next;  /* of all that hold memory */
	struct text **link; /* what points to it */
};

/* All texts together may hold so much, those of a client half of it: see text.c. */
#define TEXTS_MAX	(32ul << 20)
#define TEXTS_OF_CLIENT (TEXTS_MAX / 2)

/* Makes t empty, for a client. */
void text_begin(struct text *t, pid_t pid);
void text_add(struct text *t, const void *bytes, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Gives the memory back; t is empty then, and without error. */
void text_free(struct text *t);

/*
 * Reads a number as Linux's kstrtoull() does with base 10: digits, perhaps a + before and
 * one newline after them.  0, -EINVAL, or -ERANGE above `most`.
 */
int parse_number(const char *text, uint64_t most, uint64_t *value);
/* Reads a truth as Linux's kstrtobool(): first letter of y n t f 1 0, or on, off.  0 or -EINVAL. */
int parse_bool(const char *text, uint64_t *value);

/* ---- table.c ---- */

/* What a file does that is no text.  Bytes done, 0 at the end, or -errno. */
struct bytes {
	/* What the client whose authorities these are may see of size bytes at offset. */
	ssize_t (*read)(pid_t pid, unsigned int authorities, uint64_t offset, void *buf,
			size_t size);
	ssize_t (*write)(pid_t pid, uint64_t offset, const void *buf, size_t size);
};

/*
 * A name.  A file has show (and store, if it can be written), or bytes if it is no text;
 * a directory's show gives its list as struct dirents.
 */
struct node {
	const char *path; /* "*" stands for the pid of a process */
	mode_t mode;
	/* Makes the text.  0 or -errno, as -ESRCH when the process has gone. */
	int (*show)(const struct node *n, pid_t pid, struct text *t);
	/* Takes what was written.  0 or -errno. */
	int (*store)(const struct node *n, const char *text);
	const struct bytes *bytes;
	bool inside;	   /* it shows the inside of a process, not to everybody: access.c */
	bool frames;	   /* it shows all frames, not to everybody: access.c */
	size_t arg;	   /* a knob, where in a structure a counter stands, or a limit */
	const char *words; /* of a knob that is shown by words: they, by value */
};

/*
 * Finds the name for a client, whose pid is "self".  0 with the node and the pid it is
 * about (0: none); -ENOENT; -ENOTDIR: a file is taken for a directory.
 */
int find_node(const char *path, pid_t client, const struct node **node, pid_t *pid);
/* The file's number: it tells any two names apart that are there at the same time. */
ino_t node_ino(const struct node *n, pid_t pid);

/* ---- ksm.c ---- */

int show_knob(const struct node *n, pid_t pid, struct text *t);
int store_uint(const struct node *n, const char *text);	  /* whatever is wrong with it: -EINVAL */
int store_strict(const struct node *n, const char *text); /* out of range: -ERANGE */
int store_bool(const struct node *n, const char *text);
int show_words(const struct node *n, pid_t pid, struct text *t);
int store_words(const struct node *n, const char *text);
int show_ksm(const struct node *n, pid_t pid, struct text *t);
int show_pksm(const struct node *n, pid_t pid, struct text *t);

/* ---- machine.c ---- */

int show_meminfo(const struct node *n, pid_t pid, struct text *t);
int show_vmstat(const struct node *n, pid_t pid, struct text *t);
int show_uptime(const struct node *n, pid_t pid, struct text *t);
int show_cpuinfo(const struct node *n, pid_t pid, struct text *t);
int show_version(const struct node *n, pid_t pid, struct text *t);
/* The number n->arg. */
int show_limit(const struct node *n, pid_t pid, struct text *t);

/* ---- process.c ---- */

/* All processes, by pid, until the next call; their number into *n. */
const struct kstat_proc *all_procs(size_t *n);
/* The process, zombies too, until the next call; NULL: there is none. */
const struct kstat_proc *find_proc(pid_t pid);

int show_comm(const struct node *n, pid_t pid, struct text *t);
int show_status(const struct node *n, pid_t pid, struct text *t);
int show_stat(const struct node *n, pid_t pid, struct text *t);
int show_ksm_stat(const struct node *n, pid_t pid, struct text *t);
int show_merging_pages(const struct node *n, pid_t pid, struct text *t);

/* ---- areas.c ---- */

/*
 * Calls fn for each area of the process in turn.  0; -ESRCH: it has no memory (any more);
 * or what fn returned, if that was not 0.
 */
int for_each_area(pid_t pid, int (*fn)(const struct vm_area_info *a, void *arg), void *arg);

/* Of the memory that is resident in a process, what belongs to memory objects. */
uint64_t object_bytes(pid_t pid);

int show_maps(const struct node *n, pid_t pid, struct text *t);
int show_smaps(const struct node *n, pid_t pid, struct text *t);

/* ---- memory.c ---- */

extern const struct bytes pagemap_bytes, mem_bytes;
extern const struct bytes kpagecount_bytes, kpageflags_bytes, idle_bytes; /* of all frames */

struct ipc_message;
struct server;

/* ---- access.c ---- */

/* Whether the sender may read (R_OK) or write (W_OK) the file.  0, -EACCES, -ESRCH, -EINVAL. */
int node_access(const struct ipc_message *m, const struct node *n, pid_t pid, uint64_t want);

/* ---- file.c ---- */

/* Opens the file as the IO_OPEN in m says: file_open(). */
int node_open(struct server *s, struct ipc_message *m, const struct node *n, pid_t pid);
/* Writes the struct stat of a name to window 1.  0 or -errno. */
int give_stat(struct server *s, struct ipc_message *m, const struct node *n, pid_t pid);
