/* SPDX-License-Identifier: MIT */
/*
 * Which frame holds which page of a memory object.
 *
 * THEORY
 *
 * A file that a program has loaded, the image that exec reads, the buffer of a server:
 * a memory object is a number of bytes, and this is where they are.  Two levels of
 * tables, each one frame, find a frame of data:
 *
 *      root [512] --> leaf [512] --> frame          512 * 512 * 4 KiB = 1 GiB
 *       |  |  |        |     |
 *       0  0  '        0     '--> frame
 *
 *      page number:   | root index : 9 | leaf index : 9 |
 *
 * Frames come with the first write to them, tables as well.  What was never written
 * has none, and reads as zeros: an object of 1 GiB costs one frame as long as it is
 * empty.
 *
 * Or they come from a pager: of the pages of the first vmo.paged bytes those that have no frame
 * are not zeros but still to be brought, by some program that knows where the bytes are:
 *
 *      read, write, copy     filemap_page_in() ──► vmo.ops->page_in: asks, and sleeps
 *      a fault (mm/space)    fault_page_in() ─────────────┘           │
 *                            filemap_supply() <──────── vmo_supply() ─┘    kernel/ipc/vmo.c
 *
 * Read, write and copy ask for such a page before they look at it.  The bytes are in a frame before
 * the frame is entered, so a page is there or it is not: nobody waits at the page itself, and a
 * pager that fails leaves no trace.  What is there is not supplied again, for it may have been
 * written to.
 *
 * Worked example.  An object of 4 MiB, and "hello" is written at 0x201000: page 513, so
 * root[1] and in it leaf[1].  The leaf and the frame are new: 3 frames with the root.
 * Byte 0x200fff is in page 512, leaf[0] of the same leaf: null, reads as zero.
 *
 * Looking up takes no lock.  Pages come, and go when the object is cut (truncate.c), so who looks
 * takes a reference, and then looks whether it is a reference to the right thing:
 *
 *      frame := slot                       the object's reference is still there, or has just gone
 *      reference + 1, unless it is zero    zero: gone, look again
 *      slot still frame?                   no: somebody else's by now; put, look again
 *
 * A table, once hung in, stays until the object is destroyed, which the last of its users does.  So
 * a slot is always a slot.
 *
 * Entering.  A frame is filled first, and entered under the object's lock, if the slot is
 * still empty, the page still below the end, and (of a pager's) nothing has been cut since it was
 * asked for: what is brought would be the bytes of before.  Two that write to the same empty
 * page both bring a frame; the one that comes second frees its own and uses the first one's.  Bytes
 * that several write at once are the writers' affair, as in any shared memory.
 *
 * A slot is null, HOLE, or the kernel's address of a frame.  HOLE stands where a page was cut out
 * that a pager would bring: it is zeros now, and nobody asks for it any more.
 *
 * Frames of data may be mapped (mm/space/filefault.c).  So they are frames with references:
 * one is the map's, each entry and each pin has its own.  mapping (the struct vmo) and index say
 * whose they are and which, for whoever meets one in a page table; the last bits of mapping are
 * clear, which sets it apart from an anonymous page, and no scanner is told of it.  An area has a
 * reference to the object, so when the object goes no entry is left, but perhaps a pin:
 * then the frame has no name any more and lives on until that is gone.  Tables are frames of
 * the same kind, but no look-up gives one away.  All count as PK_VMO, and stop at WMARK_MIN
 * like user memory, since a program can ask for them without end.
 *
 * Bytes of the last frame beyond the object's end are zeros for those that map it: no read,
 * write or supply by offset goes there.  (A program that maps it shared may write there, and reads
 * it again until the object's size changes.)
 *
 * A boot module needs no tables: its frames lie in a row where the boot loader put
 * them.  It has no root, cannot be written or cut, and is never freed.
 *
 * Unlike Linux, where this is called address_space and is a cache of a file on disk:
 * here that word means an mm_struct, and nothing is cached, it is all there is.
 *
 * Locks:  the object's (OBJECT, a spinlock, in which nothing else is taken) for a slot of a frame,
 * size and paged; none to look up.  A frame's name (mapping, index) changes together with its slot,
 * and when it leaves under its page lock.
 *
 * Invariants
 *  1. A slot of the root is null, or names a leaf for good.
 *  2. A frame in a leaf holds its bytes and has its name, a reference of the map's, and an index
 *     below the end, except while the object is being cut.
 *  3. map->frames = frames reachable from the root, tables and root included, but for
 *     those that are not entered yet.
 *
 * Rejected: tables that shrink (at most 514 frames for each object, and every look-up would have to
 * hold them); three levels (1 GiB is more than a machine here has to give); a locked page that
 * stands for one still to come, as on Linux (a thread that needs it would wait for the page lock,
 * and have to be told why it never came; as it is, it waits for the answer to its own call, which
 * ends in one way or another).
 *
 * Deliberately missing: dirty pages, write-back.
 *
 * Further reading: Linux's Documentation/core-api/xarray.rst, the same idea without the
 * limits; LWN 291826, for the look-up.
 */
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/page_ops.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/page_alloc.h"
#include "mm/object/internal.h"
#include "mm/space/pagelock.h"

