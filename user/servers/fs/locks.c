/* SPDX-License-Identifier: MIT */
/*
 * Locks of files, which keep nobody from reading and writing, only from a lock.
 *
 *	inode ──► file_locks ──► locks:   [0, 9] read, by owner 1     [20, 20] write, by owner 2
 *	                     ──► flocks:  open files with a lock of the whole file
 *	                     ──► waiters: requests that get no reply yet, as they came
 *
 * Record locks (fcntl) belong to a process, wherever it has the file open, and flock()'s to an
 * open file; the two kinds do not see each other.
 *
 * A process ends without a word to us.  So before its first record lock it asks for a
 * connection that stands for it (IO_OWNER), which no child keeps: when that has gone, by exit
 * or kill, the locks go.  Whose request it is the kernel says (message.pid); a process that
 * gives its connection away hurts its own locks alone.  close() gives the locks of one file
 * back: that is libc's to ask (IO_UNLOCK), since we see only the last handle go.
 *
 * Invariants, between requests:
 *  1. Two locks of one owner neither overlap nor, if they are of one type, touch.
 *  2. Locks of two owners overlap only if both are for reading.
 *  3. A request waits only while a lock of somebody else is in its way; so later ones may pass it.
 *  4. A file_locks holds a reference to its inode, and is there only while it holds anything else.
 *
 * What can run out: memory.  An owner has at most LOCKS_EACH locks, an open file one.
 */
#include "user/servers/fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <mg/ipc.h>
#include <stdlib.h>

#define LOCKS_EACH   256
#define CHAIN_MAX    16		 /* processes in a circle that is found */
#define BADGE_OWNER  (1ul << 63) /* so that it is no open file's */
#define END_OF_FILES INT64_MAX

struct owner {
	struct owner *next;
	pid_t pid;
	uint64_t badge; /* of the connection that goes with it */
	unsigned int nr_locks;
};

/* What is wanted, or held: bytes [start, last], as F_RDLCK or F_WRLCK; F_UNLCK to give it back. */
struct range {
	int type;
	off_t start, last;
};

struct lock {
	struct lock *next;
	struct owner *owner;
	struct range range;
};

struct lock_waiter {
	struct lock_waiter *next;
	struct ipc_message m;
	struct owner *owner;	/* null: it is flock() */
	struct open_file *file; /* flock() */
	struct range range;
};

struct file_locks {
	struct file_locks *next;
	struct inode *inode;
	struct lock *locks;
	struct open_file *flocks; /* by next_flock */
	struct lock_waiter *waiters;
};

static struct owner *owners;
static struct file_locks *all_files;

/* ---- owners ---- */

static struct owner *owner_of(pid_t pid)
{
	struct owner *o = owners;

	while (o && o->pid != pid)
		o = o->next;
	return o;
}

/* ---- the locks of a file ---- */

static struct file_locks *locks_of(struct inode *inode)
{
	struct file_locks *f = inode->locks;

	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	tree_get(inode);
	f->inode = inode;
	f->next = all_files;
	all_files = inode->locks = f;
	return f;
}

static void free_if_empty(struct file_locks *f)
{
	struct file_locks **link = &all_files;

	if (f->locks || f->flocks || f->waiters)
		return;
	while (*link != f)
		link = &(*link)->next;
	*link = f->next;
	f->inode->locks = NULL;
	tree_put(f->inode);
	free(f);
}

static bool overlap(const struct range *a, const struct range *b)
{
	return a->start <= b->last && b->start <= a->last;
}

/* The first lock, by its place, that keeps owner from having the range; or null. */
static const struct lock *in_the_way(const struct file_locks *f, const struct owner *owner,
				     const struct range *r)
{
	const struct lock *first = NULL;

	for (const struct lock *l = f ? f->locks : NULL; l; l = l->next)
		if (l->owner != owner && overlap(&l->range, r) &&
		    (r->type == F_WRLCK || l->range.type == F_WRLCK) &&
		    (!first || l->range.start < first->range.start))
			first = l;
	return first;
}

static struct lock *new_lock(struct owner *owner, const struct range *r)
{
	struct lock *l = malloc(sizeof(*l));

