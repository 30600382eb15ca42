/* SPDX-License-Identifier: MIT */
/*
 * Proves: threads of one process share its memory and have a stack, errno and
 * thread-local variables each; mutexes, condition variables, semaphores and
 * barriers lose no wake-up; a process ends, forks and calls exec whole, whichever
 * thread does so; too many threads are EAGAIN, and everything comes back.
 * See kernel/README.md, "Threads".
 *
 * cpus: 1 2 4
 * timeout: 60
 * suite: test
 */
#include <mg/ipc.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>

#include "test.h"

#define NR     8
#define ROUNDS 2000

static _Thread_local int local = 7;
static _Thread_local char zeros[100];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long count;

static void start(pthread_t *t, void *(*fn)(void *), void *arg)
{
	int ret = pthread_create(t, NULL, fn, arg);

	CHECK(!ret, "pthread_create: %s", strerror(ret));
}

static void *join(pthread_t t)
{
	void *result = NULL;
	int ret = pthread_join(t, &result);

	CHECK(!ret, "pthread_join: %s", strerror(ret));
	return result;
}

/* NR threads run fn(number), and end. */
static void run_all(void *(*fn)(void *))
{
	pthread_t t[NR];

	for (long i = 0; i < NR; i++)
		start(&t[i], fn, (void *)i);
	for (long i = 0; i < NR; i++)
		CHECK_EQ((long)join(t[i]), i, "the result of thread %ld", i);
}

/* ---- what each has of its own ---- */

static void *own_things(void *arg)
{
	int number = (int)(long)arg;

	CHECK_EQ(local, 7, "a thread-local variable begins with its first value");
	CHECK(!zeros[0] && !zeros[99], "or with zeros");
	local = number;
	errno = 1000 + number;
	for (int i = 0; i < 50; i++)
		sched_yield();
	CHECK_EQ(local, number, "a thread-local variable is the thread's own");
	CHECK_EQ(errno, 1000 + number, "and so is errno");
	return arg;
}

static void own(void)
{
	TEST_BEGIN("stack, errno and thread-local variables are each thread's own");
	local = 99;
	run_all(own_things);
	CHECK_EQ(local, 99, "the first thread's variable");
	CHECK(pthread_equal(pthread_self(), pthread_self()), "a thread is itself");
	CHECK_EQ(pthread_join(pthread_self(), NULL), EDEADLK, "to join oneself");
}

/* ---- locks ---- */

static void *add_under_mutex(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		count++;
		if (i % 97 == 0)
			sched_yield();
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

static void mutexes(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t m;
	struct timespec past = { 0, 0 };

	TEST_BEGIN("a mutex lets one thread in at a time; its kinds know their owner");
	count = 0;
	run_all(add_under_mutex);
	CHECK_EQ(count, NR * ROUNDS, "additions under the mutex");
	CHECK(!mutex.state, "the mutex is free in the end");
	pthread_mutexattr_init(&attr);
	CHECK(!pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE), "recursive");
	pthread_mutex_init(&m, &attr);
	CHECK(!pthread_mutex_lock(&m) && !pthread_mutex_lock(&m), "the owner locks it again");
	CHECK(!pthread_mutex_unlock(&m) && m.state, "and has to unlock it as often");
	CHECK(!pthread_mutex_unlock(&m) && !m.state, "twice");
	CHECK_EQ(pthread_mutex_unlock(&m), EPERM, "who has it not cannot unlock it");
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&m, &attr);
	CHECK(!pthread_mutex_lock(&m), "lock");
	CHECK_EQ(pthread_mutex_lock(&m), EDEADLK, "the owner again");
	CHECK_EQ(pthread_mutex_trylock(&m), EBUSY, "trylock by the owner");
	CHECK(!pthread_mutex_unlock(&m), "unlock");
	pthread_mutex_lock(&mutex);
	CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY, "trylock of a mutex that is taken");
	CHECK_EQ(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT, "timedlock");
	pthread_mutex_unlock(&mutex);
}

#define ITEMS 4

static int items[ITEMS], nr_items;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;

