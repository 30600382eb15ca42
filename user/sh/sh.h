/* SPDX-License-Identifier: MIT */
/*
 * A small shell: programs of the initrd with arguments, `;` `&&` `||` `&`,
 * quoting, `$?` and variables, scripts.  Pipes and redirection come with the
 * file system server.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_LEN 1024
#define ARGS_MAX     64

/* What stands behind a command and says when it and the next one run. */
enum separator { SEP_END, SEP_SEMI, SEP_AND, SEP_OR, SEP_BACKGROUND, SEP_ERROR };

/* One command, its words expanded; text holds the words, argv points into it. */
struct command {
	char *argv[ARGS_MAX + 1];
	int argc;
	char text[2 * LINE_MAX_LEN];
};

/* parse.c: reads the command at *p and leaves *p behind its separator. */
enum separator parse_command(const char **p, struct command *cmd, int last_status);

/* line.c: one line into buf, without its newline; false at the end of input. */
bool read_line(const char *prompt, char *buf, size_t size);
/* The same from a script or from standard input that is no console. */
bool read_script_line(int fd, char *buf, size_t size);

/* builtin.c: the status of a builtin, or -1 if argv[0] is none. */
int run_builtin(const struct command *cmd);

/* run.c: runs all commands of a line; the status of the last. */
int run_line(const char *line, int last_status);
/* Buries background processes that have ended; waits for all of them if block. */
void reap_background(bool block);
