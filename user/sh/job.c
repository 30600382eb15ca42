/* SPDX-License-Identifier: MIT */
/*
 * Jobs: the processes of a pipeline, which the console and `fg`, `bg`, `kill` treat as one.
 * With job control each is a process group, and the terminal belongs to the one in front.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sh.h"

struct process {
	struct process *next; /* the one before it in the pipeline */
	pid_t pid;
	int status; /* as waitpid() has it */
	bool running, stopped;
};

struct job {
	struct job *next; /* the one before */
	int number;
	pid_t group;		 /* of the processes, with job control */
	struct process *process; /* the last of the pipeline first */
	bool in_front;
	char *text;
};

static struct job *jobs; /* the newest first */

static const int stoppers[] = { SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };

#define NR_STOPPERS (sizeof(stoppers) / sizeof(stoppers[0]))

struct job *job_new(const char *text)
{
	struct job *j = keep_alloc(sizeof(*j));

	j->number = jobs ? jobs->number + 1 : 1;
	j->text = keep_copy(text);
	j->in_front = true;
	j->next = jobs;
	jobs = j;
	return j;
}

static void forget(struct job *j)
{
	struct job **p = &jobs;

	while (*p != j)
		p = &(*p)->next;
	*p = j->next;
	while (j->process) {
		struct process *next = j->process->next;

		free(j->process);
		j->process = next;
	}
	free(j->text);
	free(j);
}

/* Makes a process group the one that reads from the terminal, if that knows of such things. */
static void give_terminal(pid_t group)
{
	ioctl(STDIN_FILENO, TIOCSPGRP, &group);
}

/* A background process of a script must not take its input, nor be hit by its Ctrl-C. */
static void step_aside(void)
{
	int fd = open("/dev/null", O_RDONLY);

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (fd > 0) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
}

static void become_child(struct job *j, bool background)
{
	if (sh.interactive) {
		setpgid(0, j->group);
		if (!background)
			give_terminal(getpgrp());
		for (size_t i = 0; i < NR_STOPPERS; i++)
			signal(stoppers[i], SIG_DFL);
	} else if (background) {
		step_aside();
	}
	sh.interactive = false;
	jobs = NULL;
}

pid_t job_fork(struct job *j, bool background)
{
	struct process *p;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		complain("fork: %s", strerror(errno));
		return -1;
	}
	if (!pid) {
		become_child(j, background);
		return 0;
	}
	if (sh.interactive) {
		if (!j->group)
			j->group = pid;
		setpgid(pid, j->group); /* whoever of both is the first */
	}
	p = keep_alloc(sizeof(*p));
	p->pid = pid;
	p->running = true;
	p->next = j->process;
	j->process = p;
	return pid;
}

/* ---- what has become of them ---- */

static void note(pid_t pid, int status)
{
	for (struct job *j = jobs; j; j = j->next)
		for (struct process *p = j->process; p; p = p->next) {
			if (p->pid != pid)
				continue;
			p->stopped = WIFSTOPPED(status);
			p->running = p->stopped || WIFCONTINUED(status);
			p->status = status;
		}
}

static bool is_running(const struct job *j)
{
	for (const struct process *p = j->process; p; p = p->next)
		if (p->running && !p->stopped)
			return true;
	return false;
}

static bool is_stopped(const struct job *j)
{
	for (const struct process *p = j->process; p; p = p->next)
		if (p->stopped)
			return !is_running(j);
	return false;
}

/* Waits for something to happen; false: nothing will, or a Ctrl-C came. */
static bool wait_once(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, sh.interactive ? WUNTRACED | WCONTINUED : 0);

	if (pid > 0)
		note(pid, status);
	return pid > 0 || (errno == EINTR && !sh.interrupted);
}

