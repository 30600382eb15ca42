/* SPDX-License-Identifier: MIT */
/* The director's side: starting the six, giving orders, reading answers. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

#define YIELDS 100

const char *const role_name[NR_ACTORS] = { "P", "C1", "C2", "S1", "S2", "S3" };

pid_t cast[NR_ACTORS];

static _Noreturn void give_up(const char *what, enum role role)
{
	fprintf(stderr, "demo: process %s: ", role_name[role]);
	perror(what);
	exit(1);
}

static long peek(enum role role, const volatile long *word)
{
	long value;

	if (mg_vm_peek(cast[role], (const void *)word, &value, sizeof(value)) != sizeof(value))
		give_up("is gone", role);
	return value;
}

static void poke(enum role role, volatile long *word, long value)
{
	if (mg_vm_poke(cast[role], (void *)word, &value, sizeof(value)) != sizeof(value))
		give_up("is gone", role);
}

void cast_start(enum role role)
{
	char *argv[] = { "demo", "actor", (char *)role_name[role], NULL };

	cast[role] = fork();
	if (!cast[role]) {
		execv("/bin/demo", argv);
		give_up("exec", role);
	}
	if (cast[role] < 0)
		give_up("fork", role);
	while (!peek(role, &desk.open)) /* it is still on its way through exec */
		breathe();
}

static long send(enum role role, enum order order, long arg)
{
	long number = peek(role, &desk.number) + 1;

	poke(role, &desk.order, (long)order);
	poke(role, &desk.arg, arg);
	poke(role, &desk.number, number); /* last: with it the order is valid */
	return number;
}

static void wait_done(enum role role, long number)
{
	for (int looks = 0; peek(role, &desk.done) != number; looks++) {
		if (looks < YIELDS)
			sched_yield();
		else
			breathe();
	}
}

long cast_answer(enum role role, int n)
{
	return peek(role, &desk.answer[n]);
}

long cast_order(enum role role, enum order order, long arg)
{
	wait_done(role, send(role, order, arg));
	return cast_answer(role, 0);
}

long cast_order_all(enum order order)
{
	long number[NR_ACTORS], sum = 0;

	for (int i = 0; i < NR_ACTORS; i++)
		number[i] = send(i, order, 0);
	for (int i = 0; i < NR_ACTORS; i++) {
		wait_done(i, number[i]);
		sum += cast_answer(i, 0);
	}
	return sum;
}

bool cast_is_gone(void)
{
	struct vm_page_info v;
	bool gone = true;

	for (int i = 0; i < NR_ACTORS; i++)
		gone &= mg_vm_entries(cast[i], &desk, &v, 1) < 0 && errno == ESRCH;
	return gone;
}

void cast_kill(void)
{
	for (int i = 0; i < NR_ACTORS; i++)
		if (cast[i] > 0)
			kill(cast[i], SIGKILL);
	for (int i = 0; i < NR_ACTORS; i++) {
		if (cast[i] <= 0)
			continue;
		waitpid(cast[i], NULL, 0);
		while (!kill(cast[i], 0)) /* C1 and C2 are P's, and then init's */
			breathe();
	}
}

bool cast_dismiss(void)
{
	bool good = true;
	int status;

	for (int i = 0; i < NR_ACTORS; i++)
		send(i, ORDER_EXIT, 0);
	for (int i = 0; i < NR_ACTORS; i++)
		if (i != C1 && i != C2) /* P waits for those two */
			good &= waitpid(cast[i], &status, 0) == cast[i] && !status;
	return good;
}
