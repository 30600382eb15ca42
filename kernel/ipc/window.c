/* SPDX-License-Identifier: MIT */
/*
 * Bulk data, while the client waits for the reply: page by page, each by
 * copy_own_page() or, for a memory object, filemap_copy_page().  Before each page
 * the call is looked up again: a client that has died is noticed.
 */
#include "kernel/ipc/window.h"
#include "kernel/ipc/call.h"
#include "kernel/ipc/vmo.h"
#include "mm/space/copy.h"

/* n bytes of a window of a client that waits for the reply. */
struct window {
	struct mm_struct *mm; /* mm_users taken */
	u64 addr;
	bool write; /* the server writes, the client reads */
};

/* Looks up n bytes at `at`, checking what window_copy() promises. */
static int get_window(struct endpoint *ep, u64 token, u64 at, u64 n, struct window *w)
{
	u64 which = at >> 32, offset = (u32)at;
	struct ipc_call *call;
	struct ipc_message *m;

	SPIN_GUARD(&ipc_lock);
	call = ipc_taken_call(ep, token);
	if (!call)
		return -ESRCH;
	m = &call->letter->m;
	if (which >= IPC_WINDOWS || offset > m->window_len[which] ||
	    n > m->window_len[which] - offset)
		return -EINVAL;
	w->addr = m->window[which] + offset;
	w->write = m->flags & IPC_WRITABLE(which);
	w->mm = call->caller->mm;
	if (!mmget_not_zero(w->mm))
		return -ESRCH;
	return 0;
}

/* n bytes within one page, of the rest that is still to do; checks what window_copy() promises. */
static int copy_object(const struct window *w, const struct handle *h, u64 offset, u64 n, u64 rest)
{
	struct filemap *map = &to_vmo_object(h->object)->map;
	u64 size = READ_ONCE(map->vmo.size);

	if (!(h->rights & (w->write ? RIGHT_READ : RIGHT_WRITE)))
		return -EACCES;
	if (offset > size || rest > size - offset)
		return -EINVAL;
	if (!n)
		return 0;
	return filemap_copy_page(map, offset, w->mm, w->addr, n, w->write);
}

static u64 page_rest(u64 addr)
{
	return PAGE_SIZE - addr % PAGE_SIZE;
}

s64 window_copy(struct endpoint *ep, u64 token, u64 at, struct handle *vmo, u64 pos, u64 n)
{
	struct window w;
	u64 done = 0;

	for (;;) {
		int ret = get_window(ep, token, at + done, n - done, &w);
		u64 len;

		if (ret)
			return ret;
		len = MIN(n - done, MIN(page_rest(w.addr), page_rest(pos + done)));
		if (vmo)
			ret = copy_object(&w, vmo, pos + done, len, n - done);
		else if (len)
			ret = copy_own_page(w.mm, w.addr, pos + done, len, w.write);
		mmput(w.mm);
		if (ret && !done)
			return ret;
		if (ret || !len)
			return done;
		done += len;
		cond_resched();
	}
}