	if (l)
		*l = (struct lock){ NULL, owner, *r };
	return l;
}

static void add_lock(struct file_locks *f, struct lock *l)
{
	l->next = f->locks;
	f->locks = l;
	l->owner->nr_locks++;
}

static void remove_lock(struct lock **link)
{
	struct lock *l = *link;

	*link = l->next;
	l->owner->nr_locks--;
	free(l);
}

/* Whether the lock becomes part of one that is the same but for its place. */
static bool joins(const struct range *l, const struct range *r)
{
	return l->type == r->type && (l->start == 0 || l->start - 1 <= r->last) &&
	       (r->start == 0 || r->start - 1 <= l->last);
}

/* Whether an owner's lock has something before the range and something past it. */
static bool is_split(const struct range *l, const struct range *r)
{
	return l->start < r->start && l->last > r->last && !joins(l, r);
}

static bool splits(const struct file_locks *f, const struct owner *owner, const struct range *r)
{
	const struct lock *l = f->locks;

	while (l && (l->owner != owner || !is_split(&l->range, r)))
		l = l->next;
	return l;
}

/*
 * Takes from one of the owner's locks what the range has of it, or makes it a part of the range.
 * What is left past the range, with something left before it, becomes *rest.  True: it has gone.
 */
static bool take_in(struct file_locks *f, struct lock **link, struct range *r, struct lock **rest)
{
	struct range *l = &(*link)->range;
	bool before = l->start<r->start, past = l->last> r->last;

	if (joins(l, r)) {
		r->start = before ? l->start : r->start;
		r->last = past ? l->last : r->last;
		remove_lock(link);
		return true;
	}
	if (!overlap(l, r))
		return false;
	if (before && past) {
		(*rest)->range = (struct range){ l->type, r->last + 1, l->last };
		add_lock(f, *rest);
		*rest = NULL;
	}
	if (before)
		l->last = r->start - 1;
	else if (past)
		l->start = r->last + 1;
	else
		remove_lock(link);
	return !before && !past;
}

/* Makes the owner's locks in the range what it says.  Nobody else is in the way.  0 or -ENOLCK. */
static int apply(struct file_locks *f, struct owner *owner, struct range r)
{
	bool locks = r.type != F_UNLCK, parts = splits(f, owner, &r);
	struct lock *mine = locks ? new_lock(owner, &r) : NULL;
	struct lock *rest = parts ? new_lock(owner, &r) : NULL;
	struct lock **link = &f->locks;

	if ((locks && !mine) || (parts && !rest) ||
	    owner->nr_locks + (unsigned int)(locks + parts) > LOCKS_EACH) {
		free(mine);
		free(rest);
		return -ENOLCK;
	}
	while (*link)
		if ((*link)->owner != owner || !take_in(f, link, &r, &rest))
			link = &(*link)->next;
	if (locks) {
		mine->range = r;
		add_lock(f, mine);
	}
	return 0;
}

/* All locks of an owner in a file: they need no memory to go. */
static void drop_locks(struct file_locks *f, const struct owner *owner)
{
	struct lock **link = &f->locks;

	while (*link)
		if ((*link)->owner == owner)
			remove_lock(link);
		else
			link = &(*link)->next;
}

/* ---- flock() ---- */

static bool flock_in_the_way(const struct file_locks *f, const struct open_file *file, int type)
{
	for (const struct open_file *other = f->flocks; other; other = other->next_flock)
		if (other != file && (type == F_WRLCK || other->flock == F_WRLCK))
			return true;
	return false;
}

static void drop_flock(struct file_locks *f, struct open_file *file)
{
	struct open_file **link = &f->flocks;

	while (*link && *link != file)
		link = &(*link)->next_flock;
	if (*link)
		*link = file->next_flock;
}

static void add_flock(struct file_locks *f, struct open_file *file, int type)
{
	file->flock = type;
	file->next_flock = f->flocks;
	f->flocks = file;
}

/* ---- who waits ---- */

