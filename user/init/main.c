/* SPDX-License-Identifier: MIT */
/*
 * init, process 1: the only program that the kernel loads by itself.  It runs
 * the program that the boot bundle names, reports how it ended and whether all
 * memory came back, and ends the machine's run with a verdict.  With no
 * program named it starts a shell.
 */
#include <errno.h>
#include <merganser.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define CANNOT_RUN 127

#define USER_START 0x10000ul
#define USER_END   0x7ffffffff000ul

static pid_t start(const struct job *job)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	close(HANDLE_ARGS);
	execve(job->argv[0], job->argv, job->envp);
	fprintf(stderr, "init: cannot run %s: %s\n", job->argv[0], strerror(errno));
	_exit(CANNOT_RUN);
}

/* Waits for pid, burying whoever else ends meanwhile; its status. */
static int wait_for(pid_t pid)
{
	int status = 0;
	pid_t dead;

	do {
		dead = wait(&status);
	} while (dead != pid && !(dead < 0 && errno == ECHILD));
	return status;
}

static struct kstat_proc proc[1024]; /* as many as the kernel allows */

/* Kills the children that outlived the program and belong to us now; how many there were. */
static int kill_children(void)
{
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));
	pid_t self = getpid();
	int killed = 0;

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].ppid == self && !kill(proc[i].pid, SIGKILL))
			killed++;
	return killed;
}

/* A killed child may leave us children of its own: again until there are none. */
static void end_orphans(void)
{
	int killed;

	while ((killed = kill_children()))
		while (killed--)
			wait(NULL);
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

static int run_job(const struct job *job)
{
	struct balance before, after;
	int status, bad;

	warm_up();
	before = balance_take();
	status = wait_for(start(job));
	end_orphans();
	after = balance_take();
	bad = balance_report(&before, &after);
	if (WIFSIGNALED(status))
		mg_test_log("# signal %d", WTERMSIG(status));
	else
		mg_test_log("# exit %d", WEXITSTATUS(status));
	return status || bad;
}

static void run_shell(void)
{
	char *argv[] = { "bin/sh", NULL }, *envp[] = { NULL };
	struct job shell = { argv, envp };

	wait_for(start(&shell));
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
	struct job job = job_read();
	int bad = 0;

	stay_unmerged();

	if (job.argv)
		bad = run_job(&job);
	else
		run_shell();
	fflush(NULL);
	mg_poweroff(bad ? POWEROFF_FAIL : POWEROFF_PASS);
}
