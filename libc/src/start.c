/* SPDX-License-Identifier: MIT */
/* From the initial stack to main(), and errno's home. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv, char **envp);
_Noreturn void __libc_start(long *sp);

char **environ;
char *program_invocation_name, *program_invocation_short_name;

int *__errno_location(void)
{
	static int value;

	return &value;
}

void __libc_start(long *sp)
{
	int argc = (int)sp[0];
	char **argv = (char **)(sp + 1);

	environ = argv + argc + 1;
	program_invocation_name = program_invocation_short_name = argc ? argv[0] : "";
	if (argc && strrchr(argv[0], '/'))
		program_invocation_short_name = strrchr(argv[0], '/') + 1;
	exit(main(argc, argv, environ));
}
