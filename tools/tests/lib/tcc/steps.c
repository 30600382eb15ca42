/* SPDX-License-Identifier: MIT */
/*
 * Runs the commands of a file, a line each; prints each, what it says and how it ended.  A word
 * that begins with $ stands for the words of that variable; what does not end in time is ended.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 60, SECONDS = 60 };

static int split(char *line, char **words, int n)
{
	char *rest = line, *word;

	while ((word = strtok_r(rest, " \n", &rest)) && n < WORDS) {
		if (*word != '$')
			words[n++] = word;
		else if (getenv(word + 1))
			n = split(strdup(getenv(word + 1)), words, n);
	}
	words[n] = NULL;
	return n;
}

static void run(char **words)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		dup2(STDOUT_FILENO, STDERR_FILENO);
		alarm(SECONDS);
		execvp(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("-- signal %d\n", WTERMSIG(status));
	else
		printf("-- status %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	static char line[1024];
	char *words[WORDS + 1];
	FILE *file = fopen(argv[1], "r");

	if (!file) {
		perror(argv[1]);
		return 1;
	}
	while (fgets(line, sizeof(line), file)) {
		printf("== %s", line);
		if (split(line, words, 0))
			run(words);
	}
	return 0;
}
