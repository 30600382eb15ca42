/* SPDX-License-Identifier: MIT */
/*
 * What a thread is to libc, and the one way in which its threads wait for each other.
 *
 * The thread pointer (FS) points to struct __pthread; below it lie the thread's
 * _Thread_local variables, as the ABI says (variant II: Drepper, "ELF Handling For
 * Thread-Local Storage"):
 *
 *	| guard | stack ... <-rsp | .tdata copied, .tbss zero | struct __pthread |
 *	^ map                                                 ^ FS
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct __pthread {
	struct __pthread *self;	  /* what %fs:0 reads */
	unsigned char sig_ran[2]; /* at %fs:8: signal/signal.h */
	int tid;
	int running; /* the kernel makes it 0, and wakes, when the thread has left its stack */
	int state;   /* JOINABLE, DETACHED, ENDED */
	void *map;   /* null for the first thread */
	size_t map_size;
	uintptr_t guard; /* at %fs:40: what functions built with -fstack-protector compare */
	void *(*start)(void *);
	void *arg, *result;
	void *values[PTHREAD_KEYS_MAX];
	struct __cleanup *cleanup;
	struct __pthread *next; /* in the list of detached ones that have ended */
};

/*
 * Bytes of the program's thread-local variables, their alignment and their first values (user.ld).
 * The linker puts them TLS_SIZE bytes below the thread pointer, which has their alignment.
 */
extern const char __tls_image[], __tls_filesz[], __tls_memsz[], __tls_align[];
#define TLS_ALIGN    ((size_t)__tls_align)
#define TLS_SIZE     (((size_t)__tls_memsz + TLS_ALIGN - 1) & -TLS_ALIGN)
#define THREAD_ALIGN (TLS_ALIGN > 64 ? TLS_ALIGN : 64)

/* Fills in the zeroed struct of a thread, and below it TLS_SIZE bytes of zeros. */
void __thread_setup(struct __pthread *t);

/* The program has asked for something of threads: from then on fork() has more to do. */
extern bool __threaded;

/* In the child of a fork: it has one thread, with another tid. */
void __thread_forked(void);

/*
 * Sleeps while *word is `value`, at the latest until `end` by the clock (null: for ever).
 * 0, also when something else woke it; ETIMEDOUT, EINVAL (of end), EINTR.
 */
int __wait(int *word, int value, const struct timespec *end);
/* Wakes up to n that wait for the word. */
void __wake(int *word, int n);
#define WAKE_ALL 0x7fffffff

/* The simplest lock (Drepper, "Futexes Are Tricky", mutex 2): 0 free, 1 locked, 2 contended. */
int __lock_timed(int *lock, const struct timespec *end);
void __lock(int *lock);
void __unlock(int *lock);
static inline void __unlock_cleanup(int **lock)
{
	__unlock(*lock);
}
/* Holds the lock until the end of the block. */
#define LOCKED(lock) \
	__attribute__((cleanup(__unlock_cleanup))) int *__held = (lock); \
	__lock(__held)