/* What the last process of a job ended with; a death by a signal is told. */
static int status_of(const struct job *j)
{
	int status = j->process ? j->process->status : WAIT_EXITED(STATUS_ERROR);

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGINT && j->in_front && sh.interactive)
		sh.interrupted = 1;
	else if (WTERMSIG(status) != SIGPIPE)
		complain("%s: %s", j->text, strsignal(WTERMSIG(status)));
	return STATUS_SIGNAL + WTERMSIG(status);
}

static void print_job(const struct job *j, const char *state)
{
	printf("[%d] %c %s  %s\n", j->number,
	       j == jobs       ? '+' :
	       j == jobs->next ? '-' :
				 ' ',
	       state, j->text);
}

int job_foreground(struct job *j)
{
	int status;

	while (is_running(j))
		if (!wait_once() && errno != EINTR)
			break;
	if (sh.interactive)
		give_terminal(getpgrp());
	if (is_stopped(j)) {
		j->in_front = false;
		putchar('\n');
		print_job(j, "Stopped");
		fflush(stdout);
		return STATUS_SIGNAL + WSTOPSIG(j->process->status);
	}
	status = status_of(j);
	forget(j);
	return status;
}

void job_background(struct job *j)
{
	j->in_front = false;
	if (sh.interactive)
		printf("[%d] %d\n", j->number, j->process ? j->process->pid : 0);
	fflush(stdout);
}

static bool has_process(const struct job *j, pid_t pid)
{
	for (const struct process *p = j->process; p; p = p->next)
		if (p->pid == pid)
			return true;
	return false;
}

struct job *job_find(const char *word)
{
	bool current = !strcmp(word, "%%") || !strcmp(word, "%+") || !strcmp(word, "%");
	struct job *j = jobs;
	long n;

	if (current)
		return j;
	if (!parse_number(word + (*word == '%'), &n))
		return NULL;
	while (j && (*word == '%' ? j->number != n : !has_process(j, (pid_t)n)))
		j = j->next;
	return j;
}

pid_t job_target(const struct job *j)
{
	return j->group ? -j->group : j->process ? j->process->pid : 0;
}

int job_continue(struct job *j, bool foreground)
{
	for (struct process *p = j->process; p; p = p->next)
		p->stopped = false;
	j->in_front = foreground;
	if (foreground) {
		puts(j->text);
		give_terminal(j->group);
	} else {
		print_job(j, "Running");
	}
	fflush(stdout);
	kill(job_target(j), SIGCONT);
	return foreground ? job_foreground(j) : 0;
}

int job_wait(struct job *j)
{
	int status;

	while (is_running(j))
		if (!wait_once())
			return STATUS_SIGNAL + SIGINT;
	if (is_stopped(j))
		return STATUS_SIGNAL + WSTOPSIG(j->process->status);
	status = status_of(j);
	forget(j);
	return status;
}

void job_wait_all(void)
{
	for (struct job *j = jobs; j && !sh.interrupted; j = j->next)
		while (is_running(j) && wait_once())
			;
	if (!sh.interactive)
		while (jobs && !is_running(jobs) && !is_stopped(jobs))
			forget(jobs);
}

void job_report(bool all)
{
	struct job *j, *next;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0)
		note(pid, status);
	for (j = jobs; j; j = next) {
		next = j->next;
		if (is_running(j) || is_stopped(j)) {
			if (all)
				print_job(j, is_running(j) ? "Running" : "Stopped");
			continue;
		}
		print_job(j, j->process && j->process->status ? "Failed" : "Done");
		forget(j);
	}
	fflush(stdout);
}

static void on_interrupt(int sig)
{
	(void)sig;
	sh.interrupted = 1;
}

void job_control(void)
{
	struct sigaction action = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &action, NULL); /* ends a wait, and loops of builtins */
	for (size_t i = 0; i < NR_STOPPERS; i++)
		if (stoppers[i] != SIGINT)
			signal(stoppers[i], SIG_IGN);
	setpgid(0, 0);
	give_terminal(getpgrp());
}