/* The page says from now on whose it is, and which. */
static void name_page(struct filemap *map, struct page *page, u64 index)
{
	page->index = index;
	WRITE_ONCE(page->mapping, (u64)&map->vmo);
}

/* A frame of zeros, of data or a table, for page index, with one reference, the map's. */
static struct page *alloc_frame(struct filemap *map, u64 index)
{
	struct page *page = alloc_user_page();

	if (!page)
		return NULL;
	clear_page(page_address(page));
	account_pages(PK_USER, -1);
	account_pages(PK_VMO, 1);
	atomic64_inc(&map->frames);
	EVENT(file_new, page_to_pfn(page), index);
	return page;
}

void filemap_let_go(struct filemap *map, struct page *page)
{
	account_pages(PK_VMO, -1);
	account_pages(PK_USER, 1);
	atomic64_dec(&map->frames);
	WRITE_ONCE(page->mapping, 0);
}

/* Drops the map's reference.  A pinned frame lives on until it is unpinned, as user memory. */
static void free_frame(struct filemap *map, struct page *page)
{
	BUG_ON(page_mapped(page));
	lock_page(page); /* a walk that asks the page where it is mapped reads map->vmo */
	filemap_let_go(map, page);
	unlock_page(page);
	put_page(page);
}

static struct page *alloc_map_table(struct filemap *map)
{
	struct page *page = alloc_frame(map, VMO_NO_INDEX);

	if (page)
		name_page(map, page, VMO_NO_INDEX);
	return page;
}

static void free_leaf(struct filemap *map, struct filemap_table *leaf)
{
	for (u32 i = 0; i < FILEMAP_FANOUT; i++)
		if (is_frame(leaf->slot[i]))
			free_frame(map, virt_to_page(leaf->slot[i]));
	free_frame(map, virt_to_page(leaf));
	cond_resched();
}

static void free_root(struct filemap *map)
{
	for (u32 i = 0; i < FILEMAP_FANOUT; i++)
		if (map->root->slot[i])
			free_leaf(map, map->root->slot[i]);
	free_frame(map, virt_to_page(map->root));
}

static void map_setup(struct filemap *map, u64 size, u64 phys, const struct vmo_ops *ops)
{
	static u64 last_id; /* (a) */
	u64 id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);

	*map = (struct filemap){ .vmo = { .ops = ops, .size = size, .id = id }, .phys = phys };
	rwsem_init(&map->vmo.i_mmap_lock, LOCK_I_MMAP);
	mutex_init(&map->resize_lock, LOCK_RESIZE);
	spin_lock_init(&map->lock, LOCK_OBJECT);
}

int filemap_init(struct filemap *map, u64 size, const struct vmo_ops *ops)
{
	struct page *root;

	if (size > FILEMAP_MAX)
		return -EFBIG;
	map_setup(map, size, 0, ops);
	root = alloc_map_table(map);
	if (!root)
		return -ENOMEM;
	map->root = page_address(root);
	return 0;
}

void filemap_init_module(struct filemap *map, u64 phys, u64 size, const struct vmo_ops *ops)
{
	BUG_ON(!IS_ALIGNED(phys, PAGE_SIZE));
	map_setup(map, size, phys, ops);
	memset(phys_to_virt(phys + size), 0, ALIGN_UP(size, PAGE_SIZE) - size);
	for (u64 i = 0; i < vmo_pages(&map->vmo); i++) {
		struct page *page = pfn_to_page((phys >> PAGE_SHIFT) + i);

		name_page(map, page, i);
		atomic_set(&page->refcount, 1); /* for good: it is never freed */
	}
}

/* Its frames stay, and are nobody's. */
static void forget_module(struct filemap *map)
{
	for (u64 i = 0; i < vmo_pages(&map->vmo); i++)
		WRITE_ONCE(pfn_to_page((map->phys >> PAGE_SHIFT) + i)->mapping, 0);
}

void filemap_destroy(struct filemap *map)
{
	if (map->root)
		free_root(map);
	else
		forget_module(map);
}

/* ---- looking up ---- */

void **filemap_find_slot(const struct filemap *map, u64 index)
{
	struct filemap_table *leaf = READ_ONCE(map->root->slot[index / FILEMAP_FANOUT]);

	return leaf ? &leaf->slot[index % FILEMAP_FANOUT] : NULL;
}

struct page *filemap_get_frame(void **slot)
{
	for (;;) {
		void *frame = READ_ONCE(*slot);
		struct page *page;

		if (!is_frame(frame))
			return NULL;
		page = virt_to_page(frame);
		if (likely(get_page_unless_zero(page))) {
			if (likely(READ_ONCE(*slot) == frame))
				return page;
			put_page(page); /* it had left the map, and is perhaps somebody else's */
		}
		cpu_relax();
	}
}

