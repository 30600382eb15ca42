/* SPDX-License-Identifier: MIT */
/* From the initial stack to main(), by way of the constructors; and errno's home. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "thread/thread.h"
#include "unistd/request.h"

int main(int argc, char **argv, char **envp);
_Noreturn void __libc_start(long *sp);

char **environ;
char *program_invocation_name, *program_invocation_short_name;

int *__errno_location(void)
{
	static _Thread_local int value;

	return &value;
}

long __sys_error(long ret)
{
	errno = (int)-ret;
	return -1;
}

/* The first thread's storage has its place in the program (user.ld). */
static void start_thread(void)
{
	extern struct __pthread __tls_first;

	_Static_assert(sizeof(struct __pthread) <= 1024 &&
			       offsetof(struct __pthread, sig_ran) == 8 &&
			       offsetof(struct __pthread, guard) == 0x28,
		       "user.ld leaves so much room; signal/restore.asm; the compiler");
	__thread_setup(&__tls_first);
	sys_set_tls(&__tls_first);
}

/*
 * .preinit_array and .init_array; like others' libraries we hand main()'s arguments on.  In user.ld
 * one begins where the other ends; a linker of its own mind (tcc's) puts them apart.
 */
static void run_constructors(int argc, char **argv, char **envp)
{
	typedef void (*constructor)(int argc, char **argv, char **envp);
	extern const constructor __preinit_array_start[], __preinit_array_end[];
	extern const constructor __init_array_start[], __init_array_end[];

	for (const constructor *fn = __preinit_array_start; fn < __preinit_array_end; fn++)
		(*fn)(argc, argv, envp);
	for (const constructor *fn = __init_array_start; fn < __init_array_end; fn++)
		(*fn)(argc, argv, envp);
}

void __libc_start(long *sp)
{
	int argc = (int)sp[0];
	char **argv = (char **)(sp + 1);

	start_thread();
	__locks_start();
	environ = argv + argc + 1;
	program_invocation_name = program_invocation_short_name = argc ? argv[0] : "";
	if (argc && strrchr(argv[0], '/'))
		program_invocation_short_name = strrchr(argv[0], '/') + 1;
	run_constructors(argc, argv, environ);
	exit(main(argc, argv, environ));
}
