/* SPDX-License-Identifier: MIT */
/*
 * From a tree to its effects: run_node() and a function for each kind of node.  What is
 * between two pipes, in ( ) or before & runs in a process of its own, a copy of the shell.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

/* Whether what is being run is to be given up: break, continue, Ctrl-C. */
static bool must_stop(void)
{
	return sh.leaving || sh.interrupted;
}

/* Runs what decides on something: its failure is no reason to leave. */
static int run_tested(struct node *n)
{
	int status;

	sh.testing++;
	status = run_node(n);
	sh.testing--;
	return status;
}

/* ---- pipelines and other processes ---- */

static void move_fd(int from, int to)
{
	if (from < 0 || from == to)
		return;
	dup2(from, to);
	close(from);
}

static void close_end(int fd)
{
	if (fd >= 0)
		close(fd);
}

/*
 * Starts one process of a job between two ends of pipes (-1: none), where it runs n.  The
 * third, the end that the next one reads from, must not stay open here: a writer of a pipe
 * would count as its reader.
 */
static pid_t start_member(struct job *j, struct node *n, const int pipe_end[3], bool background)
{
	int in = pipe_end[0], out = pipe_end[1], other = pipe_end[2];
	pid_t pid = job_fork(j, background);

	if (pid)
		return pid;
	close_end(other);
	move_fd(in, STDIN_FILENO);
	move_fd(out, STDOUT_FILENO);
	run_and_exit(n);
}

static const int no_pipe[] = { -1, -1, -1 };

/* Starts all processes of a pipeline; the last one's pid, or -1: told. */
static pid_t start_pipe(struct job *j, struct node *n, bool background)
{
	int in = -1, fd[2];
	pid_t pid = -1;

	for (struct node *member = n->left; member; member = member->next) {
		fd[0] = fd[1] = -1;
		if (member->next && pipe2(fd, O_CLOEXEC)) {
			complain("pipe: %s", strerror(errno));
			pid = -1;
			break;
		}
		pid = start_member(j, member, (int[]){ in, fd[1], fd[0] }, background);
		close_end(in);
		close_end(fd[1]);
		in = fd[0];
		if (pid < 0)
			break;
	}
	close_end(in);
	return pid;
}

static int run_pipe(struct node *n)
{
	struct job *j = job_new(n->text);
	pid_t pid = start_pipe(j, n, false);
	int status = job_foreground(j);

	return pid < 0 ? STATUS_ERROR : status;
}

static int run_subshell(struct node *n)
{
	struct job *j = job_new("( … )");
	pid_t pid = start_member(j, n->left, no_pipe, false);

	return pid < 0 ? STATUS_ERROR : job_foreground(j);
}

static int run_background(struct node *n)
{
	struct job *j = job_new(n->text);
	pid_t pid = n->left->kind == NODE_PIPE ? start_pipe(j, n->left, true) :
						 start_member(j, n->left, no_pipe, true);

	if (pid > 0)
		sh.background = pid;
	job_background(j);
	return pid < 0 ? STATUS_ERROR : 0;
}

/* Reads all from a pipe into t. */
static void drain(int fd, struct text *t)
{
	char buf[512];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))
		for (ssize_t i = 0; i < n; i++)
			if (buf[i])
				text_put(t, buf[i]);
}

/* In the child that computes a `$(command)`. */
static _Noreturn void run_substituted(const char *command, int out)
{
	move_fd(out, STDOUT_FILENO);
	sh.testing = 0;
	exit(run_string(command));
}

void substitute(struct expansion *e, const char *command, bool quoted)
{
	struct text t = { 0 };
	struct job *j;
	pid_t pid;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC)) {
		complain("pipe: %s", strerror(errno));
		e->failed = true;
		return;
	}
	j = job_new(command);
	pid = job_fork(j, false);
	if (!pid)
		run_substituted(command, fd[1]);
	close(fd[1]);
	drain(fd[0], &t);
	close(fd[0]);
	sh.substituted = job_foreground(j);
	e->failed = e->failed || pid < 0;
	while (t.len && t.bytes[t.len - 1] == '\n')
		t.bytes[--t.len] = '\0';
	expand_value(e, t.len ? t.bytes : "", quoted);
	free(t.bytes);
}

