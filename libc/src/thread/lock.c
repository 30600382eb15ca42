/* SPDX-License-Identifier: MIT */
/* Waiting for a word, the lock made of that, and POSIX's: mutex, cond, rwlock, barrier. */
#include <errno.h>

#include "sys.h"
#include "thread/thread.h"

#define FOREVER (~0ul)
#define NSEC	1000000000L

/* Nanoseconds from now to end; 0 if that is past. */
static size_t until(const struct timespec *end)
{
	struct timespec now;
	long ns;

	clock_gettime(CLOCK_REALTIME, &now);
	if (end->tv_sec - now.tv_sec > 1L << 32)
		return 1ul << 62;
	ns = (end->tv_sec - now.tv_sec) * NSEC + end->tv_nsec - now.tv_nsec;
	return ns > 0 ? (size_t)ns : 0;
}

int __wait(int *word, int value, const struct timespec *end)
{
	size_t ns = FOREVER;
	long ret;

	if (end && (unsigned long)end->tv_nsec >= NSEC)
		return EINVAL;
	if (end)
		ns = until(end);
	ret = ns ? sys_futex_wait(word, value, ns) : -ETIMEDOUT;
	return ret == -ETIMEDOUT || ret == -EINTR ? (int)-ret : 0;
}

void __wake(int *word, int n)
{
	sys_futex_wake(word, n);
}

int __lock_timed(int *lock, const struct timespec *end)
{
	int seen = 0, ret = 0;

	if (__atomic_compare_exchange_n(lock, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return 0;
	while (ret != ETIMEDOUT && ret != EINVAL) {
		if (!__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE))
			return 0;
		ret = __wait(lock, 2, end);
	}
	return ret;
}

void __lock(int *lock)
{
	__lock_timed(lock, NULL);
}

void __unlock(int *lock)
{
	if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2)
		__wake(lock, 1);
}

/* --- mutex ------------------------------------------------------------------------------------ */

int pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
	attr->type = PTHREAD_MUTEX_DEFAULT;
	return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
	if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
		return EINVAL;
	attr->type = type;
	return 0;
}

int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr)
{
	*m = (pthread_mutex_t){ .type = attr ? attr->type : PTHREAD_MUTEX_DEFAULT };
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *m)
{
	return m->state ? EBUSY : 0;
}

/* Whether the caller has the mutex already, as far as it knows its owner. */
static bool owned(pthread_mutex_t *m)
{
	return m->type != PTHREAD_MUTEX_NORMAL &&
	       __atomic_load_n(&m->owner, __ATOMIC_RELAXED) == pthread_self()->tid;
}

/* Its owner locks it once more, or is told that he may not. */
static int lock_again(pthread_mutex_t *m, int error)
{
	if (m->type == PTHREAD_MUTEX_ERRORCHECK)
		return error;
	m->depth++;
	return 0;
}

static int taken(pthread_mutex_t *m)
{
	__atomic_store_n(&m->owner, pthread_self()->tid, __ATOMIC_RELAXED);
	return 0;
}

int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *end)
{
	int ret;

	if (owned(m))
		return lock_again(m, EDEADLK);
	ret = __lock_timed(&m->state, end);
	return ret ? ret : taken(m);
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
	return pthread_mutex_timedlock(m, NULL);
}

int pthread_mutex_trylock(pthread_mutex_t *m)
{
	int free = 0;

	if (owned(m))
		return lock_again(m, EBUSY);
	if (!__atomic_compare_exchange_n(&m->state, &free, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return EBUSY;
	return taken(m);
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
	if (m->type != PTHREAD_MUTEX_NORMAL && m->owner != pthread_self()->tid)
		return EPERM;
	if (m->depth) {
		m->depth--;
		return 0;
	}
	__atomic_store_n(&m->owner, 0, __ATOMIC_RELAXED);
	__unlock(&m->state);
	return 0;
}

/* --- condition variable ----------------------------------------------------------------------- */

int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *attr)
{
	(void)attr;
	c->sequence = 0;
	return 0;
}

/* A signal after the sequence was read changes it, so that the wait ends at once. */
int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *end)
{
	int seen = __atomic_load_n(&c->sequence, __ATOMIC_RELAXED), depth = m->depth, ret;

	m->depth = 0;
	ret = pthread_mutex_unlock(m);
	if (ret)
		return ret;
	ret = __wait(&c->sequence, seen, end);
	pthread_mutex_lock(m);
	m->depth = depth;
	return ret == EINTR ? 0 : ret;
}

