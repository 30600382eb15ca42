/* SPDX-License-Identifier: MIT */
/*
 * futex: sleeping until a word in user memory has another value.  A lock that is free
 * is taken and given back with no system call; only a thread that has to wait, or knows
 * that another does, comes here (Franke, Russell and Kirkwood, "Fuss, Futexes and
 * Furwocks", 2002).
 *
 * No wake-up is lost: the waiter enters the queue *before* it reads the word, and the
 * waker changes the word before it looks at the queue.
 *
 * The key says which word it is: in shared memory the object and the place in it, so
 * that processes meet there; elsewhere the address space and the address, whatever
 * frame a merge or a copy puts there.  Two keys in one queue do not hurt.
 *
 * A key holds nothing, so it may not be the address of what can go while somebody waits.  The
 * address space stays: who waits or wakes runs in it.  The object may be unmapped by another
 * thread of the waiter, and the next object may lie where it lay; so it is named by its number,
 * which is never given twice.  (A reference would keep its frames for a sleeper that has no
 * area of them any more, where no limit and no OOM killer would find them.)
 */
#include "kernel/proc/futex.h"
#include "kernel/lib/hash.h"
#include "kernel/proc/process.h"
#include "kernel/x86/uaccess.h"
#include "mm/space/mm.h"
#include "mm/space/vma.h"
#include "mm/vmo.h"

#define NR_QUEUES 64

struct futex_key {
	const struct mm_struct *mm; /* of private memory, the caller's own; null: shared */
	u64 object;		    /* of shared memory: the object's number; else 0 */
	u64 offset;		    /* in the object, or the address */
};

struct futex_waiter {
	struct waiter waiter; /* granted: woken */
	struct futex_key key;
};

static struct wait_queue queues[NR_QUEUES];

void futex_init(void)
{
	for (u32 i = 0; i < NR_QUEUES; i++)
		wait_queue_init(&queues[i]);
}

/* -EINVAL: not aligned; -EFAULT: nothing is mapped there. */
static int get_key(u64 addr, struct futex_key *key)
{
	struct vm_area_struct *vma;

	if (addr % sizeof(int))
		return -EINVAL;
	*key = (struct futex_key){ 0 };
	READ_GUARD(&current->mm->mmap_lock);
	vma = vma_lookup(current->mm, addr);
	if (!vma)
		return -EFAULT;
	if (vma->vm_flags & VM_SHARED) {
		key->object = vma->vmo->id;
		key->offset = linear_page_index(vma, addr) * PAGE_SIZE + addr % PAGE_SIZE;
	} else {
		key->mm = current->mm;
		key->offset = addr;
	}
	return 0;
}

static bool same_key(const struct futex_key *a, const struct futex_key *b)
{
	return a->mm == b->mm && a->object == b->object && a->offset == b->offset;
}

static struct wait_queue *futex_queue(const struct futex_key *key)
{
	return &queues[hash64((u64)key->mm ^ key->object << 32 ^ key->offset) % NR_QUEUES];
}

static void futex_enter(struct futex_waiter *w)
{
	struct wait_queue *q = futex_queue(&w->key);

	IRQ_GUARD(&q->lock);
	list_add_tail(&w->waiter.link, &q->waiters);
}

/* Sleeps until woken, a signal, or the end of ns. */
static int futex_sleep(const struct futex_waiter *w, u64 ns)
{
	if (wait_event_timeout(&current_process()->wait,
			       READ_ONCE(w->waiter.granted) || signal_pending(), ns))
		return -EINTR;
	return -ETIMEDOUT;
}

int futex_wait(int *word, int value, u64 ns)
{
	struct futex_waiter w = { .waiter.thread = current };
	int now, ret = get_key((u64)word, &w.key);

	if (ret)
		return ret;
	futex_enter(&w);
	ret = copy_from_user(&now, word, sizeof(now));
	if (!ret && now != value)
		ret = -EAGAIN;
	if (!ret)
		ret = futex_sleep(&w, ns);
	IRQ_GUARD(&futex_queue(&w.key)->lock); /* the waker may still be at work with w */
	list_del_init(&w.waiter.link);
	return w.waiter.granted ? 0 : ret;
}

int futex_wake(int *word, int n)
{
	struct futex_waiter *w, *next;
	struct futex_key key;
	struct wait_queue *q;
	int woken = 0, ret = get_key((u64)word, &key);

	if (ret)
		return ret;
	q = futex_queue(&key);
	IRQ_GUARD(&q->lock);
	list_for_each_entry_safe(w, next, &q->waiters, waiter.link) {
		if (woken >= n)
			break;
		if (!same_key(&w->key, &key))
			continue;
		list_del_init(&w->waiter.link);
		w->waiter.granted = true;
		wake_up_thread(w->waiter.thread);
		woken++;
	}
	return woken;
}
