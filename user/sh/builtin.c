/* SPDX-License-Identifier: MIT */
/* Commands that the shell itself carries out. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

bool parse_number(const char *word, long *n)
{
	char *end;

	errno = 0;
	*n = strtol(word, &end, 10);
	return end != word && !*end && !errno;
}

static int usage(const char *how)
{
	complain("usage: %s", how);
	return STATUS_ERROR;
}

static int do_true(char **argv)
{
	(void)argv;
	return 0;
}

static int do_false(char **argv)
{
	(void)argv;
	return 1;
}

static int do_echo(char **argv)
{
	bool newline = !argv[1] || strcmp(argv[1], "-n");

	for (argv += newline ? 1 : 2; *argv; argv++)
		printf("%s%s", *argv, argv[1] ? " " : "");
	if (newline)
		putchar('\n');
	return 0;
}

/* ---- where we are ---- */

static int do_pwd(char **argv)
{
	char *here = getcwd(NULL, 0);

	if (!here) {
		complain("%s: %s", *argv, strerror(errno));
		return 1;
	}
	puts(here);
	free(here);
	return 0;
}

static int do_cd(char **argv)
{
	const char *home = var_get("HOME"), *old = var_get("OLDPWD"), *to = argv[1];
	char *here = getcwd(NULL, 0);
	bool back = to && !strcmp(to, "-");
	int status = 1;

	if (to && argv[2])
		status = usage("cd [DIRECTORY | -]");
	else if (back && !old)
		complain("cd: no directory to go back to");
	else if (chdir(back ? old : to ? to : home ? home : "/"))
		complain("cd: %s: %s", back ? old : to ? to : home, strerror(errno));
	else
		status = back ? do_pwd(argv) : 0;
	if (!status && here) {
		var_set("OLDPWD", here);
		free(here);
		here = getcwd(NULL, 0);
		var_set("PWD", here ? here : "");
	}
	free(here);
	return status;
}

/* ---- variables ---- */

static bool is_name(const char *word)
{
	const char *end = skip_name(word);

	if (end > word && (!*end || *end == '='))
		return true;
	complain("%s: not a name", word);
	return false;
}

static int do_export(char **argv)
{
	if (!argv[1] || !strcmp(argv[1], "-p"))
		var_print(true, "export ");
	for (argv++; *argv && strcmp(*argv, "-p"); argv++) {
		if (!is_name(*argv))
			return STATUS_ERROR;
		if (strchr(*argv, '='))
			var_assign(*argv);
		var_export(*argv);
	}
	return 0;
}

static int do_unset(char **argv)
{
	for (argv++; *argv; argv++) {
		if (!strcmp(*argv, "-v"))
			continue;
		if (!is_name(*argv))
			return STATUS_ERROR;
		var_unset(*argv);
	}
	return 0;
}

/* The list becomes `$1` …; it is copied, and the old one let go. */
static void set_params(char **list)
{
	int n = 0;

	while (list[n])
		n++;
	sh.params = keep_alloc(((size_t)n + 1) * sizeof(*sh.params));
	for (int i = 0; i < n; i++)
		sh.params[i] = keep_copy(list[i]);
	sh.nr_params = n;
}

/* -e and -x, + turns off; false if the word is no option. */
static bool set_option(const char *word)
{
	if ((*word != '-' && *word != '+') || !word[1] || strspn(word + 1, "ex") < strlen(word + 1))
		return false;
	if (strchr(word, 'e'))
		sh.option_e = *word == '-';
	if (strchr(word, 'x'))
		sh.option_x = *word == '-';
	return true;
}

static int do_set(char **argv)
{
	if (!argv[1])
		var_print(false, "");
	for (argv++; *argv && set_option(*argv); argv++)
		;
	if (!*argv)
		return 0;
	if (!strcmp(*argv, "--"))
		argv++;
	else if ((**argv == '-' || **argv == '+') && (*argv)[1])
		return usage("set [-ex] [+ex] [--] [WORD...]");
	set_params(argv);
	return 0;
}

static int do_shift(char **argv)
{
	long n = 1;

	if ((argv[1] && !parse_number(argv[1], &n)) || n < 0 || n > sh.nr_params)
		return usage("shift [N], which may not be more than there are");
	sh.params += n;
	sh.nr_params -= (int)n;
	return 0;
}

/* One byte at a time: what follows the line is for whoever reads next. */
static bool read_one_line(struct text *line)
{
	char c = 0;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		text_put(line, c);
	return c == '\n';
}

/* The last variable gets the rest of the line. */
static void split_line(char *line, char **names)
{
	for (; *names; names++) {
		size_t len;

		line += strspn(line, " \t");
		len = names[1] ? strcspn(line, " \t") : strlen(line);
		while (!names[1] && len && strchr(" \t", line[len - 1]))
			len--;
		var_set(*names, mem_copy(line, len));
		line += len;
	}
}

static int do_read(char **argv)
{
	struct text line = { 0 };
	bool whole;

	argv += argv[1] && !strcmp(argv[1], "-r") ? 2 : 1;
	if (!*argv)
		return usage("read [-r] NAME...");
	for (char **name = argv; *name; name++)
		if (!is_name(*name) || strchr(*name, '='))
			return STATUS_ERROR;
	whole = read_one_line(&line);
	split_line(text_take(&line), argv);
	return !whole;
}

