/* SPDX-License-Identifier: MIT */
/*
 * POSIX threads.  Errors are returned, not put into errno.  There is no cancellation, and of
 * scheduling and sharing between processes no attribute: a mutex in shared memory just works.
 */
#pragma once

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#define PTHREAD_KEYS_MAX	      64
#define PTHREAD_STACK_MIN	      16384
#define PTHREAD_DESTRUCTOR_ITERATIONS 4

enum { PTHREAD_CREATE_JOINABLE, PTHREAD_CREATE_DETACHED };
enum { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK };
#define PTHREAD_MUTEX_DEFAULT PTHREAD_MUTEX_NORMAL
enum { PTHREAD_PROCESS_PRIVATE, PTHREAD_PROCESS_SHARED };

typedef struct __pthread *pthread_t;
typedef unsigned int pthread_key_t;
typedef struct {
	size_t stack_size;
	int detached;
} pthread_attr_t;
typedef struct {
	int state; /* 0 free, 1 locked, 2 locked and somebody waits */
	int type, owner, depth;
} pthread_mutex_t;
typedef struct {
	int type;
} pthread_mutexattr_t;
typedef struct {
	int sequence; /* changes with each signal */
} pthread_cond_t;
typedef struct {
	int shared;
} pthread_condattr_t, pthread_rwlockattr_t, pthread_barrierattr_t;
typedef struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int holders; /* readers, or -1: a writer */
	int writers; /* that wait */
} pthread_rwlock_t;
typedef struct {
	pthread_mutex_t mutex;
	pthread_cond_t full;
	unsigned int count, waiting, round;
} pthread_barrier_t;
typedef int pthread_once_t;
typedef int pthread_spinlock_t;

/* clang-format off */
#define PTHREAD_MUTEX_INITIALIZER	       { 0 }
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP { 0, PTHREAD_MUTEX_RECURSIVE, 0, 0 }
#define PTHREAD_COND_INITIALIZER	       { 0 }
#define PTHREAD_RWLOCK_INITIALIZER	       { 0 }
#define PTHREAD_ONCE_INIT		       0
/* clang-format on */
#define PTHREAD_BARRIER_SERIAL_THREAD (-1)

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
		   void *arg);
_Noreturn void pthread_exit(void *result);
int pthread_join(pthread_t thread, void **result);
int pthread_detach(pthread_t thread);
pthread_t pthread_self(void);
int pthread_equal(pthread_t a, pthread_t b);
int pthread_kill(pthread_t thread, int sig);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

int pthread_attr_init(pthread_attr_t *attr);
int pthread_attr_destroy(pthread_attr_t *attr);
int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size);
int pthread_attr_getstacksize(const pthread_attr_t *attr, size_t *size);
int pthread_attr_setdetachstate(pthread_attr_t *attr, int detached);
int pthread_attr_getdetachstate(const pthread_attr_t *attr, int *detached);

int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr);
int pthread_mutex_destroy(pthread_mutex_t *m);
int pthread_mutex_lock(pthread_mutex_t *m);
int pthread_mutex_trylock(pthread_mutex_t *m);
int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *end);
int pthread_mutex_unlock(pthread_mutex_t *m);
int pthread_mutexattr_init(pthread_mutexattr_t *attr);
int pthread_mutexattr_destroy(pthread_mutexattr_t *attr);
int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type);
int pthread_mutexattr_setpshared(pthread_mutexattr_t *attr, int shared);

int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *attr);
int pthread_cond_destroy(pthread_cond_t *c);
int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *end);
int pthread_cond_signal(pthread_cond_t *c);
int pthread_cond_broadcast(pthread_cond_t *c);

int pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *attr);
int pthread_rwlock_destroy(pthread_rwlock_t *l);
int pthread_rwlock_rdlock(pthread_rwlock_t *l);
int pthread_rwlock_tryrdlock(pthread_rwlock_t *l);
int pthread_rwlock_wrlock(pthread_rwlock_t *l);
int pthread_rwlock_trywrlock(pthread_rwlock_t *l);
int pthread_rwlock_unlock(pthread_rwlock_t *l);

int pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *attr,
			 unsigned int count);
int pthread_barrier_destroy(pthread_barrier_t *b);
int pthread_barrier_wait(pthread_barrier_t *b);

int pthread_once(pthread_once_t *once, void (*fn)(void));
int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int pthread_key_delete(pthread_key_t key);
void *pthread_getspecific(pthread_key_t key);
int pthread_setspecific(pthread_key_t key, const void *value);

int pthread_spin_init(pthread_spinlock_t *lock, int shared);
int pthread_spin_destroy(pthread_spinlock_t *lock);
int pthread_spin_lock(pthread_spinlock_t *lock);
int pthread_spin_trylock(pthread_spinlock_t *lock);
int pthread_spin_unlock(pthread_spinlock_t *lock);

struct __cleanup {
	void (*fn)(void *arg);
	void *arg;
	struct __cleanup *next;
};
void __cleanup_push(struct __cleanup *cleanup);
void __cleanup_pop(int run);
/* clang-format off */
#define pthread_cleanup_push(fn, arg) \
	do { \
		struct __cleanup __cleanup = { fn, arg, NULL }; \
		__cleanup_push(&__cleanup)
#define pthread_cleanup_pop(run) \
		__cleanup_pop(run); \
	} while (0)
/* clang-format on */