/* Gives a waiter what it waits for: false if it has to go on waiting. */
static bool try_waiter(struct server *s, struct file_locks *f, struct lock_waiter *w)
{
	if (w->owner) {
		if (in_the_way(f, w->owner, &w->range))
			return false;
		server_reply(s, &w->m, apply(f, w->owner, w->range));
		return true;
	}
	if (flock_in_the_way(f, w->file, w->range.type))
		return false;
	drop_flock(f, w->file); /* another who has the same open file may have got one */
	add_flock(f, w->file, w->range.type);
	if (!server_reply(s, &w->m, 0))
		drop_flock(f, w->file); /* nobody would know that it is there */
	return true;
}

static void leave(struct lock_waiter **link)
{
	struct lock_waiter *w = *link;

	*link = w->next;
	free(w);
}

/* Whoever waits for a lock of the open file, or (the other is null) of the owner, waits no more. */
static void drop_waiters(struct file_locks *f, const struct open_file *file,
			 const struct owner *owner)
{
	struct lock_waiter **link = &f->waiters;

	while (*link)
		if ((*link)->file == file && (*link)->owner == owner)
			leave(link);
		else
			link = &(*link)->next;
}

/* Something may have become free. */
static void serve_waiters(struct server *s, struct file_locks *f)
{
	struct lock_waiter **link = &f->waiters;

	while (*link)
		if (try_waiter(s, f, *link))
			leave(link);
		else
			link = &(*link)->next;
	free_if_empty(f);
}

static bool has_gone(struct server *s, const struct ipc_message *m)
{
	return mg_ipc_copy(s->endpoint, m->token, 0, 0, NULL, 0) < 0;
}

/* Adds a request to the end of the queue, from which it takes the dead: SERVER_LATER, -ENOLCK. */
static int join(struct server *s, struct file_locks *f, struct lock_waiter waiter)
{
	struct lock_waiter *w = malloc(sizeof(*w)), **link = &f->waiters;

	if (!w)
		return -ENOLCK;
	*w = waiter;
	while (*link)
		if (has_gone(s, &(*link)->m))
			leave(link);
		else
			link = &(*link)->next;
	*link = w;
	return SERVER_LATER;
}

/* The owner whose lock another one waits for, or null. */
static const struct owner *waits_for(const struct owner *owner)
{
	const struct lock *l = NULL;

	for (struct file_locks *f = all_files; f && !l; f = f->next)
		for (struct lock_waiter *w = f->waiters; w && !l; w = w->next)
			if (w->owner == owner)
				l = in_the_way(f, owner, &w->range);
	return l ? l->owner : NULL;
}

/* Whether `owner` would wait for itself, were it to wait for `other`. */
static bool is_circle(const struct owner *owner, const struct owner *other)
{
	for (int i = 0; i < CHAIN_MAX && other && other != owner; i++)
		other = waits_for(other);
	return other == owner;
}

/* ---- requests ---- */

/* The bytes that a struct flock means.  0, -EINVAL, -EOVERFLOW. */
static int range_of(const struct ipc_message *m, off_t base, struct range *r)
{
	off_t len = (off_t)m->word[3], end;

	if (__builtin_add_overflow(base, (off_t)m->word[2], &r->start))
		return -EOVERFLOW;
	if (r->start < 0)
		return -EINVAL;
	if (__builtin_add_overflow(r->start, len ? len - 1 : 0, &end))
		return -EOVERFLOW;
	r->type = (int)m->word[1];
	if (len < 0) {
		r->last = r->start - 1;
		r->start += len;
		return r->start < 0 ? -EINVAL : 0;
	}
	r->last = len ? end : END_OF_FILES;
	return 0;
}

static int tell_lock(struct ipc_message *m, const struct lock *l)
{
	if (!l) {
		m->word[1] = F_UNLCK;
		return 0;
	}
	m->word[1] = (uint64_t)l->range.type;
	m->word[2] = (uint64_t)l->range.start;
	m->word[3] =
		l->range.last == END_OF_FILES ? 0 : (uint64_t)(l->range.last - l->range.start + 1);
	m->word[4] = (uint64_t)l->owner->pid;
	return 0;
}

/* Sets the range if nobody is in the way; else -EAGAIN, or SERVER_LATER, or -EDEADLK. */
static int set_lock(struct server *s, struct ipc_message *m, struct file_locks *f,
		    struct owner *owner, struct range r)
{
	const struct lock *l = r.type == F_UNLCK ? NULL : in_the_way(f, owner, &r);