/* ---- compound commands ---- */

/* After the body of a loop: true if the loop goes on. */
static bool next_turn(void)
{
	if (!sh.leaving)
		return !sh.interrupted;
	sh.leaving--;
	if (sh.leaving || !sh.again)
		return false;
	sh.again = false;
	return true;
}

static int run_while(const struct node *n)
{
	bool until = n->kind == NODE_UNTIL;
	int status = 0;

	sh.loops++;
	for (;;) {
		struct block *mark = mem_mark();
		bool holds = !run_tested(n->left);

		if (!must_stop() && holds == until)
			break;
		if (!must_stop())
			status = run_node(n->right);
		mem_release(mark);
		if (!next_turn())
			break;
	}
	sh.loops--;
	return status;
}

static int run_for(const struct node *n)
{
	struct word *value = NULL, **tail = &value;
	int status = 0;

	for (int i = 0; n->all_params && i < sh.nr_params; i++) {
		*tail = mem_alloc(sizeof(**tail));
		(*tail)->text = mem_copy(sh.params[i], strlen(sh.params[i]));
		tail = &(*tail)->next;
	}
	if (!n->all_params && !expand_words(n->words->next, &value))
		return STATUS_ERROR;
	sh.loops++;
	for (; value; value = value->next) {
		var_set(n->words->text, value->text);
		status = run_node(n->right);
		if (!next_turn())
			break;
	}
	sh.loops--;
	return status;
}

static bool arm_matches(const struct node *arm, const char *subject)
{
	for (const struct word *w = arm->words; w; w = w->next) {
		char *pattern = expand_pattern(w->text);

		if (pattern && glob_match(pattern, subject))
			return true;
	}
	return false;
}

static int run_case(const struct node *n)
{
	char *subject = expand_string(n->words->text);

	if (!subject)
		return STATUS_ERROR;
	for (const struct node *arm = n->right; arm; arm = arm->right)
		if (arm_matches(arm, subject))
			return arm->left ? run_node(arm->left) : 0;
	return 0;
}

static int run_if(const struct node *n)
{
	int status = run_tested(n->left);

	if (must_stop())
		return status;
	if (!status)
		return run_node(n->right);
	return n->other ? run_node(n->other) : 0;
}

static int run_group(const struct node *n)
{
	struct saved *saved = NULL;
	int status = redirect(n->redirects, &saved) ? run_node(n->left) : STATUS_ERROR;

	redirect_undo(saved);
	return status;
}

static int run_and_or(const struct node *n)
{
	int status = run_tested(n->left);

	if (must_stop() || !status != (n->kind == NODE_AND))
		return status;
	return run_node(n->right);
}

static int run_kind(struct node *n)
{
	switch (n->kind) {
	case NODE_COMMAND:
		return run_simple(n, false);
	case NODE_PIPE:
		return run_pipe(n);
	case NODE_NOT:
		return !run_tested(n->left);
	case NODE_AND:
	case NODE_OR:
		return run_and_or(n);
	case NODE_LIST:
		run_node(n->left);
		return run_node(n->right);
	case NODE_BACKGROUND:
		return run_background(n);
	case NODE_GROUP:
		return run_group(n);
	case NODE_SUBSHELL:
		return run_subshell(n);
	case NODE_IF:
		return run_if(n);
	case NODE_WHILE:
	case NODE_UNTIL:
		return run_while(n);
	case NODE_FOR:
		return run_for(n);
	default:
		return run_case(n);
	}
}

/* What -e looks at: a command that has failed, not what contains it or has tested it. */
static bool may_end(const struct node *n)
{
	return n->kind == NODE_COMMAND || n->kind == NODE_PIPE || n->kind == NODE_SUBSHELL;
}

int run_node(struct node *n)
{
	if (!n || must_stop())
		return sh.status;
	sh.status = run_kind(n);
	if (sh.status && sh.option_e && !sh.testing && may_end(n))
		exit(sh.status);
	return sh.status;
}

void run_and_exit(struct node *n)
{
	if (n->kind == NODE_COMMAND)
		exit(run_simple(n, true));
	exit(run_node(n));
}
