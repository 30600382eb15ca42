/* SPDX-License-Identifier: MIT */
/*
 * Proves: what one call writes to a stream stays in one piece, and no byte is lost or doubled,
 * however many threads write or read; flockfile() makes several calls one, again and again for the
 * same thread; after fork() the child's streams are free and whole; no thread that waits for a
 * stream keeps others from opening, closing, forking; exit() writes what is left.
 * See libc/README.md, "Streams and threads".
 *
 * cpus: 1 2 4
 * timeout: 60
 * suite: test
 */
#include <pthread.h>
#include <semaphore.h>

#include "test.h"

#define NR    6
#define LINES 150
#define OUT   "/tmp/stdio_threads"
#define SMALL 64 /* bytes of a buffer that most lines do not fit into */

static FILE *shared;
static sem_t ready, go;
static int lines_each;

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t t;
	int ret = pthread_create(&t, NULL, fn, arg);

	CHECK(!ret, "pthread_create: %s", strerror(ret));
	return t;
}

static void *join(pthread_t t)
{
	void *result = NULL;

	CHECK(!pthread_join(t, &result), "pthread_join");
	return result;
}

static void run_all(void *(*fn)(void *))
{
	pthread_t t[NR];

	for (long i = 0; i < NR; i++)
		t[i] = start(fn, (void *)i);
	for (int i = 0; i < NR; i++)
		join(t[i]);
}

static int status_of(pid_t pid)
{
	int status = 0;

	CHECK_EQ(waitpid(pid, &status, 0), pid, "waitpid");
	return status;
}

static FILE *must_open(const char *mode)
{
	FILE *f = fopen(OUT, mode);

	REQUIRE(f, "fopen %s: %s", OUT, strerror(errno));
	return f;
}

/* Whether another thread has the stream, or is in a call that has it. */
static bool is_taken(FILE *f)
{
	if (ftrylockfile(f))
		return true;
	funlockfile(f);
	return false;
}

/* ---- lines ---- */

/* What line i of thread t ends with: as many letters as i says. */
static const char *tail(long t, int i)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";

	return letters + t + i * 7 % 40;
}

static int make_line(char *line, size_t size, long t, int i)
{
	return snprintf(line, size, "%ld %d %s\n", t, i, tail(t, i));
}

/* Every way to write a line by one call. */
static void write_line(FILE *f, long t, int i)
{
	char line[128];
	int len = make_line(line, sizeof(line), t, i);

	if (i % 3 == 0)
		CHECK_EQ(fprintf(f, "%ld %d %s\n", t, i, tail(t, i)), len, "fprintf");
	else if (i % 3 == 1)
		CHECK(fputs(line, f) >= 0, "fputs");
	else
		CHECK_EQ(fwrite(line, 1, (size_t)len, f), len, "fwrite");
}

static void *write_lines(void *arg)
{
	for (int i = 0; i < lines_each; i++)
		write_line(shared, (long)arg, i);
	return arg;
}

/* All that f holds are whole lines, those of each thread in order and none missing. */
static void check_lines(FILE *f, const char *how)
{
	int next[NR] = { 0 };
	char seen[256], want[256];
	bool ok = true;

	while (fgets(seen, sizeof(seen), f)) {
		long t = 0;
		int i = -1;

		if (!ok)
			continue; /* said; the writers shall come to their end */
		sscanf(seen, "%ld %d", &t, &i);
		ok = t >= 0 && t < NR && CHECK_EQ(i, next[t]++, "%s: a line of thread %ld", how, t);
		make_line(want, sizeof(want), t, i);
		ok = CHECK(ok && !strcmp(seen, want), "%s: torn: %s", how, seen);
	}
	for (int t = 0; ok && t < NR; t++)
		CHECK_EQ(next[t], lines_each, "%s: lines of thread %d", how, t);
}

static void whole_lines(void)
{
	static const char *const names[] = { "full buffer", "by lines", "unbuffered" };
	char buf[SMALL];
	FILE *f;

	TEST_BEGIN("lines that threads write to one file are whole, and all there");
	lines_each = LINES;
	for (int mode = _IOFBF; mode <= _IONBF; mode++) {
		shared = must_open("w");
		setvbuf(shared, buf, mode, sizeof(buf));
		run_all(write_lines);
		CHECK(!fclose(shared), "fclose");
		f = must_open("r");
		check_lines(f, names[mode]);
		fclose(f);
	}
}

static void *write_lines_and_close(void *arg)
{
	static int done;

	write_lines(arg);
	if (__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST) == NR)
		fclose(shared);
	return arg;
}

static void through_pipe(void)
{
	pthread_t t[NR];
	char buf[SMALL];
	int fd[2];
	FILE *f;

	TEST_BEGIN("and so are those that go through a pipe meanwhile");
	REQUIRE(!pipe(fd), "pipe: %s", strerror(errno));
	shared = fdopen(fd[1], "w");
	setvbuf(shared, buf, _IOFBF, sizeof(buf));
	f = fdopen(fd[0], "r");
	for (long i = 0; i < NR; i++)
		t[i] = start(write_lines_and_close, (void *)i);
	check_lines(f, "pipe");
	fclose(f);
	for (int i = 0; i < NR; i++)
		join(t[i]);
}

