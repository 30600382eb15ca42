/* SPDX-License-Identifier: MIT */
/* The locks that sleep: reader-writer semaphore and mutex. */
#pragma once

#include "kernel/sched/wait.h"

/* FIFO reader-writer semaphore; a reader must not read-lock it again. */
struct rwsem {
	u32 count;	       /* (a) readers, writer, waiters: see rwsem.c */
	u16 lock_class;	       /* (c) enum lock_class */
	struct thread *writer; /* (a) that holds it for writing */
	struct wait_queue wait;
};

/* Makes it free; lock_class is its place in the lock order. */
void rwsem_init(struct rwsem *s, enum lock_class lock_class);
/* Take it for reading or writing, sleeping.  No spinlock held. */
void down_read(struct rwsem *s);
void down_write(struct rwsem *s);
/* Takes it for reading if that needs no waiting and overtakes nobody; true if taken. */
__must_check bool down_read_trylock(struct rwsem *s);
/* Give it back, in the way it was taken; the next in line get it. */
void up_read(struct rwsem *s);
void up_write(struct rwsem *s);
/* True if anybody holds it (at least) for reading / the caller holds it for writing. */
bool rwsem_is_locked(const struct rwsem *s);
bool rwsem_is_write_held(const struct rwsem *s);

/* A mutex is an rwsem that is only ever taken for writing. */
#define mutex_init(m, which) rwsem_init(m, which)
#define mutex_lock(m)	     down_write(m)
#define mutex_unlock(m)	     up_write(m)
#define mutex_is_held(m)     rwsem_is_write_held(m)

/* Guards: hold until the end of the enclosing block. */
DEFINE_GUARD_EXIT(read_guard, struct rwsem, up_read)
DEFINE_GUARD_EXIT(write_guard, struct rwsem, up_write)

#define READ_GUARD(s)  GUARD_VARIABLE(read_guard, struct rwsem, down_read, s)
#define WRITE_GUARD(s) GUARD_VARIABLE(write_guard, struct rwsem, down_write, s)
#define MUTEX_GUARD(m) WRITE_GUARD(m)
