/* SPDX-License-Identifier: MIT */
/*
 * init, process 1: the only program that the kernel loads by itself.  It runs
 * the program that the boot bundle names, serves the name space (names.c) and
 * starts servers while that runs, reports how it ended and whether all memory
 * came back, that of the servers too, and ends the machine's run with a verdict.
 * With no program named it starts a shell.
 */
#include <errno.h>
#include <fcntl.h>
#include <merganser.h>
#include <mg/ipc.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"
#include "user/lib/authority.h"

#define CANNOT_START 126 /* exit statuses: no process for the program */
#define CANNOT_RUN   127 /* a process, but no program for it */

#define TERMINAL "/dev/console"

#define USER_START 0x10000ul
#define USER_END   0x7ffffffff000ul

/* The terminal, opened; -1 if standard input is a memory object, or there is no terminal. */
static int open_terminal(void)
{
	struct ipc_message m = { .op = IO_OPEN,
				 .word = { O_RDWR },
				 .window = { (uintptr_t)TERMINAL },
				 .window_len = { sizeof(TERMINAL) } };
	int root;

	if (mg_vmo_size(HANDLE_STDIN) >= 0)
		return -1;
	root = names_root(SERVER_TTY);
	if (root >= 0 && !mg_call(root, &m) && m.op >= 0)
		return m.handle[0];
	fprintf(stderr, "init: there is no terminal\n");
	return -1;
}

/*
 * Makes the terminal standard input, and us its session.  A shell writes to it too; what
 * another program writes goes out byte for byte, past it, and keys are not echoed: the
 * host's terminal does that.
 */
static void take_terminal(int terminal, bool shell)
{
	struct termios t;

	dup2(terminal, STDIN_FILENO);
	close(terminal);
	setsid();
	tcsetpgrp(STDIN_FILENO, getpid());
	if (shell) {
		dup2(STDIN_FILENO, STDOUT_FILENO);
		dup2(STDIN_FILENO, STDERR_FILENO);
	} else if (!tcgetattr(STDIN_FILENO, &t)) {
		t.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSANOW, &t);
	}
}

/* The program's process; -1 with a word on standard error. */
static pid_t start(const struct job *job, bool shell)
{
	int terminal = open_terminal(), kcap;
	pid_t pid = fork();

	if (pid < 0)
		fprintf(stderr, "init: cannot start %s: %s\n", job->argv[0], strerror(errno));
	if (pid && terminal >= 0)
		close(terminal);
	if (pid)
		return pid;
	if (terminal >= 0)
		take_terminal(terminal, shell);
	else
		setpgid(0, 0); /* as a shell with job control starts a program */
	kcap = kcap_reduce(HANDLE_KCAP, KCAP_ALL & ~(KCAP_IO | KCAP_POWER | KCAP_PAGER));
	mg_handle_dup(kcap, HANDLE_KCAP);
	close(kcap);
	exec_initrd(job->argv[0], job->argv, job->envp);
	fprintf(stderr, "init: cannot run %s: %s\n", job->argv[0], strerror(errno));
	_exit(CANNOT_RUN);
}

/* Serves the name space until pid has ended, burying whoever else ends meanwhile; its status. */
static int wait_for(pid_t pid)
{
	int status = 0;
	pid_t dead;

	for (;;) {
		names_serve();
		while ((dead = waitpid(-1, &status, WNOHANG)) > 0) {
			if (dead == pid)
				return status;
			server_has_ended(dead, status);
		}
	}
}

static struct kstat_proc proc[1024]; /* as many as the kernel allows */

/*
 * Ends whoever outlived the program.  First all at once, so that nothing that forks as fast
 * as it can gets away; then the servers, which that spares.
 */
static void end_orphans(void)
{
	size_t n;

	kill(-1, SIGKILL);
	do {
		n = (size_t)mg_kstat(KSTAT_PROCS, proc, sizeof(proc)) / sizeof(proc[0]);
		for (size_t i = 0; i < n; i++)
			if (proc[i].pid != getpid())
				kill(proc[i].pid, SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		sched_yield();
	} while (n > 1);
	servers_forget();
	names_drain();
}

/* Everything that runs between the two balances runs here once, so that it costs no new page. */
static void warm_up(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	wait_for(pid);
	end_orphans();
	memset(proc, 0, sizeof(proc)); /* a program may leave many */
	mg_test_log("# init: kernel and libc are up");
	balance_take();
}

/* The program that there is cannot be known, so none may run in its place. */
static int refuse_job(const struct job *job)
{
	fprintf(stderr, "init: cannot read the program's arguments: %s\n", job->error);
	mg_test_log("# exit %d", CANNOT_START);
	return CANNOT_START;
}

static void report_end(int status)
{
	if (WIFSIGNALED(status))
		mg_test_log("# signal %d", WTERMSIG(status));
	else
		mg_test_log("# exit %d", WEXITSTATUS(status));
}

static int run_job(const struct job *job)
{
	struct balance before, after;
	int status, bad;
	pid_t pid;

	warm_up();
	before = balance_take();
	pid = start(job, false);
	status = pid < 0 ? WAIT_EXITED(CANNOT_START) : wait_for(pid);
	end_orphans();
	after = balance_take();
	bad = balance_report(&before, &after);
	report_end(status);
	return status || bad;
}

/* 0 unless it could not be started. */
static int run_shell(void)
{
	char *argv[] = { "bin/sh", NULL }, *envp[] = { NULL };
	struct job shell = { .argv = argv, .envp = envp };

	pid_t pid = start(&shell, true);

	if (pid < 0)
		return CANNOT_START;
	report_end(wait_for(pid));
	return 0; /* whatever the last command was: the machine has done its work */
}

/*
 * Keeps pksmd away from init itself, which the balance counts: advises all that
 * is mapped (the holes between give ENOMEM, and no harm).  Unlike
 * prctl(PR_SET_MEMORY_MERGE, 0) this is not inherited through exec.
 */
static void stay_unmerged(void)
{
	madvise((void *)USER_START, USER_END - USER_START, MADV_UNMERGEABLE);
}

int main(void)
{
	struct job job;
	int bad;

	mg_handle_dup(HANDLE_STDERR, HANDLE_KCAP);
	job = job_read();
	stay_unmerged();
	names_open();
	if (job.error)
		bad = refuse_job(&job);
	else
		bad = job.argv ? run_job(&job) : run_shell();
	fflush(NULL);
	mg_poweroff(bad ? POWEROFF_FAIL : POWEROFF_PASS);
}
