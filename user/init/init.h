/* SPDX-License-Identifier: MIT */
/* init: what main.c asks of its two helpers. */
#pragma once

#include <stdint.h>

/* The program to run, as the boot bundle's part "args" has it. */
struct job {
	char **argv; /* NULL: none given, start a shell; or see error */
	char **envp;
	const char *error; /* there is one, but it could not be read: why */
};

/* Reads HANDLE_ARGS; the strings stay allocated for ever. */
struct job job_read(void);

/* What must be the same again when a program and all its children have ended. */
struct balance {
	uint64_t frames; /* free, or kept by a type-stable cache */
	uint64_t slab_objects;
};

/* Lets the kernel finish what is pending, then counts. */
struct balance balance_take(void);
/* Prints both sides on the test stream; 0 if nothing was lost and mm_check() is content. */
int balance_report(const struct balance *before, const struct balance *after);
