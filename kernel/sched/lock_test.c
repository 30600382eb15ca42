/* SPDX-License-Identifier: MIT */
/* Tests of what excludes: spinlock, mutex, rwsem. */
#include "kernel/core/ktest.h"
#include "kernel/core/log.h"
#include "kernel/sched/crew_test.h"

#define WAIT_LIMIT (10 * NSEC_PER_SEC)

/* Polls until cond holds; fails the test if it takes absurdly long. */
#define AWAIT(cond) \
	do { \
		u64 end_ = now_ns() + WAIT_LIMIT; \
		while (!(cond) && now_ns() < end_) \
			sched_yield(); \
		KT_CHECK(cond, "did not come about in 10 s"); \
	} while (0)

/* --- spinlock ----------------------------------------------------------------- */

#define SPIN_THREADS 6
#define SPIN_ROUNDS  200

static spinlock_t test_lock = SPINLOCK_INIT(LOCK_PROC_TREE);
static volatile u64 test_count;
static bool go; /* (a) */

/* Adds one so slowly that two that do it at the same time lose a count. */
static void add_slowly(void)
{
	u64 seen = test_count;

	for (int i = 0; i < 500; i++)
		cpu_relax();
	test_count = seen + 1;
}

static void count_locked(void *unused __maybe_unused)
{
	while (!READ_ONCE(go))
		sched_yield();
	for (int i = 0; i < SPIN_ROUNDS; i++) {
		spin_lock(&test_lock);
		add_slowly();
		spin_unlock(&test_lock);
		cond_resched();
	}
}

KTEST(spinlock_counts_exactly)
{
	struct crew crew;

	test_count = 0;
	go = false;
	crew_start(&crew, SPIN_THREADS, SCHED_NORMAL, count_locked, NULL);
	WRITE_ONCE(go, true);
	crew_join(&crew);
	KT_CHECK(test_count == SPIN_THREADS * SPIN_ROUNDS, "expected %d, seen %lu",
		 SPIN_THREADS * SPIN_ROUNDS, test_count);
}

KTEST(spinlock_irq_and_wrap)
{
	spinlock_t irq_lock = SPINLOCK_INIT(LOCK_EVENT);
	u64 flags = spin_lock_irqsave(&irq_lock);

	KT_CHECK(!irqs_enabled(), "interrupts on while an irqsave lock is held");
	spin_unlock_irqrestore(&irq_lock, flags);
	KT_CHECK(irqs_enabled(), "interrupts still off after the release");
	for (int i = 0; i < 70000; i++) { /* the tickets wrap */
		spin_lock(&test_lock);
		spin_unlock(&test_lock);
	}
}

/* --- mutex -------------------------------------------------------------------- */

static struct rwsem test_mutex;
static int inside;   /* threads in the critical section */
static int order[8]; /* which thread got the lock when */
static int nr_ordered;

static void enter_and_leave(void *unused __maybe_unused)
{
	for (int i = 0; i < 300; i++) {
		MUTEX_GUARD(&test_mutex);
		int others = inside++;

		KT_CHECK(others == 0, "%d others inside", others);
		if (i % 50 == 0)
			sched_yield();
		inside--;
	}
}

KTEST(mutex_excludes)
{
	struct crew crew;

	mutex_init(&test_mutex, LOCK_SCANNER);
	crew_start(&crew, 5, SCHED_NORMAL, enter_and_leave, NULL);
	crew_join(&crew);
	KT_CHECK(!rwsem_is_locked(&test_mutex), "still locked");
}

static int waiters(struct wait_queue *q)
{
	struct waiter *w;
	int n = 0;
	u64 flags = spin_lock_irqsave(&q->lock);

	list_for_each_entry(w, &q->waiters, link)
		n++;
	spin_unlock_irqrestore(&q->lock, flags);
	return n;
}

static void note_turn(void *arg)
{
	MUTEX_GUARD(&test_mutex);
	order[nr_ordered++] = (int)(u64)arg;
}

KTEST(mutex_is_fair)
{
	struct crew crew[3];

	mutex_init(&test_mutex, LOCK_SCANNER);
	nr_ordered = 0;
	mutex_lock(&test_mutex);
	for (int i = 0; i < 3; i++) {
		crew_start(&crew[i], 1, SCHED_NORMAL, note_turn, (void *)(u64)i);
		AWAIT(waiters(&test_mutex.wait) == i + 1);
	}
	mutex_unlock(&test_mutex);
	for (int i = 0; i < 3; i++)
		crew_join(&crew[i]);
	for (int i = 0; i < 3; i++)
		KT_CHECK(order[i] == i, "turn %d went to thread %d", i, order[i]);
}

/* --- rwsem -------------------------------------------------------------------- */

static struct rwsem test_sem;
static volatile u64 left_half, right_half; /* equal whenever no writer is inside */

static void write_turn(void *arg)
{
	WRITE_GUARD(&test_sem);
	order[nr_ordered++] = (int)(u64)arg;
}

static void read_turn(void *arg)
{
	READ_GUARD(&test_sem);
	order[__atomic_fetch_add(&nr_ordered, 1, __ATOMIC_SEQ_CST)] = (int)(u64)arg;
}

/* A reader that comes after a waiting writer must not overtake it. */
KTEST(rwsem_is_fifo)
{
	struct crew writer, reader;
	bool got;

	rwsem_init(&test_sem, LOCK_MMAP);
	nr_ordered = 0;
	down_read(&test_sem);
	crew_start(&writer, 1, SCHED_NORMAL, write_turn, (void *)1);
	AWAIT(waiters(&test_sem.wait) == 1);
	crew_start(&reader, 1, SCHED_NORMAL, read_turn, (void *)2);
	AWAIT(waiters(&test_sem.wait) == 2);
	got = down_read_trylock(&test_sem);
	KT_CHECK(!got, "a reader overtook the writer");
	KT_CHECK(nr_ordered == 0, "%d threads got in", nr_ordered);
	up_read(&test_sem);
	crew_join(&writer);
	crew_join(&reader);
	KT_CHECK(order[0] == 1 && order[1] == 2, "order %d %d", order[0], order[1]);
	KT_CHECK(!rwsem_is_locked(&test_sem), "still locked");
}

static void write_halves(void *unused __maybe_unused)
{
	for (int i = 0; i < 300; i++) {
		WRITE_GUARD(&test_sem);
		left_half = left_half + 1;
		if (i % 30 == 0)
			sched_yield();
		right_half = right_half + 1;
	}
}

static void read_halves(void *unused __maybe_unused)
{
	for (int i = 0; i < 600; i++) {
		READ_GUARD(&test_sem);
		u64 left = left_half;

		if (i % 60 == 0)
			sched_yield();
		KT_CHECK(left == right_half, "read %lu and %lu", left, right_half);
	}
}

KTEST(rwsem_readers_and_writers)
{
	struct crew writers, readers;

	rwsem_init(&test_sem, LOCK_MMAP);
	left_half = right_half = 0;
	crew_start(&writers, 3, SCHED_NORMAL, write_halves, NULL);
	crew_start(&readers, 4, SCHED_NORMAL, read_halves, NULL);
	crew_join(&writers);
	crew_join(&readers);
	KT_CHECK(left_half == 900 && right_half == 900, "expected 900, seen %lu and %lu", left_half,
		 right_half);
}