int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	return pthread_cond_timedwait(c, m, NULL);
}

static int signal_n(pthread_cond_t *c, int n)
{
	__atomic_fetch_add(&c->sequence, 1, __ATOMIC_RELAXED);
	__wake(&c->sequence, n);
	return 0;
}

int pthread_cond_signal(pthread_cond_t *c)
{
	return signal_n(c, 1);
}

int pthread_cond_broadcast(pthread_cond_t *c)
{
	return signal_n(c, WAKE_ALL);
}

/* --- readers and writer: a writer who waits goes before new readers --------------------------- */

int pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *attr)
{
	(void)attr;
	*l = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	return 0;
}

/* As a reader (1) or the writer (-1). */
static int rwlock_take(pthread_rwlock_t *l, int as, bool wait)
{
	int ret = 0;

	pthread_mutex_lock(&l->mutex);
	l->writers += as < 0;
	while (as < 0 ? l->holders != 0 : l->holders < 0 || l->writers) {
		if (!wait) {
			ret = EBUSY;
			break;
		}
		pthread_cond_wait(&l->changed, &l->mutex);
	}
	l->writers -= as < 0;
	l->holders += ret ? 0 : as;
	pthread_mutex_unlock(&l->mutex);
	return ret;
}

/* One way to take it: as whom, and whether to wait. */
#define RWLOCK_FUNCTION(name, as, wait) \
	int name(pthread_rwlock_t *l) \
	{ \
		return rwlock_take(l, as, wait); \
	}

RWLOCK_FUNCTION(pthread_rwlock_rdlock, 1, true)
RWLOCK_FUNCTION(pthread_rwlock_tryrdlock, 1, false)
RWLOCK_FUNCTION(pthread_rwlock_wrlock, -1, true)
RWLOCK_FUNCTION(pthread_rwlock_trywrlock, -1, false)

int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	pthread_mutex_lock(&l->mutex);
	l->holders -= l->holders < 0 ? -1 : 1;
	if (!l->holders)
		pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->mutex);
	return 0;
}

/* --- barrier ---------------------------------------------------------------------------------- */

int pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *attr,
			 unsigned int count)
{
	(void)attr;
	*b = (pthread_barrier_t){ .count = count };
	return count ? 0 : EINVAL;
}

int pthread_barrier_wait(pthread_barrier_t *b)
{
	unsigned int round;
	bool last;

	pthread_mutex_lock(&b->mutex);
	round = b->round;
	last = ++b->waiting == b->count;
	if (last) {
		b->waiting = 0;
		b->round++;
		pthread_cond_broadcast(&b->full);
	}
	while (round == b->round)
		pthread_cond_wait(&b->full, &b->mutex);
	pthread_mutex_unlock(&b->mutex);
	return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

/* --- spinning --------------------------------------------------------------------------------- */

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
	return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) ? EBUSY : 0;
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
	while (pthread_spin_trylock(lock))
		__builtin_ia32_pause();
	return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
	return 0;
}

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
	(void)shared;
	return pthread_spin_unlock(lock);
}

/* --- what has nothing to give back ------------------------------------------------------------ */

/* The function that destroys what is memory and no more. */
#define NOTHING_TO_DO(name, type) \
	int name(type *unused) \
	{ \
		(void)unused; \
		return 0; \
	}

NOTHING_TO_DO(pthread_mutexattr_destroy, pthread_mutexattr_t)
NOTHING_TO_DO(pthread_cond_destroy, pthread_cond_t)
NOTHING_TO_DO(pthread_rwlock_destroy, pthread_rwlock_t)
NOTHING_TO_DO(pthread_barrier_destroy, pthread_barrier_t)
NOTHING_TO_DO(pthread_spin_destroy, pthread_spinlock_t)
NOTHING_TO_DO(pthread_attr_destroy, pthread_attr_t)

int pthread_mutexattr_setpshared(pthread_mutexattr_t *attr, int shared)
{
	(void)attr;
	return shared == PTHREAD_PROCESS_PRIVATE || shared == PTHREAD_PROCESS_SHARED ? 0 : EINVAL;
}