/* ---- bytes ---- */

#define BYTES 3000

static int letters[NR];

static void *put_bytes(void *arg)
{
	for (int i = 0; i < BYTES; i++)
		putc('a' + (int)(long)arg, shared);
	return arg;
}

static void *get_bytes(void *arg)
{
	int c;

	while ((c = getc(shared)) != EOF)
		__atomic_fetch_add(&letters[c - 'a'], 1, __ATOMIC_RELAXED);
	return arg;
}

static void single_bytes(void)
{
	char buf[SMALL];

	TEST_BEGIN("single bytes: putc() loses none, getc() gives each once");
	shared = must_open("w+");
	setvbuf(shared, buf, _IOFBF, sizeof(buf));
	run_all(put_bytes);
	CHECK_EQ(ftell(shared), NR * BYTES, "bytes written");
	rewind(shared);
	run_all(get_bytes);
	for (int t = 0; t < NR; t++)
		CHECK_EQ(letters[t], BYTES, "letters %c", 'a' + t);
	fclose(shared);
}

/* ---- several calls ---- */

static void *write_slowly(void *arg)
{
	for (int i = 0; i < lines_each; i++) {
		flockfile(shared);
		fprintf(shared, "%ld ", (long)arg);
		sched_yield();
		flockfile(shared);
		fprintf(shared, "%d ", i);
		funlockfile(shared);
		sched_yield(); /* still ours */
		for (const char *p = tail((long)arg, i); *p; p++)
			putc_unlocked(*p, shared);
		fputs("\n", shared);
		funlockfile(shared);
	}
	return arg;
}

static void several_calls(void)
{
	FILE *f;

	TEST_BEGIN("flockfile() holds others off over several calls");
	lines_each = LINES / 3;
	shared = must_open("w");
	run_all(write_slowly);
	fclose(shared);
	f = must_open("r");
	check_lines(f, "several calls");
	fclose(f);
}

static void *try_it(void *arg)
{
	int ret = ftrylockfile(shared);

	if (!ret)
		funlockfile(shared);
	return arg ? (void *)(long)ret : NULL;
}

/* What another thread is told that tries to get the stream. */
static int other_gets(void)
{
	return (int)(long)join(start(try_it, shared));
}

static void tries(void)
{
	TEST_BEGIN("ftrylockfile() fails for others, and counts for who has the stream");
	shared = must_open("w+");
	CHECK_EQ(other_gets(), 0, "nobody has it");
	flockfile(shared);
	CHECK_EQ(other_gets(), EBUSY, "we have it");
	CHECK_EQ(ftrylockfile(shared), 0, "again");
	flockfile(shared);
	CHECK(fprintf(shared, "x") == 1 && !fflush(shared) && !fseek(shared, 0, SEEK_SET) &&
		      getc(shared) == 'x' && ungetc('y', shared) == 'y' &&
		      getc_unlocked(shared) == 'y',
	      "who has it can use it");
	funlockfile(shared);
	CHECK_EQ(other_gets(), EBUSY, "given back once of three times");
	funlockfile(shared);
	CHECK_EQ(other_gets(), EBUSY, "given back twice");
	funlockfile(shared);
	CHECK_EQ(other_gets(), 0, "given back");
	flockfile(shared);
	fclose(shared);
}

/* ---- fork ---- */

static void *write_halves(void *arg)
{
	flockfile(stdout);
	printf("half a line");
	sem_post(&ready);
	sem_wait(&go);
	printf(" and its end\n");
	funlockfile(stdout);
	return arg;
}

static void fork_amid_line(void *arg)
{
	const char *want = "child\nhalf a line and its end\n";
	char seen[64] = "";
	pthread_t t;
	pid_t pid;
	FILE *f;

	(void)arg;
	CHECK(freopen(OUT, "w", stdout), "freopen: %s", strerror(errno));
	t = start(write_halves, NULL);
	sem_wait(&ready);
	pid = fork();
	if (!pid) {
		printf("child\n");
		exit(0);
	}
	CHECK_EQ(status_of(pid), 0, "child");
	sem_post(&go);
	join(t);
	f = must_open("r");
	CHECK_EQ(fread(seen, 1, sizeof(seen) - 1, f), strlen(want), "bytes");
	CHECK(!strcmp(seen, want), "seen: %s", seen);
	fclose(f);
	shared = stdout;
	flockfile(stdout);
	pid = fork();
	if (!pid)
		_exit(other_gets());
	CHECK_EQ(status_of(pid), 0, "the child's thread gets what we have");
	CHECK_EQ(other_gets(), EBUSY, "ours does not");
}

static void *print_lines(void *arg)
{
	for (int i = 0; i < lines_each; i++) {
		write_line(stdout, (long)arg, i);
		sched_yield();
	}
	return arg;
}

