/* SPDX-License-Identifier: MIT */
/*
 * Atomic counters, exchange and barriers.  Operations that return a value (and
 * xchg, cmpxchg) are full barriers; the others order nothing.
 */
#pragma once

#include "kernel/lib/types.h"

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

/* Full barrier between CPUs: no load or store moves across it. */
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

/* Stores v and returns what was there before. */
#define xchg(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)

/* Stores desired if *p is old; returns what *p was, which is old on success. */
#define cmpxchg(p, old, desired) \
	({ \
		__typeof__(*(p)) cmpxchg_old_ = (old); \
		__atomic_compare_exchange_n(p, &cmpxchg_old_, desired, false, __ATOMIC_SEQ_CST, \
					    __ATOMIC_SEQ_CST); \
		cmpxchg_old_; \
	})

/* The same, but returns whether it stored; on failure *oldp receives the value seen. */
#define try_cmpxchg(p, oldp, desired) \
	__atomic_compare_exchange_n(p, oldp, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

/* The operations of one counter type, named prefix_op. */
#define DEFINE_ATOMIC_OPS(prefix, type, value) \
	static inline value prefix##_read(const type *v) \
	{ \
		return __atomic_load_n(&v->counter, __ATOMIC_RELAXED); \
	} \
	static inline void prefix##_set(type *v, value i) \
	{ \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED); \
	} \
	static inline void prefix##_add(value i, type *v) \
	{ \
		__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED); \
	} \
	static inline void prefix##_inc(type *v) \
	{ \
		prefix##_add(1, v); \
	} \
	static inline void prefix##_dec(type *v) \
	{ \
		prefix##_add(-1, v); \
	} \
	static inline value prefix##_add_return(value i, type *v) \
	{ \
		return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST); \
	} \
	/* True when the counter has reached zero: the caller dropped the last one. */ \
	static inline bool prefix##_dec_and_test(type *v) \
	{ \
		return prefix##_add_return(-1, v) == 0; \
	} \
	/* Adds one unless the counter is zero (the object is dying); true if it added. */ \
	static inline bool prefix##_inc_not_zero(type *v) \
	{ \
		value seen = prefix##_read(v); \
		while (seen && !try_cmpxchg(&v->counter, &seen, seen + 1)) \
			; \
		return seen != 0; \
	}

DEFINE_ATOMIC_OPS(atomic, atomic_t, int)
DEFINE_ATOMIC_OPS(atomic64, atomic64_t, s64)
