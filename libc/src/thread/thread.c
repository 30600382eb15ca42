/* SPDX-License-Identifier: MIT */
/*
 * Threads from birth to end.  The memory of one that was detached cannot be given
 * back by itself, who still uses it, so the next one who creates a thread does that.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys.h"
#include "thread/thread.h"

#define PAGE 4096ul
enum { JOINABLE, DETACHED, ENDED };

bool __threaded;

static int lock;		/* of all that follows */
static struct __pthread *ended; /* detached threads whose memory is still there */
static unsigned int others;	/* threads besides the first */
static unsigned int keys_used;	/* keys handed out */
static struct {
	bool used;
	void (*destructor)(void *value);
} keys[PTHREAD_KEYS_MAX];

/* Not to be guessed by who overruns an array; the byte that is 0 stops who copies a string. */
static uintptr_t make_guard(void)
{
	uintptr_t mixed = __builtin_ia32_rdtsc() * 0x9e3779b97f4a7c15u;

	return (mixed ^ mixed >> 32) << 8;
}

void __thread_setup(struct __pthread *t)
{
	static uintptr_t guard;

	if (!guard)
		guard = make_guard();
	memcpy((char *)t - TLS_SIZE, __tls_image, (size_t)__tls_filesz);
	t->self = t;
	t->running = 1;
	t->guard = guard;
}

void __stack_chk_fail(void)
{
	static const char text[] = "*** stack smashing detected ***: terminated\n";

	write(STDERR_FILENO, text, sizeof(text) - 1);
	abort();
}

void __thread_forked(void)
{
	pthread_self()->tid = 0;
	lock = 0; /* whoever held it is not here */
	others = 0;
	ended = NULL;
}

pthread_t pthread_self(void)
{
	struct __pthread *self;

	asm("mov %%fs:0, %0" : "=r"(self));
	if (!self->tid) {
		self->tid = (int)sys_gettid();
		__threaded = true;
	}
	return self;
}

int pthread_equal(pthread_t a, pthread_t b)
{
	return a == b;
}

static void free_ended(void)
{
	LOCKED(&lock);
	for (struct __pthread **p = &ended, *t; (t = *p);) {
		if (__atomic_load_n(&t->running, __ATOMIC_ACQUIRE)) {
			p = &t->next;
		} else {
			*p = t->next;
			munmap(t->map, t->map_size);
		}
	}
}

static void begin(void *arg)
{
	struct __pthread *self = arg;

	pthread_exit(self->start(self->arg));
}

/* Memory of a new thread, or NULL. */
static struct __pthread *new_thread(size_t stack_size)
{
	size_t own = TLS_SIZE + sizeof(struct __pthread) + THREAD_ALIGN;
	size_t size = (PAGE + stack_size + own + PAGE - 1) & -PAGE;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct __pthread *t;

	if (map == MAP_FAILED)
		return NULL;
	mprotect(map, PAGE, PROT_NONE);
	t = (struct __pthread *)((uintptr_t)(map + size - sizeof(*t)) & -THREAD_ALIGN);
	__thread_setup(t);
	t->map = map;
	t->map_size = size;
	return t;
}

/* Its tid or -errno.  Under the lock, as it ends under that: its memory is there for the tid. */
static long launch(struct __pthread *t)
{
	uintptr_t stack = (((uintptr_t)t - TLS_SIZE) & -16ul) - 8; /* as if it had been called */

	LOCKED(&lock);
	return t->tid = (int)sys_thread_create((void *)begin, (void *)stack, (size_t)t, t);
}

static const pthread_attr_t defaults = { .stack_size = 1ul << 20 };

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	struct __pthread *t;
	long ret;

	if (!attr)
		attr = &defaults;
	__threaded = true;
	free_ended();
	t = new_thread(attr->stack_size);
	if (!t)
		return EAGAIN;
	t->start = start;
	t->arg = arg;
	t->state = attr->detached ? DETACHED : JOINABLE;
	*thread = t;
	__atomic_fetch_add(&others, 1, __ATOMIC_RELAXED);
	ret = launch(t);
	if (ret > 0)
		return 0;
	__atomic_fetch_sub(&others, 1, __ATOMIC_RELAXED);
	munmap(t->map, t->map_size);
	return ret == -ENOMEM ? EAGAIN : (int)-ret;
}