/* Half of them put numbers into a small store, the others take them out. */
static void *trade(void *arg)
{
	bool puts = (long)arg % 2;

	for (int i = 1; i <= ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (nr_items == (puts ? ITEMS : 0))
			pthread_cond_wait(puts ? &room : &cond, &mutex);
		if (puts)
			items[nr_items++] = i;
		else
			count += items[--nr_items];
		pthread_cond_signal(puts ? &cond : &room);
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

static void conditions(void)
{
	struct timespec soon;

	TEST_BEGIN("condition variables lose no signal");
	count = 0;
	run_all(trade);
	CHECK_EQ(count, NR / 2 * ((long)ROUNDS * (ROUNDS + 1) / 2), "the sum of what was traded");
	CHECK(!nr_items, "the store is empty");
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec += 20000000;
	if (soon.tv_nsec >= 1000000000)
		soon.tv_sec++, soon.tv_nsec -= 1000000000;
	pthread_mutex_lock(&mutex);
	CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &soon), ETIMEDOUT, "nobody signals");
	CHECK(mutex.state, "the mutex is held again");
	pthread_mutex_unlock(&mutex);
}

static sem_t sem_ping, sem_pong;

static void *pong(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(&sem_ping);
		count++;
		sem_post(&sem_pong);
	}
	return arg;
}

static void semaphores(void)
{
	struct timespec past = { 0, 0 };
	pthread_t t;

	TEST_BEGIN("semaphores count");
	sem_init(&sem_ping, 0, 0);
	sem_init(&sem_pong, 0, 0);
	count = 0;
	start(&t, pong, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		sem_post(&sem_ping);
		sem_wait(&sem_pong);
		CHECK_EQ(count, i + 1, "rounds");
	}
	join(t);
	CHECK(sem_trywait(&sem_ping) && errno == EAGAIN, "trywait of nothing");
	CHECK(sem_timedwait(&sem_ping, &past) && errno == ETIMEDOUT, "timedwait of nothing");
}

static pthread_barrier_t barrier;
static int serial, arrived;

static void *meet(void *arg)
{
	for (int i = 1; i <= 100; i++) {
		__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
		CHECK(__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) >= i * NR, "nobody passes early");
	}
	return arg;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long pair[2];

static void *read_or_write(void *arg)
{
	for (int i = 0; i < ROUNDS / 4; i++) {
		if ((long)arg % 4 == 0) {
			pthread_rwlock_wrlock(&rwlock);
			pair[0]++;
			sched_yield();
			pair[1]++;
		} else {
			pthread_rwlock_rdlock(&rwlock);
			CHECK_EQ(pair[0], pair[1], "a reader sees both halves");
		}
		pthread_rwlock_unlock(&rwlock);
	}
	return arg;
}

static void meetings(void)
{
	TEST_BEGIN("barriers, and locks for readers and writers");
	pthread_barrier_init(&barrier, NULL, NR);
	run_all(meet);
	CHECK_EQ(serial, 100, "one thread a round is told that it is the one");
	run_all(read_or_write);
	CHECK_EQ(pair[1], NR / 4 * (ROUNDS / 4), "writes");
	CHECK(!rwlock.holders, "the lock is free");
}

/* ---- once, keys, cleanup, detach ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int begun, destroyed, cleaned;

static void begin_once(void)
{
	begun++;
	usleep(1000);
	begun++;
}

static void destroy(void *value)
{
	CHECK(value, "no destructor is called for null");
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void clean(void *arg)
{
	*(int *)arg += 1;
}

static void *with_values(void *arg)
{
	pthread_once(&once, begin_once);
	CHECK_EQ(begun, 2, "the first has done it when the others go on");
	CHECK(!pthread_getspecific(key), "a key's value begins as null");
	pthread_setspecific(key, (char *)arg + 1);
	sched_yield();
	CHECK(pthread_getspecific(key) == (char *)arg + 1, "and is the thread's own");
	if (arg)
		return arg;
	pthread_cleanup_push(clean, &cleaned);
	pthread_exit(arg);
	pthread_cleanup_pop(0);
}

static sem_t done;

static void *detached(void *arg)
{
	sem_post(&done);
	return arg;
}

static void ends(void)
{
	pthread_t t;

	TEST_BEGIN("once, values by key, clean-up, and threads that nobody joins");
	pthread_key_create(&key, destroy);
	run_all(with_values);
	CHECK_EQ(begun, 2, "once");
	CHECK_EQ(destroyed, NR, "a destructor for each value");
	CHECK_EQ(cleaned, 1, "pthread_exit() runs what was pushed");
	sem_init(&done, 0, 0);
	for (int i = 0; i < 500; i++) {
		start(&t, detached, NULL);
		CHECK(!pthread_detach(t), "detach");
		sem_wait(&done);
	}
}

/* ---- the process as a whole ---- */

