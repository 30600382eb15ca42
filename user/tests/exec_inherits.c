/* SPDX-License-Identifier: MIT */
/*
 * Proves: exec keeps the pid, the handles and the merge setting, passes
 * arguments and environment on, and leaves nothing of the old memory; a failed
 * exec leaves the program as it was.  See kernel/README.md, "exec".
 *
 * cpus: 1 2 4
 */
#include <sys/prctl.h>

#include "test.h"

#define SELF	"tests/exec_inherits"
#define MESSAGE "through exec"
#define OLD	((char *)0x200000000)

/* The program once it has been through exec: argv says what it must find. */
static int after_exec(int argc, char **argv)
{
	char text[sizeof(MESSAGE)] = "";
	struct vm_page_info old = { 0 };

	TEST_BEGIN("the new program finds what the old one left it");
	CHECK_EQ(argc, 5, "argc");
	CHECK_EQ(getpid(), atoi(argv[2]), "pid");
	CHECK_EQ(mg_vmo_read(atoi(argv[3]), text, sizeof(text), 0), sizeof(text), "VMO read");
	CHECK(!strcmp(text, MESSAGE), "the inherited VMO says \"%s\"", text);
	CHECK(!*argv[4], "the empty argument is empty: \"%s\"", argv[4]);
	CHECK(getenv("COLOUR") && !strcmp(getenv("COLOUR"), "green"), "COLOUR is %s",
	      getenv("COLOUR"));
	CHECK(!getenv("SEED"), "the old environment is gone");
	CHECK_EQ(mg_vm_query(0, OLD, &old, 1), 1, "vm_query");
	CHECK(!(old.flags & VMQ_PRESENT), "the old program's page is gone");
	CHECK_EQ(prctl(PR_GET_MEMORY_MERGE, 0), 1, "PR_GET_MEMORY_MERGE");
	return TEST_END();
}

static void go_through_exec(void *arg)
{
	char pid[16], vmo[16];
	char *argv[] = { SELF, "after", pid, vmo, "", NULL };
	char *envp[] = { "COLOUR=green", NULL };
	int handle = mg_vmo_create(sizeof(MESSAGE));

	(void)arg;
	CHECK_EQ(mg_vmo_write(handle, MESSAGE, sizeof(MESSAGE), 0), sizeof(MESSAGE), "VMO write");
	CHECK(mmap(OLD, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == OLD,
	      "mmap: %s", strerror(errno));
	*OLD = 1;
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 1), "prctl: %s", strerror(errno));
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(vmo, sizeof(vmo), "%d", handle);
	execve(SELF, argv, envp);
	CHECK(false, "execve: %s", strerror(errno));
}

static char *big_argument(void)
{
	static char big[64 << 10];

	memset(big, 'x', sizeof(big) - 1);
	return big;
}

static void fail_each_way(void *arg)
{
	char *none[] = { NULL }, *self[] = { SELF, "after", NULL };
	char *huge[] = { SELF, big_argument(), big_argument(), big_argument(), NULL };
	char *bad[] = { (char *)0x10, NULL };
	char **volatile nowhere = (char **)0x10; /* volatile: the compiler would warn */
	int text = mg_vmo_create(100);

	(void)arg;
	CHECK_ERRNO(execve("tests/no_such_program", self, none), ENOENT);
	CHECK_ERRNO(execve("", self, none), ENOENT);
	CHECK_ERRNO(mg_exec(text, self, none), ENOEXEC);
	CHECK_ERRNO(mg_exec(200, self, none), EBADF);
	CHECK_ERRNO(mg_exec(HANDLE_STDOUT, self, none), EINVAL);
	CHECK_ERRNO(execve(SELF, huge, none), E2BIG);
	CHECK_ERRNO(execve(SELF, bad, none), EFAULT);
	CHECK_ERRNO(execve(SELF, nowhere, none), EFAULT);
	CHECK_ERRNO(execve(SELF, self, nowhere), EFAULT);
}

int main(int argc, char **argv)
{
	long frames;

	if (argc > 1 && !strcmp(argv[1], "after"))
		return after_exec(argc, argv);

	TEST_BEGIN("exec passes on pid, handles, arguments, merge setting, and no memory");
	child_join(child_start(go_through_exec, NULL));

	TEST_BEGIN("a failed exec gives its errno and leaves everything as it was");
	child_join(child_start(fail_each_way, NULL));
	frames = free_frames();
	child_join(child_start(fail_each_way, NULL));
	child_join(child_start(go_through_exec, NULL));
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
	return TEST_END();
}
