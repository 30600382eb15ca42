/* SPDX-License-Identifier: MIT */
/* init: what main.c asks of its helpers, and they of each other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "user/lib/server.h"

/* ---- args.c ---- */

/* The program to run, as the boot bundle's part "args" has it. */
struct job {
	char **argv; /* NULL: none given, start a shell; or see error */
	char **envp;
	const char *error; /* there is one, but it could not be read: why */
};

/*
 * What those bytes, which may be any, say; with error if they do not say it whole.  The job keeps
 * pointers into text.
 */
struct job job_parse(char *text, size_t size);
/* Reads HANDLE_ARGS; the strings stay allocated for ever. */
struct job job_read(void);

/* ---- balance.c ---- */

/* What must be the same again when a program and all its children have ended. */
struct balance {
	uint64_t frames; /* free, or kept by a type-stable cache */
	uint64_t slab_objects;
};

/* Lets the kernel finish what is pending, then counts. */
struct balance balance_take(void);
/* Prints both sides on the test stream; 0 if nothing was lost and mm_check() is content. */
int balance_report(const struct balance *before, const struct balance *after);

/* ---- names.c: the name space ---- */

/*
 * Begins to serve the name space: makes HANDLE_ROOT, which children inherit.  Exits if it cannot.
 */
void names_open(void);
/* Serves until a child may have changed. */
void names_serve(void);
/* Serves what has come, and does not wait. */
void names_drain(void);
/* The requests that wait for the n-th server: it is there now, or (-errno) will not be. */
void names_retry(int n, int result);

/*
 * The root of the n-th server, which we wait for: a connection, -EIO it has died.
 */
int names_root(int n);

/* ---- paths.c ---- */

/*
 * Joins path to the directory base, which is "" or a result of this; neither it nor the result has
 * "/" before it.  Dots stay, as links may stand before them, but in a server that has no links.
 * 0 or -ENAMETOOLONG.
 */
int path_resolve(const char *base, const char *path, char *out, size_t size);

/* ---- servers.c: who serves what ---- */

#define SERVER_FS 0

#define SERVER_TTY 2

/* The number of the server for a path, which has no "/" before it. */
int server_for(const char *path);
/*
 * A connection to the n-th server's root, which is started if need be: -EAGAIN, and
 * names_retry() comes later; another -errno: it cannot be started.
 */
int server_root(int n);
/* Process pid says that it serves, and sends its root: its number; -EPERM no server, -EBADF. */
int server_is_there(pid_t pid, int root);
/* True if pid was a server, whose end is then told in the log. */
bool server_has_ended(pid_t pid, int status);

/* All servers have been killed: forgets them. */
void servers_forget(void);

/* Replaces this process by a program of the initrd; returns only on failure, with errno. */
void exec_initrd(const char *path, char *const argv[], char *const envp[]);