static void *spin(void *arg)
{
	while (arg)
		(*(volatile long *)arg)++;
	return arg;
}

static void *sleep_for_ever(void *arg)
{
	while (arg)
		pause();
	return arg;
}

static void *exit_now(void *arg)
{
	exit((int)(long)arg);
	return NULL;
}

static void *exec_now(void *arg)
{
	execv("tests/threads", (char *[]){ "threads", "again", NULL });
	exit(1);
	return arg;
}

static void *fork_now(void *arg)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		void *p = malloc(100); /* whoever held its lock is not here */

		free(p);
		_exit(local == 7 ? 33 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 33, "status %#x", status);
	return arg;
}

/* Other threads run, sleep and wait; then fn is called by a thread of its own. */
static void crowd_and(void *arg)
{
	static long spun;
	pthread_t t;

	start(&t, spin, &spun);
	start(&t, sleep_for_ever, &spun);
	start(&t, sleep_for_ever, &spun);
	while (!*(volatile long *)&spun)
		sched_yield();
	if (arg)
		start(&t, (void *(*)(void *))arg, (void *)42l);
	for (;;)
		pause();
}

static int status_of(pid_t pid)
{
	int status = 0;

	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	return status;
}

static void whole(void)
{
	pid_t pid;
	pthread_t t;

	TEST_BEGIN("exit, exec, a signal and fork concern the process as a whole");
	CHECK_EQ(WEXITSTATUS(status_of(child_start(crowd_and, (void *)exit_now))), 42, "exit");
	CHECK_EQ(WEXITSTATUS(status_of(child_start(crowd_and, (void *)exec_now))), 17, "exec");
	pid = child_start(crowd_and, NULL);
	kill(pid, SIGTERM);
	CHECK_EQ(WTERMSIG(status_of(pid)), SIGTERM, "SIGTERM");
	start(&t, fork_now, NULL);
	join(t);
}

static void *exit_later(void *arg)
{
	usleep(1000);
	count = 1;
	return arg;
}

static void first_leaves(void *arg)
{
	pthread_t t;

	(void)arg;
	count = 0;
	start(&t, exit_later, NULL);
	pthread_exit(NULL);
}

static volatile int handled_by;

static void handler(int sig)
{
	(void)sig;
	handled_by = (int)syscall(SYS_gettid);
}

static void *take_signal(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (arg)
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	sem_post(&done);
	while (arg && !handled_by)
		usleep(500);
	sem_wait(&sem_ping);
	return (void *)(long)syscall(SYS_gettid);
}

static void signals(void)
{
	pthread_t a, b;
	sigset_t set;
	int tid;

	TEST_BEGIN("a signal to the process goes to a thread that does not block it");
	CHECK_EQ(WEXITSTATUS(status_of(child_start(first_leaves, NULL))), 0,
		 "the last thread ends");
	signal(SIGUSR1, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sem_init(&sem_ping, 0, 0);
	start(&a, take_signal, NULL);
	start(&b, take_signal, (void *)1l);
	sem_wait(&done);
	sem_wait(&done);
	kill(getpid(), SIGUSR1);
	wait_until(handled_by, "SIGUSR1 was handled");
	tid = handled_by;
	handled_by = 0;
	pthread_kill(pthread_self(), SIGUSR1);
	CHECK(!handled_by, "blocked here");
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(handled_by, getpid(), "pthread_kill() names the thread");
	sem_post(&sem_ping);
	sem_post(&sem_ping);
	join(a);
	CHECK_EQ((int)(long)join(b), tid, "it was the one that had not blocked it");
}

/* ---- limits ---- */

static void *wait_for_end(void *arg)
{
	sem_wait(&sem_ping);
	return arg;
}

static void too_many(void)
{
	static pthread_t t[300];
	pthread_attr_t attr;
	int n = 0, ret = 0;
	long frames;

	TEST_BEGIN("too many threads are EAGAIN, and all of them come back");
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN);
	sem_init(&sem_ping, 0, 0);
	for (int round = 0; round < 2; round++) {
		frames = free_frames();
		for (n = 0; n < 300 && !ret; n += !ret)
			ret = pthread_create(&t[n], &attr, wait_for_end, NULL);
		CHECK_EQ(ret, EAGAIN, "after %d threads", n);
		CHECK_EQ(n, 255, "threads besides the first");
		for (int i = 0; i < n; i++)
			sem_post(&sem_ping);
		for (int i = 0; i < n; i++)
			join(t[i]);
		ret = 0;
		if (round)
			CHECK_EQ(free_frames(), frames, "free frames");
	}
}