/* ---- running ---- */

static int do_exit(char **argv)
{
	long n = sh.status;

	if (argv[1] && (!parse_number(argv[1], &n) || n < 0))
		return usage("exit [STATUS]");
	exit((int)n & 255);
}

static int do_exec(char **argv)
{
	if (argv[1])
		exec_program(argv + 1);
	return 0; /* its redirections stay */
}

static int do_eval(char **argv)
{
	struct text t = { 0 };

	for (argv++; *argv; argv++) {
		text_add(&t, *argv);
		text_put(&t, ' ');
	}
	return run_string(text_take(&t));
}

static int do_source(char **argv)
{
	int status;

	if (!argv[1])
		return usage(". FILE");
	status = run_file(argv[1]);
	if (status >= 0)
		return status;
	complain("%s: %s", argv[1], strerror(errno));
	if (!sh.interactive)
		exit(STATUS_ERROR);
	return STATUS_ERROR;
}

static int leave_loops(char **argv, bool again)
{
	long n = 1;

	if ((argv[1] && !parse_number(argv[1], &n)) || n < 1)
		return usage(again ? "continue [N]" : "break [N]");
	sh.leaving = n < sh.loops ? (int)n : sh.loops;
	sh.again = again && sh.leaving;
	return 0;
}

static int do_break(char **argv)
{
	return leave_loops(argv, false);
}

static int do_continue(char **argv)
{
	return leave_loops(argv, true);
}

/* ---- jobs ---- */

static int do_jobs(char **argv)
{
	(void)argv;
	job_report(true);
	return 0;
}

/* The job that is named, or the current one; NULL: told. */
static struct job *the_job(const char *command, const char *word)
{
	struct job *j = job_find(word ? word : "%%");

	if (!j)
		complain("%s: %s: no such job", command, word ? word : "%%");
	return j;
}

static int do_fg(char **argv)
{
	struct job *j = the_job("fg", argv[1]);

	return j ? job_continue(j, true) : STATUS_ERROR;
}

static int do_bg(char **argv)
{
	struct job *j = the_job("bg", argv[1]);

	return j ? job_continue(j, false) : STATUS_ERROR;
}

static int do_wait(char **argv)
{
	int status = 0;

	if (!argv[1])
		job_wait_all();
	for (argv++; *argv; argv++) {
		struct job *j = job_find(*argv);

		status = j ? job_wait(j) : STATUS_NOT_FOUND;
	}
	return sh.interrupted ? STATUS_SIGNAL + SIGINT : status;
}

/* ---- help, and the table ---- */

static void list_programs(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	int column = 0;

	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		printf("%s%-18s", column % 4 ? "" : column ? "\n  " : "  ", d->d_name);
		column++;
	}
	putchar('\n');
	if (dir)
		closedir(dir);
}

static void list_builtins(void);

static int do_help(char **argv)
{
	(void)argv;
	puts("Programs, run by name; /tests/NAME and /bench/NAME run too (ls /tests lists them):");
	list_programs("/bin");
	puts("Builtins:");
	list_builtins();
	puts("Language: a | b   < > >> 2> 2>&1   && || ! ; &   'quotes' \"quotes\" \\   $NAME ${NAME}\n"
	     "  $? $$ $! $1 $# \"$@\" $(command) $((1+2))   * ? [a-z]   if while until for case ( ) { }");
	puts("Keys: arrows, Home, End, Ctrl-A E U K W L; Ctrl-C drops the line, Ctrl-D or exit\n"
	     "  leaves, Ctrl-A X (twice Ctrl-A for the first) ends QEMU.");
	puts("To see pages merge:  demo   or  twins &   then, in between:  ksmstat   memmap   pagemap $!\n"
	     "  ksmstat -w and memmap -w go on every second, until a key is pressed.  kill %1 ends twins.");
	return 0;
}

static const struct builtin builtins[] = {
	{ ".", do_source, true },	   { ":", do_true, true },
	{ "[", builtin_test, false },	   { "bg", do_bg, false },
	{ "break", do_break, true },	   { "cd", do_cd, false },
	{ "continue", do_continue, true }, { "echo", do_echo, false },
	{ "eval", do_eval, true },	   { "exec", do_exec, true },
	{ "exit", do_exit, true },	   { "export", do_export, true },
	{ "false", do_false, false },	   { "fg", do_fg, false },
	{ "help", do_help, false },	   { "jobs", do_jobs, false },
	{ "kill", builtin_kill, false },   { "pwd", do_pwd, false },
	{ "read", do_read, false },	   { "set", do_set, true },
	{ "shift", do_shift, true },	   { "test", builtin_test, false },
	{ "true", do_true, false },	   { "unset", do_unset, true },
	{ "wait", do_wait, false },
};

#define NR_BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

static void list_builtins(void)
{
	for (size_t i = 0; i < NR_BUILTINS; i++)
		printf("%s%s%s", i % 13 ? " " : "  ", builtins[i].name,
		       i % 13 == 12 || i == NR_BUILTINS - 1 ? "\n" : "");
}

const struct builtin *builtin_find(const char *name)
{
	for (size_t i = 0; i < NR_BUILTINS; i++)
		if (!strcmp(name, builtins[i].name))
			return &builtins[i];
	return NULL;
}