/* What destructors set anew gets some more rounds. */
static void destroy_values(struct __pthread *self)
{
	bool again = true;

	for (int round = 0; again && round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
		again = false;
		for (unsigned int key = 0; key < keys_used; key++) {
			void *value = self->values[key];

			self->values[key] = NULL;
			if (value && keys[key].used && keys[key].destructor) {
				keys[key].destructor(value);
				again = true;
			}
		}
	}
}

/* DETACHED or ENDED: when a thread has been both its memory is for free_ended(). */
static int enter(struct __pthread *t, int state)
{
	LOCKED(&lock);
	if (t->state == state)
		return EINVAL;
	if (t->state != JOINABLE && t->map) {
		t->next = ended;
		ended = t;
	}
	t->state = state;
	return 0;
}

void pthread_exit(void *result)
{
	struct __pthread *self = pthread_self();

	while (self->cleanup)
		__cleanup_pop(1);
	destroy_values(self);
	self->result = result;
	if (!__atomic_fetch_sub(&others, 1, __ATOMIC_ACQ_REL))
		exit(0);
	enter(self, ENDED);
	for (;;)
		sys_thread_exit(&self->running);
}

int pthread_join(pthread_t t, void **result)
{
	if (t == pthread_self())
		return EDEADLK;
	while (__atomic_load_n(&t->running, __ATOMIC_ACQUIRE))
		__wait(&t->running, 1, NULL);
	if (result)
		*result = t->result;
	if (t->map)
		munmap(t->map, t->map_size);
	return 0;
}

int pthread_detach(pthread_t t)
{
	return enter(t, DETACHED);
}

int pthread_kill(pthread_t t, int sig)
{
	pthread_self(); /* from now on the caller's tid is known too */
	return (int)-sys_tkill(t->tid, sig);
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	return sigprocmask(how, set, old) ? errno : 0;
}

void __cleanup_push(struct __cleanup *cleanup)
{
	cleanup->next = pthread_self()->cleanup;
	pthread_self()->cleanup = cleanup;
}

void __cleanup_pop(int run)
{
	struct __cleanup *top = pthread_self()->cleanup;

	pthread_self()->cleanup = top->next;
	if (run)
		top->fn(top->arg);
}

int pthread_attr_init(pthread_attr_t *attr)
{
	*attr = defaults;
	return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
	if (size < PTHREAD_STACK_MIN || size > 1ul << 40)
		return EINVAL;
	attr->stack_size = size;
	return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *attr, size_t *size)
{
	*size = attr->stack_size;
	return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attr, int detached)
{
	if (detached != PTHREAD_CREATE_JOINABLE && detached != PTHREAD_CREATE_DETACHED)
		return EINVAL;
	attr->detached = detached;
	return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attr, int *detached)
{
	*detached = attr->detached;
	return 0;
}

int pthread_once(pthread_once_t *once, void (*fn)(void))
{
	enum { NEW, RUNNING, DONE };
	int seen = NEW;

	if (__atomic_compare_exchange_n(once, &seen, RUNNING, false, __ATOMIC_ACQUIRE,
					__ATOMIC_ACQUIRE)) {
		fn();
		__atomic_store_n(once, DONE, __ATOMIC_RELEASE);
		__wake(once, WAKE_ALL);
	}
	while (__atomic_load_n(once, __ATOMIC_ACQUIRE) != DONE)
		__wait(once, RUNNING, NULL);
	return 0;
}

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	LOCKED(&lock);
	for (unsigned int i = 0; i < PTHREAD_KEYS_MAX; i++) {
		if (keys[i].used)
			continue;
		keys[i].used = true;
		keys[i].destructor = destructor;
		if (i >= keys_used)
			keys_used = i + 1;
		*key = i;
		return 0;
	}
	return EAGAIN;
}

int pthread_key_delete(pthread_key_t key)
{
	LOCKED(&lock);
	if (key >= PTHREAD_KEYS_MAX || !keys[key].used)
		return EINVAL;
	keys[key].used = false;
	return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
	return key < PTHREAD_KEYS_MAX ? pthread_self()->values[key] : NULL;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
	if (key >= PTHREAD_KEYS_MAX || !keys[key].used)
		return EINVAL;
	pthread_self()->values[key] = (void *)value;
	return 0;
}
