/* SPDX-License-Identifier: MIT */
/*
 * Proves: what C programs take for granted of linker script and start code holds: functions run
 * before main() and after it, in their order; what is weak; the borders and the alignment of
 * sections; large .bss; thread-local variables of any alignment, in no thread over its stack;
 * the stack protector.  tools/tests/compile_options.py builds it with other options.
 * See libc/README.md, "The first and the last instruction".
 *
 * cpus: 1
 * suite: check
 */
#include <pthread.h>

#include "test.h"

#ifndef PAD
#define PAD 24
#endif
#define MIB (1ul << 20)

char pad[PAD + 8] = { 1 }; /* puts what follows .data elsewhere */

/* ---- before main() ---- */

static char before[16];
static int nr_before;
static int words; /* argc, as a constructor gets it */

static void note_before(char c)
{
	before[nr_before++] = c;
}

static void preinit(int argc, char **argv, char **envp)
{
	note_before('p');
	words = argv[argc] || envp != environ ? -1 : argc;
}

__attribute__((section(".preinit_array"), used)) static void (*const at_preinit)(int, char **,
										 char **) = preinit;

static __attribute__((constructor(102))) void second(void)
{
	note_before('2');
}

static __attribute__((constructor(101))) void first(void)
{
	note_before('1');
}

static __attribute__((constructor)) void third(void)
{
	note_before(malloc(1) ? '3' : '?');
}

static void test_before(int argc)
{
	TEST_BEGIN("constructors run before main(), by priority");
	CHECK(!strcmp(before, "p123"), "seen %s, want p123", before);
	CHECK_EQ(words, argc, "argc of a constructor");
}

/* ---- after main() ---- */

static int after; /* where a child that ends notes what runs; 0: nowhere */

static void note_after(char c)
{
	if (after)
		write(after, &c, 1);
}

static __attribute__((destructor(101))) void last(void)
{
	note_after('l');
}

static __attribute__((destructor(102))) void next_to_last(void)
{
	note_after('n');
	if (after)
		fputs("flushed", stdout); /* after it the streams are flushed */
}

static __attribute__((destructor)) void first_destructor(void)
{
	note_after('d');
}

static void at_exit_a(void)
{
	note_after('a');
}

static void at_exit_b(void)
{
	note_after('b');
	atexit(at_exit_a);
}

static void at_exit_status(int status, void *arg)
{
	note_after((char)('0' + status));
	note_after(*(const char *)arg);
}

static void end_by_exit(void *arg)
{
	(void)arg;
	CHECK(!on_exit(at_exit_status, "s"), "on_exit");
	for (int i = 0; i < 40; i++)
		CHECK(!atexit(at_exit_a), "atexit, time %d", i);
	CHECK(!atexit(at_exit_b), "atexit");
	exit(test.failed ? 1 : 5);
}

static void end_quickly(void *arg)
{
	(void)arg;
	CHECK(!at_quick_exit(at_exit_a) && !at_quick_exit(at_exit_b), "at_quick_exit");
	CHECK(!atexit(at_exit_b), "atexit");
	quick_exit(5);
}

