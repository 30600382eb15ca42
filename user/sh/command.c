/* SPDX-License-Identifier: MIT */
/* Simple commands: assignments, builtins, and programs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sh.h"

/* ---- programs ---- */

/* Says why there is no program to run; the status for it. */
static int not_run(const char *name, int error)
{
	if (error == ENOENT)
		complain("%s: not found", name);
	else
		complain("%s: %s", name, strerror(error));
	return error == ENOENT || error == ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

/* A file that is no program is taken for a script. */
static _Noreturn void run_script(char *path, char **argv)
{
	int n = 0, status;

	while (argv[n])
		n++;
	sh.name = path;
	sh.params = argv + 1;
	sh.nr_params = n - 1;
	sh.loops = sh.testing = 0;
	status = run_file(path);
	exit(status < 0 ? not_run(path, errno) : status);
}

/* Tries one file; returns only if it cannot be run, with the reason. */
static int try_exec(char *path, char **argv)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	if (S_ISDIR(st.st_mode) || access(path, X_OK))
		return EACCES;
	execve(path, argv, environ);
	if (errno == ENOEXEC)
		run_script(path, argv);
	return errno;
}

/* Tries the directories of PATH; the reason why none had it. */
static int search_path(const char *name, char **argv)
{
	const char *dirs = var_get("PATH");
	int error = ENOENT, last;

	for (dirs = dirs ? dirs : "/bin"; dirs; dirs = strchr(dirs, ':')) {
		struct text path = { 0 };
		size_t len;

		dirs += *dirs == ':';
		len = strcspn(dirs, ":");
		text_add(&path, len ? mem_copy(dirs, len) : ".");
		text_put(&path, '/');
		text_add(&path, name);
		last = try_exec(path.bytes, argv);
		if (last != ENOENT && last != ENOTDIR)
			error = last;
		free(path.bytes);
	}
	return error;
}

void exec_program(char **argv)
{
	int error;

	fflush(stdout);
	environ = var_environment();
	error = strchr(argv[0], '/') ? try_exec(argv[0], argv) :
		*argv[0]	     ? search_path(argv[0], argv) :
				       ENOENT;
	exit(not_run(argv[0], error));
}

static _Noreturn void run_program_here(const struct node *n, char **argv)
{
	struct saved *unused = NULL;

	if (!redirect(n->redirects, &unused))
		exit(STATUS_ERROR);
	for (struct word *w = n->assigns; w; w = w->next) {
		char *assignment = expand_string(w->text);

		if (!assignment)
			exit(STATUS_ERROR);
		var_assign(assignment);
		var_export(assignment);
	}
	exec_program(argv);
}

static char *join(char **argv)
{
	struct text t = { 0 };

	for (; *argv; argv++) {
		if (t.len)
			text_put(&t, ' ');
		text_add(&t, *argv);
	}
	return text_take(&t);
}

static int run_program(const struct node *n, char **argv)
{
	struct job *j = job_new(join(argv));
	pid_t pid = job_fork(j, false);

	if (!pid)
		run_program_here(n, argv);
	return pid < 0 ? STATUS_ERROR : job_foreground(j);
}

/* ---- assignments and builtins ---- */

struct old_value {
	struct old_value *next;
	char *name, *value; /* NULL: was unset */
};

/* Carries out assignments, and notes in *old what they replace unless that is NULL. */
static bool assign(const struct word *words, struct old_value **old)
{
	for (; words; words = words->next) {
		char *assignment = expand_string(words->text);
		struct old_value *o = mem_alloc(sizeof(*o));
		const char *value;

		if (!assignment)
			return false;
		o->name = mem_copy(assignment, strcspn(assignment, "="));
		value = var_get(o->name);
		o->value = value ? mem_copy(value, strlen(value)) : NULL;
		var_assign(assignment);
		if (!old)
			continue;
		o->next = *old;
		*old = o;
	}
	return true;
}

static void assign_undo(struct old_value *o)
{
	for (; o; o = o->next)
		if (o->value)
			var_set(o->name, o->value);
		else
			var_unset(o->name);
}

/* An error that ends a script. */
static int fatal(void)
{
	if (!sh.interactive)
		exit(STATUS_ERROR);
	return STATUS_ERROR;
}

/* Sends out what a builtin has printed; its status, or 1 if that failed. */
static int flushed(const char *name, int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	complain("%s: %s", name, strerror(errno));
	clearerr(stdout);
	return 1;
}

static int run_builtin(const struct builtin *b, const struct node *n, char **argv)
{
	bool keep = !strcmp(b->name, "exec");
	struct old_value *old = NULL;
	struct saved *saved = NULL;
	int status = STATUS_ERROR;

	if (!assign(n->assigns, b->special ? NULL : &old))
		status = fatal();
	else if (redirect(n->redirects, keep ? NULL : &saved))
		status = flushed(b->name, b->run(argv));
	else if (b->special)
		status = fatal();
	redirect_undo(saved);
	assign_undo(old);
	return status;
}

/* Only assignments and redirections. */
static int run_empty(const struct node *n)
{
	struct saved *saved = NULL;
	bool good = redirect(n->redirects, &saved);

	redirect_undo(saved);
	if (!good)
		return STATUS_ERROR;
	return assign(n->assigns, NULL) ? sh.substituted : fatal();
}

static void trace(const struct node *n, char **argv)
{
	fputc('+', stderr);
	for (const struct word *w = n->assigns; w; w = w->next)
		fprintf(stderr, " %s", w->text);
	fprintf(stderr, "%s%s\n", *argv ? " " : "", join(argv));
}

static char **argv_of(const struct word *words)
{
	size_t n = 0;
	char **argv;

	for (const struct word *w = words; w; w = w->next)
		n++;
	argv = mem_alloc((n + 1) * sizeof(*argv));
	for (n = 0; words; words = words->next)
		argv[n++] = words->text;
	return argv;
}

int run_simple(const struct node *n, bool here)
{
	struct block *mark = mem_mark();
	const struct builtin *builtin;
	struct word *words;
	char **argv;
	int status;

	sh.substituted = 0;
	if (!expand_words(n->words, &words)) {
		mem_release(mark);
		return fatal();
	}
	argv = argv_of(words);
	builtin = *argv ? builtin_find(*argv) : NULL;
	if (sh.option_x)
		trace(n, argv);
	if (!*argv)
		status = run_empty(n);
	else if (builtin)
		status = run_builtin(builtin, n, argv);
	else if (here)
		run_program_here(n, argv);
	else
		status = run_program(n, argv);
	mem_release(mark);
	return status;
}