static struct page *get_module_page(const struct filemap *map, u64 index)
{
	struct page *page = pfn_to_page((map->phys >> PAGE_SHIFT) + index);

	get_page(page);
	return page;
}

u32 filemap_get_pages(struct vmo *vmo, u64 index, u32 n, struct page **pages)
{
	struct filemap *map = to_filemap(vmo);
	u64 end = MIN(index + n, vmo_pages(vmo));
	void **slot;

	for (u64 i = index; i < end; i++, pages++) {
		if (unlikely(!map->root)) {
			*pages = get_module_page(map, i);
			continue;
		}
		slot = filemap_find_slot(map, i);
		*pages = slot ? filemap_get_frame(slot) : NULL;
	}
	return index < end ? (u32)(end - index) : 0;
}

/* Whether page index has neither a frame nor been cut out. */
static bool is_missing(const struct filemap *map, u64 index)
{
	void **slot = filemap_find_slot(map, index);

	return !slot || !READ_ONCE(*slot);
}

bool filemap_awaited(struct vmo *vmo, u64 index)
{
	return vmo_from_pager(vmo, index) && is_missing(to_filemap(vmo), index);
}

/* ---- entering ---- */

void **filemap_get_slot(struct filemap *map, u64 index)
{
	void **place = &map->root->slot[index / FILEMAP_FANOUT];
	struct page *leaf;

	if (!READ_ONCE(*place)) {
		leaf = alloc_map_table(map);
		if (!leaf)
			return NULL;
		if (cmpxchg(place, NULL, page_address(leaf)))
			free_frame(map, leaf); /* somebody was faster */
	}
	return filemap_find_slot(map, index);
}

/* A frame, filled, for the slot of page index; the object's lock held. */
static void enter(struct filemap *map, void **slot, u64 index, struct page *page)
{
	assert_spin_held(&map->lock);
	name_page(map, page, index);
	__atomic_store_n(slot, page_address(page), __ATOMIC_RELEASE);
}

/* A frame of zeros enters unless there is one.  1: it has, 0: there is; else as vmo_ops.make. */
static int enter_zeros(struct filemap *map, void **slot, u64 index, struct page *page)
{
	SPIN_GUARD(&map->lock);
	if (index >= vmo_pages(&map->vmo))
		return -EFBIG;
	if (is_frame(*slot))
		return 0;
	if (!*slot && vmo_from_pager(&map->vmo, index))
		return -EAGAIN;
	enter(map, slot, index, page);
	return 1;
}

int filemap_make(struct vmo *vmo, u64 index)
{
	struct filemap *map = to_filemap(vmo);
	struct page *page;
	void **slot;
	int entered;

	if (index >= vmo_pages(vmo))
		return -EFBIG;
	if (!map->root)
		return 0; /* a boot module has all its pages */
	if (filemap_awaited(vmo, index))
		return -EAGAIN;
	slot = filemap_get_slot(map, index);
	if (!slot)
		return -ENOMEM;
	if (is_frame(READ_ONCE(*slot)))
		return 0;
	page = alloc_frame(map, index);
	if (!page)
		return -ENOMEM;
	entered = enter_zeros(map, slot, index, page);
	if (entered != 1)
		free_frame(map, page);
	return MIN(entered, 0);
}

/*
 * A frame that a pager has filled enters, if nothing has been cut since it was asked for and the
 * page is missing still; true if so.
 */
static bool enter_supplied(struct filemap *map, void **slot, u64 index, struct page *page, u64 cuts)
{
	SPIN_GUARD(&map->lock);
	if (map->cuts != cuts || *slot)
		return false;
	enter(map, slot, index, page);
	return true;
}

/*
 * The pager's n bytes become page index, unless there is one: somebody may have written to that.
 * They are in the frame before anybody can find it.
 */
static int supply_page(struct filemap *map, u64 index, const void *ubuf, size_t n, u64 cuts)
{
	void **slot = filemap_get_slot(map, index);
	struct page *page;
	int err;

	if (!slot)
		return -ENOMEM;
	if (READ_ONCE(*slot))
		return 0;
	page = alloc_frame(map, index);
	if (!page)
		return -ENOMEM;
	err = copy_from_user(page_address(page), ubuf, n);
	if (err || !enter_supplied(map, slot, index, page, cuts))
		free_frame(map, page);
	return err;
}

int filemap_supply(struct filemap *map, u64 offset, const void *ubuf, size_t n, u64 cuts)
{
	u64 paged = READ_ONCE(map->vmo.paged);

	if (offset >= paged)
		return 0;
	n = MIN(n, paged - offset);
	for (size_t done = 0; done < n; done += PAGE_SIZE) {
		int err = supply_page(map, (offset + done) >> PAGE_SHIFT, ubuf + done,
				      MIN(n - done, PAGE_SIZE), cuts);

		if (err)
			return err;
		err = cond_resched_killable();
		if (err)
			return err;
	}
	return 0;
}
