/* SPDX-License-Identifier: MIT */
/* Commands that the shell itself carries out. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

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

static int do_help(const struct command *cmd)
{
	(void)cmd;
	puts("Programs, run by name; tests/NAME and bench/NAME run too (ls lists all):");
	list_programs("/bin");
	puts("Builtins: echo WORD...  exit [STATUS]  help  set [NAME VALUE]  wait");
	puts("Between commands: ;  &&  ||  &   In words: 'quotes' \"quotes\" \\ $? $NAME");
	puts("Keys: Ctrl-C drops the line, Ctrl-D or exit leaves, Ctrl-A X ends QEMU.");
	puts("To see pages merge:  demo   then, in between:  ksmstat   pagemap self");
	return 0;
}

static int do_exit(const struct command *cmd)
{
	exit(cmd->argc > 1 ? atoi(cmd->argv[1]) : 0);
}

static int do_echo(const struct command *cmd)
{
	for (int i = 1; i < cmd->argc; i++)
		printf("%s%s", i > 1 ? " " : "", cmd->argv[i]);
	putchar('\n');
	return 0;
}

static int do_set(const struct command *cmd)
{
	if (cmd->argc == 3)
		return setenv(cmd->argv[1], cmd->argv[2], 1) ? 1 : 0;
	for (char **p = environ; *p; p++)
		puts(*p);
	return 0;
}

static int do_wait(const struct command *cmd)
{
	(void)cmd;
	reap_background(true);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const struct command *cmd);
} builtins[] = {
	{ "echo", do_echo }, { "exit", do_exit }, { "help", do_help },
	{ "set", do_set },   { "wait", do_wait },
};

int run_builtin(const struct command *cmd)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (!strcmp(cmd->argv[0], builtins[i].name))
			return builtins[i].run(cmd);
	return -1;
}