/* ---- what is odd ---- */

static int served = -1;

static void *serve_and_leave(void *arg)
{
	long ep = syscall(SYS_endpoint_create, arg);

	served = mg_connect((int)ep, 1, RIGHT_CALL);
	sem_post(&done);
	sem_wait(&sem_ping);
	return (void *)ep;
}

/* An endpoint ends with the thread that receives there, wherever its handle is. */
static void left_endpoint(unsigned long rights)
{
	struct ipc_message m = { .op = 1 };
	pthread_t t;
	int ep;

	start(&t, serve_and_leave, (void *)rights);
	sem_wait(&done);
	sem_post(&sem_ping);
	ep = (int)(long)join(t);
	CHECK(mg_call(served, &m) == -1 && errno == EPIPE, "a call to where nobody receives");
	CHECK(mg_recv(ep, &m, 0) == -1 && errno == EPERM, "another thread's endpoint");
	close(served);
	syscall(SYS_handle_close, ep);
}

static void odd(void)
{
	int word = 1;

	TEST_BEGIN("odd requests: errors as documented");
	left_endpoint(0);
	left_endpoint(RIGHT_APART);
	CHECK(syscall(SYS_thread_create, -1l, 0, 0, 0) == -1 && errno == EINVAL, "entry");
	CHECK(syscall(SYS_thread_create, 0l, 0, 0, -1l) == -1 && errno == EINVAL, "tls");
	CHECK(syscall(SYS_set_tls, -1l) == -1 && errno == EINVAL, "set_tls");
	CHECK(syscall(SYS_tkill, 1 << 30, 0) == -1 && errno == ESRCH, "tkill of nobody");
	CHECK(syscall(SYS_tkill, getpid(), 99) == -1 && errno == EINVAL, "tkill of no signal");
	CHECK(syscall(SYS_futex_wait, &word, 0, -1l) == -1 && errno == EAGAIN, "another value");
	CHECK(syscall(SYS_futex_wait, &word, 1, 1000l) == -1 && errno == ETIMEDOUT, "nobody");
	CHECK(syscall(SYS_futex_wait, (char *)&word + 1, 1, 0l) == -1 && errno == EINVAL, "odd");
	CHECK(syscall(SYS_futex_wait, 8l, 0, 0l) == -1 && errno == EFAULT, "nothing there");
	CHECK(syscall(SYS_futex_wake, 8l, 1) == -1 && errno == EFAULT, "nothing there");
	CHECK_EQ(syscall(SYS_futex_wake, &word, 1), 0, "nobody waits");
}

/* ---- a word in memory that processes share; one that COW and merging move about ---- */

struct shared {
	int word;
	sem_t sem;
};

static void wait_in_child(void *arg)
{
	struct shared *s = arg;

	for (int i = 0; i < 100; i++) {
		sem_wait(&s->sem);
		__atomic_fetch_add(&s->word, 1, __ATOMIC_SEQ_CST);
	}
}

static void shared_word(void)
{
	struct shared *s =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t a, b;

	TEST_BEGIN("a semaphore in shared memory wakes another process");
	CHECK(s != MAP_FAILED, "mmap: %s", strerror(errno));
	sem_init(&s->sem, 1, 0);
	a = child_start(wait_in_child, s);
	b = child_start(wait_in_child, s);
	for (int i = 0; i < 200; i++) {
		sem_post(&s->sem);
		if (i % 7 == 0)
			sched_yield();
	}
	child_join(a);
	child_join(b);
	CHECK_EQ(s->word, 200, "wake-ups");
	munmap(s, PAGE);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 17;
	own();
	mutexes();
	conditions();
	semaphores();
	meetings();
	ends();
	whole();
	signals();
	too_many();
	odd();
	shared_word();
	return TEST_END();
}