/* The children are one of the writers, line by line. */
static void fork_and_print(void *arg)
{
	pthread_t t[NR - 1];
	FILE *f;

	(void)arg;
	CHECK(freopen(OUT, "w", stdout), "freopen: %s", strerror(errno));
	for (long i = 0; i < NR - 1; i++)
		t[i] = start(print_lines, (void *)i);
	for (int i = 0; i < lines_each; i++) {
		pid_t pid = fork();

		if (!pid) {
			write_line(stdout, NR - 1, i);
			_exit(0);
		}
		CHECK_EQ(status_of(pid), 0, "child %d", i);
	}
	for (int i = 0; i < NR - 1; i++)
		join(t[i]);
	f = must_open("r");
	check_lines(f, "fork");
	fclose(f);
}

static void forks(void)
{
	TEST_BEGIN("a child can use the streams that other threads of its parent had");
	sem_init(&ready, 0, 0);
	sem_init(&go, 0, 0);
	child_join(child_start(fork_amid_line, NULL));
	lines_each = 30;
	child_join(child_start(fork_and_print, NULL));
}

/* ---- who waits for a stream keeps nobody ---- */

static void *read_byte(void *arg)
{
	return (void *)(long)getchar() + ((long)arg & 0);
}

static void reader_waits(void *arg)
{
	pthread_t t;
	pid_t pid;
	int fd[2];

	(void)arg;
	CHECK(!pipe(fd) && dup2(fd[0], 0) == 0, "pipe: %s", strerror(errno));
	flockfile(stdout); /* which a read of stdin would flush */
	t = start(read_byte, NULL);
	wait_until(is_taken(stdin), "the thread reads");
	CHECK(!fflush(NULL), "fflush while another thread reads");
	pid = fork();
	if (!pid)
		exit(is_taken(stdin));
	CHECK_EQ(status_of(pid), 0, "the child's stdin is free");
	CHECK_EQ(write(fd[1], "z", 1), 1, "write");
	CHECK_EQ((long)join(t), 'z', "the thread reads on while we have stdout");
	start(read_byte, NULL);
	wait_until(is_taken(stdin), "the thread reads");
	exit(test.failed ? 1 : 7);
}

static void *flush_all(void *arg)
{
	sem_post(&ready);
	CHECK(!fflush(NULL), "fflush");
	return arg;
}

static bool all_flush;

static void *open_and_close(void *arg)
{
	char name[64], seen[64];

	snprintf(name, sizeof(name), OUT ".%ld", (long)arg);
	for (int i = 0; i < 40; i++) {
		FILE *f = fopen(name, "w+");

		if (!CHECK(f, "fopen: %s", strerror(errno)))
			break;
		fprintf(f, "%d %ld", i, (long)arg);
		if (all_flush && i % 4 == 0)
			fflush(NULL);
		rewind(f);
		CHECK(fgets(seen, sizeof(seen), f), "fgets");
		CHECK_EQ(strtol(seen, NULL, 10), i, "round, in thread %ld", (long)arg);
		CHECK(!fclose(f), "fclose");
	}
	unlink(name);
	return arg;
}

static void waits(void)
{
	void *garbage[16];
	pthread_t t;

	TEST_BEGIN("who waits for a stream, or in one, keeps no other thread waiting");
	CHECK_EQ(WEXITSTATUS(status_of(child_start(reader_waits, NULL))), 7, "exit");
	shared = must_open("w");
	flockfile(shared);
	fputs("to be flushed", shared);
	sem_init(&ready, 0, 0);
	t = start(flush_all, NULL);
	sem_wait(&ready);
	run_all(open_and_close);
	CHECK(!fclose(shared), "who has a stream may close it, and so gives it back");
	for (size_t i = 0; i < 16; i++) /* what is free is used for something else */
		garbage[i] = memset(malloc(16 * (i + 1)), 0xff, 16 * (i + 1));
	join(t);
	for (size_t i = 0; i < 16; i++)
		free(garbage[i]);
	all_flush = true;
	run_all(open_and_close);
}

/* ---- exit ---- */

static void *write_and_wait(void *arg)
{
	write_lines(arg);
	sem_post(&ready);
	for (;;)
		pause();
	return arg;
}

static void *leave(void *arg)
{
	exit((int)(long)arg);
	return NULL;
}

static void write_and_leave(void *arg)
{
	(void)arg;
	shared = must_open("w");
	for (long i = 0; i < NR; i++)
		start(write_and_wait, (void *)i);
	for (int i = 0; i < NR; i++)
		sem_wait(&ready);
	start(leave, (void *)9l);
	for (;;)
		pause();
}

static void exits(void)
{
	FILE *f;

	TEST_BEGIN("exit() writes what the threads have left in the buffers");
	sem_init(&ready, 0, 0);
	lines_each = 5;
	CHECK_EQ(WEXITSTATUS(status_of(child_start(write_and_leave, NULL))), 9, "exit");
	f = must_open("r");
	check_lines(f, "exit");
	fclose(f);
}

int main(void)
{
	whole_lines();
	through_pipe();
	single_bytes();
	several_calls();
	tries();
	forks();
	waits();
	exits();
	unlink(OUT);
	return TEST_END();
}