	if (!l)
		return apply(f, owner, r);
	if (m->word[0] != IO_LOCK_WAIT)
		return -EAGAIN;
	if (is_circle(owner, l->owner))
		return -EDEADLK;
	return join(s, f, (struct lock_waiter){ .m = *m, .owner = owner, .range = r });
}

int locks_request(struct server *s, struct ipc_message *m, struct inode *inode, off_t base)
{
	struct owner *owner = owner_of(m->pid);
	struct file_locks *f;
	struct range r;
	int ret = range_of(m, base, &r);

	if (ret)
		return ret;
	if (m->word[0] == IO_LOCK_GET)
		return tell_lock(m, in_the_way(inode->locks, owner, &r));
	if (!owner)
		return -ENOLCK;
	f = locks_of(inode);
	if (!f)
		return -ENOLCK;
	ret = set_lock(s, m, f, owner, r);
	serve_waiters(s, f);
	return ret;
}

int locks_flock(struct server *s, struct ipc_message *m, struct open_file *file)
{
	struct file_locks *f = locks_of(file->inode);
	int type = (int)m->word[1], ret = 0;

	if (!f)
		return -ENOLCK;
	drop_flock(f, file); /* as on Linux, a change of type first gives back */
	if (type == F_UNLCK)
		ret = 0;
	else if (!flock_in_the_way(f, file, type))
		add_flock(f, file, type);
	else if (m->word[0] == IO_LOCK_WAIT)
		ret = join(s, f,
			   (struct lock_waiter){ .m = *m, .file = file, .range = { type, 0, 0 } });
	else
		ret = -EAGAIN;
	serve_waiters(s, f);
	return ret;
}

void locks_unlock(struct server *s, struct inode *inode, pid_t pid)
{
	const struct owner *owner = owner_of(pid);

	if (!inode->locks || !owner)
		return;
	drop_locks(inode->locks, owner);
	serve_waiters(s, inode->locks);
}

void locks_file_closed(struct server *s, struct open_file *file)
{
	struct file_locks *f = file->inode->locks;

	if (!f)
		return;
	drop_flock(f, file);
	drop_waiters(f, file, NULL);
	serve_waiters(s, f);
}

void locks_unblock(struct server *s, uint64_t token)
{
	for (struct file_locks *f = all_files; f; f = f->next)
		for (struct lock_waiter **link = &f->waiters; *link; link = &(*link)->next) {
			if ((*link)->m.token != token)
				continue;
			server_reply(s, &(*link)->m, -EINTR);
			leave(link);
			free_if_empty(f);
			return;
		}
}

/* ---- the connection that stands for a process ---- */

/* All that an owner has and waits for goes, and it itself. */
static void forget(struct server *s, struct owner **link)
{
	struct file_locks *f = all_files, *next;
	struct owner *owner = *link;

	*link = owner->next;
	for (; f; f = next) {
		next = f->next;
		drop_locks(f, owner);
		drop_waiters(f, NULL, owner);
		serve_waiters(s, f);
	}
	free(owner);
}

bool locks_owner_closed(struct server *s, uint64_t badge)
{
	struct owner **link = &owners;

	if (!(badge & BADGE_OWNER))
		return false;
	while (*link && (*link)->badge != badge)
		link = &(*link)->next;
	if (*link)
		forget(s, link);
	return true;
}

int locks_owner(struct server *s, struct ipc_message *m)
{
	static uint64_t last_badge = BADGE_OWNER;
	struct owner *o = malloc(sizeof(*o)), **link = &owners;
	int ret;

	if (!o)
		return -ENOLCK;
	while (*link && (*link)->pid != m->pid)
		link = &(*link)->next;
	if (*link) /* of a process that ended and gave its connection away, or that asks again */
		forget(s, link);
	*o = (struct owner){ owners, m->pid, ++last_badge, 0 };
	ret = server_give(s, m, o->badge);
	if (ret) {
		free(o);
		return ret;
	}
	owners = o;
	return 0;
}