/* What a child that runs end() notes, and then writes to standard output; it ends with 5. */
static const char *noted(void (*end)(void *arg))
{
	static char text[100];
	int fd[2], status = 0;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	REQUIRE(!pipe(fd), "pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid) {
		after = fd[1];
		dup2(fd[1], STDOUT_FILENO);
		end(NULL);
	}
	close(fd[1]);
	while ((got = read(fd[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(fd[0]);
	CHECK_EQ(waitpid(pid, &status, 0), pid, "waitpid");
	CHECK_EQ(status, 5 << 8, "status of the child");
	return text;
}

static void test_after(void)
{
	char many[42] = "";
	char want[64];
	const char *seen;

	TEST_BEGIN("exit: atexit functions, the last first, destructors, streams");
	memset(many, 'a', 41); /* one was added by another */
	snprintf(want, sizeof(want), "b%s5sdnlflushed", many);
	seen = noted(end_by_exit);
	CHECK(!strcmp(seen, want), "seen %s, want %s", seen, want);

	TEST_BEGIN("quick_exit: its own functions alone");
	seen = noted(end_quickly);
	CHECK(!strcmp(seen, "ba"), "seen %s, want ba", seen);
}

/* ---- what is weak, borders of sections, alignment ---- */

void nowhere(void) __attribute__((weak));

__attribute__((section("mine"), used)) static int mine_a = 1;
__attribute__((section("mine"), used)) static int mine_b = 2;
__attribute__((section("shown"), used)) static const int shown_a = 3;
extern int __start_mine[], __stop_mine[];
extern const int __start_shown[], __stop_shown[];

static const char constant_64k[10] __attribute__((aligned(65536))) = "c";
static char data_64k[10] __attribute__((aligned(65536))) = "d";
static char bss_64k[10] __attribute__((aligned(65536)));
static char large[256 * MIB];

static __attribute__((section("own_code"), noinline)) int code_of_ours(int n)
{
	return n + 1;
}

static bool is_aligned(const volatile void *p, uintptr_t alignment)
{
	return (uintptr_t)p % alignment == 0;
}

static void test_sections(void)
{
	TEST_BEGIN("sections: borders, alignment, a large .bss");
	CHECK(!nowhere, "a weak function that nobody defines is at %p", (void *)nowhere);
	CHECK_EQ(__stop_mine - __start_mine, 2, "ints in the section \"mine\"");
	CHECK_EQ(__start_mine[0] + __start_mine[1], mine_a + mine_b, "what they hold");
	CHECK_EQ(__stop_shown - __start_shown, 1, "ints in the section \"shown\"");
	CHECK_EQ(__start_shown[0], shown_a, "what it holds");
	CHECK_EQ(code_of_ours(1), 2, "a function in a section of its own");
	CHECK(is_aligned(constant_64k, 65536) && *constant_64k == 'c', "at %p", constant_64k);
	CHECK(is_aligned(data_64k, 65536) && *data_64k == 'd', "at %p", data_64k);
	CHECK(is_aligned(bss_64k, 65536) && !*bss_64k, "at %p", bss_64k);
	for (size_t i = 0; i < sizeof(large); i += sizeof(large) / 8) {
		CHECK_EQ(large[i], 0, "byte %zu of .bss", i);
		large[i] = (char)i;
	}
}

/* ---- thread-local variables ---- */

static _Thread_local char byte; /* zero: with NO_TDATA all of them are */
#ifndef NO_TDATA
static _Thread_local int seven = 7;
static _Thread_local int of_128 __attribute__((aligned(128))) = 128;
static _Thread_local int of_8192 __attribute__((aligned(8192)));
#endif
static _Thread_local long many_zeros[11];

static void check_values(uintptr_t stack)
{
	uintptr_t lowest = (uintptr_t)many_zeros;

	for (int i = 0; i < 11; i++)
		CHECK_EQ(many_zeros[i], 0, "thread-local %d", i);
	CHECK_EQ(byte, 0, "thread-local byte");
#ifndef NO_TDATA
	CHECK_EQ(seven, 7, "thread-local");
	CHECK_EQ(of_128, 128, "thread-local");
	CHECK_EQ(of_8192, 0, "thread-local");
	CHECK(is_aligned(&of_128, 128), "a variable aligned to 128 is at %p", (void *)&of_128);
	CHECK(is_aligned(&of_8192, 8192), "a variable aligned to 8192 is at %p", (void *)&of_8192);
	lowest = lowest < (uintptr_t)&seven ? lowest : (uintptr_t)&seven;
	lowest = lowest < (uintptr_t)&of_128 ? lowest : (uintptr_t)&of_128;
	seven = of_128 = of_8192 = -1;
#endif
	CHECK(lowest >= stack, "variables from %#lx, stack up to %#lx", lowest, stack);
	memset(many_zeros, -1, sizeof(many_zeros));
	byte = 1;
}

static void *thread(void *arg)
{
	(void)arg;
	check_values((uintptr_t)__builtin_frame_address(0) + 16);
	return NULL;
}

static void test_thread_local(void)
{
	pthread_t t[3];

	TEST_BEGIN("thread-local variables: value, alignment, place");
	check_values(0);
	for (int i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&t[i], NULL, thread, NULL), "pthread_create");
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
}

/* ---- the stack protector ---- */

static __attribute__((noinline, optimize("stack-protector-all"))) void overrun(size_t n)
{
	volatile char array[8];
	volatile char *p = array;

	__asm__("" : "+r"(p));
	while (n--)
		*p++ = 'x';
}

static void overrun_much(void *arg)
{
	(void)arg;
	overrun(64);
}

static void test_stack_protector(void)
{
	TEST_BEGIN("who overruns an array on the stack is stopped by SIGABRT");
	overrun(8);
	CHECK_EQ(dies_by(overrun_much, NULL), SIGABRT, "signal");
}

int main(int argc, char **argv)
{
	(void)argv;
	pad[1] = 2;
	test_before(argc);
	test_after();
	test_sections();
	test_thread_local();
	test_stack_protector();
	return TEST_END();
}
