/* SPDX-License-Identifier: MIT */
/*
 * The kernel that a server under a fuzzer believes to run on, and its clients: handles, memory
 * objects, connections, calls that wait.  What the kernel checks before a server sees a message is
 * so here too: windows are not longer than IPC_WINDOW_MAX, a copy stays within its window.
 */
#include <errno.h>
#include <merganser.h>
#include <mg/io.h>
#include <mg/ipc.h>
#include <setjmp.h>
#include <stdio.h>
#include <time.h>

#include "tools/fuzz/fuzz.h"

/* The server's frame itself, whose loop for ever is not wanted here. */
#define server_run	server_run_for_ever
#define server_register server_register_with_init
#include "user/lib/server.c"
#undef server_run
#undef server_register

#define HANDLES	   4096
#define CALLS	   16
#define CLIENTS	   64
#define OBJECT_MAX (1ul << 20) /* bytes: a larger object is refused */
#define ENDPOINT   200
#define FIRST_FREE 210

_Noreturn void fuzz_failed(const char *file, int line, const char *cond)
{
	fprintf(stderr, "%s:%d: %s does not hold\n", file, line, cond);
	abort();
}

/* ---- objects and handles ---- */

enum kind { FREE, OBJECT, CONNECTION, OTHER };

static struct handle {
	enum kind kind;
	struct object {
		size_t size;
		char *bytes;
	} * object;
	uint64_t badge; /* CONNECTION */
} handles[HANDLES];

static size_t nr_handles;
static unsigned int fail_in; /* the n-th thing that can fail from now on fails */

static bool fails(int error)
{
	if (!fail_in || --fail_in)
		return false;
	errno = error;
	return true;
}

void *pretend_malloc(size_t n)
{
	return fails(ENOMEM) ? NULL : malloc(n);
}

void *pretend_calloc(size_t n, size_t size)
{
	return fails(ENOMEM) ? NULL : calloc(n, size);
}

void *pretend_realloc(void *p, size_t n)
{
	return fails(ENOMEM) ? NULL : realloc(p, n);
}

char *pretend_strndup(const char *s, size_t n)
{
	return fails(ENOMEM) ? NULL : strndup(s, n);
}

/* IO_FAIL_NTH is not what is fuzzed. */
unsigned long mg_malloc_fail_nth(unsigned long n)
{
	(void)n;
	return 0;
}

long mg_malloc_blocks(void)
{
	return 0;
}

static int add_handle(struct handle h)
{
	int i = FIRST_FREE;

	while (i < HANDLES && handles[i].kind)
		i++;
	FUZZ_CHECK(i < HANDLES);
	handles[i] = h;
	nr_handles++;
	return i;
}

static struct handle *handle_of(int handle, enum kind kind)
{
	bool good = handle >= 0 && handle < HANDLES && handles[handle].kind == kind;

	errno = good ? 0 : EBADF;
	return good ? &handles[handle] : NULL;
}

void pretend_object(int handle, const void *bytes, size_t size)
{
	struct object *o = malloc(sizeof(*o));

	handle = handle >= HANDLE_OWN ? handle - HANDLE_OWN : handle;
	if (handles[handle].kind) {
		free(handles[handle].object->bytes);
		free(handles[handle].object);
	}
	*o = (struct object){ size, malloc(size + 1) };
	memcpy(o->bytes, bytes, size);
	handles[handle] = (struct handle){ OBJECT, o, 0 };
}

static struct object *object_of(int handle)
{
	struct handle *h = handle_of(handle >= HANDLE_OWN ? handle - HANDLE_OWN : handle, OBJECT);

	return h ? h->object : NULL;
}

/* ---- connections, by badge: how many handles of ours and of clients' there are ---- */

static struct {
	uint64_t badge;
	int users;
	bool closed; /* CLOSED is to be told */
} connections[CLIENTS * 4];

static uint64_t client[CLIENTS]; /* badges of the connections that clients hold; 0: none */

static int connection_of(uint64_t badge)
{
	int free = -1;

	for (int i = 0; i < CLIENTS * 4; i++)
		if (!connections[i].users && !connections[i].closed)
			free = free < 0 ? i : free;
		else if (connections[i].badge == badge)
			return i;
	FUZZ_CHECK(free >= 0);
	connections[free].badge = badge;
	return free;
}

static void hold(uint64_t badge)
{
	connections[connection_of(badge)].users++;
}

static void drop(uint64_t badge)
{
	int i = connection_of(badge);

	connections[i].users--;
	connections[i].closed = badge && !connections[i].users;
}

int pretend_close(int handle)
{
	struct handle *h = handle >= FIRST_FREE && handle < HANDLES ? &handles[handle] : NULL;

	if (!h || !h->kind) {
		errno = EBADF;
		return -1;
	}
	if (h->kind == OBJECT) {
		free(h->object->bytes);
		free(h->object);
	} else if (h->kind == CONNECTION) {
		drop(h->badge);
	}
	*h = (struct handle){ 0 };
	nr_handles--;
	return 0;
}

int pretend_dup(int handle)
{
	struct handle *h = handle >= FIRST_FREE && handle < HANDLES ? &handles[handle] : NULL;

	if (!h || h->kind != OTHER || fails(EMFILE))
		return -1;
	return add_handle(*h);
}

int mg_endpoint_create(void)
{
	return ENDPOINT;
}

int mg_connect(int endpoint, uint64_t badge, unsigned int rights)
{
	(void)endpoint, (void)rights;
	if (fails(EMFILE))
		return -1;
	hold(badge);
	return add_handle((struct handle){ CONNECTION, NULL, badge });
}

/* ---- memory objects ---- */

int mg_vmo_create(size_t size)
{
	struct object *o;

	if (size > OBJECT_MAX || fails(ENOMEM)) {
		errno = ENOMEM;
		return -1;
	}
	o = malloc(sizeof(*o));
	*o = (struct object){ size, calloc(1, size + 1) };
	return add_handle((struct handle){ OBJECT, o, 0 });
}

int mg_vmo_create_paged(int kcap, int endpoint, uint64_t badge, size_t size)
{
	struct object *archive = object_of(HANDLE_INITRD);
	size_t from = (badge >> 32) * 512;
	int vmo = mg_vmo_create(size);

	(void)kcap, (void)endpoint;
	FUZZ_CHECK(archive && from <= archive->size && size <= archive->size - from);
	if (vmo >= 0)
		memcpy(object_of(vmo)->bytes, archive->bytes + from, size);
	return vmo;
}

int mg_vmo_resize(int vmo, size_t size)
{
	struct object *o = object_of(vmo);

	FUZZ_CHECK(o);
	if (size > OBJECT_MAX || fails(ENOMEM)) {
		errno = ENOMEM;
		return -1;
	}
	o->bytes = realloc(o->bytes, size + 1);
	if (size > o->size)
		memset(o->bytes + o->size, 0, size - o->size);
	o->size = size;
	return 0;
}

int mg_vmo_punch(int vmo, off_t offset, size_t n)
{
	struct object *o = object_of(vmo);

	FUZZ_CHECK(o && offset >= 0 && (size_t)offset < o->size);
	n = n < o->size - (size_t)offset ? n : o->size - (size_t)offset;
	memset(o->bytes + offset, 0, n);
	return 0;
}

int mg_vmo_reserve(int vmo, off_t offset, size_t n)
{
	struct object *o = object_of(vmo);

	FUZZ_CHECK(o && offset >= 0 && (size_t)offset <= o->size && n <= o->size - (size_t)offset);
	if (!fails(ENOMEM))
		return 0;
	errno = ENOMEM;
	return -1;
}

off_t mg_vmo_size(int vmo)
{
	struct object *o = object_of(vmo);

	return o ? (off_t)o->size : -1;
}

ssize_t mg_vmo_read(int vmo, void *buf, size_t n, off_t offset)
{
	struct object *o = object_of(vmo);

	if (!o || offset < 0 || (size_t)offset > o->size) {
		errno = EINVAL;
		return -1;
	}
	n = n < o->size - (size_t)offset ? n : o->size - (size_t)offset;
	memcpy(buf, o->bytes + offset, n);
	return (ssize_t)n;
}

ssize_t mg_vmo_write(int vmo, const void *buf, size_t n, off_t offset)
{
	struct object *o = object_of(vmo);

	if (!o || offset < 0 || (size_t)offset > o->size || n > o->size - (size_t)offset) {
		errno = EINVAL;
		return -1;
	}
	if (fails(ENOMEM))
		return -1;
	memcpy(o->bytes + offset, buf, n);
	return (ssize_t)n;
}

int mg_vmo_supply(int endpoint, uint64_t token, const void *buf, size_t n)
{
	(void)endpoint, (void)token, (void)buf, (void)n;
	return 0;
}

/* ---- calls ---- */

static struct call {
	bool waits;
	struct ipc_message m;
	char *window[IPC_WINDOWS];
	bool faults; /* its windows are bad addresses */
} calls[CALLS];

static uint64_t last_token;

static struct call *call_of(uint64_t token)
{
	for (struct call *c = calls; c < calls + CALLS; c++)
		if (c->waits && c->m.token == token)
			return c;
	errno = ESRCH;
	return NULL;
}

static void end_call(struct call *c)
{
	c->waits = false;
	free(c->window[0]);
	free(c->window[1]);
	c->window[0] = c->window[1] = NULL;
}

/* The place in a window, or null with errno. */
static char *window_at(struct call *c, int window, size_t offset, size_t n)
{
	errno = EINVAL;
	if (window < 0 || window >= IPC_WINDOWS || offset > c->m.window_len[window] ||
	    n > c->m.window_len[window] - offset)
		return NULL;
	errno = EFAULT;
	return n && c->faults ? NULL : c->window[window] + offset;
}

ssize_t mg_ipc_copy(int endpoint, uint64_t token, int window, size_t offset, void *buf, size_t n)
{
	struct call *c = call_of(token);
	char *at = c ? window_at(c, window, offset, n) : NULL;

	(void)endpoint;
	if (!at)
		return -1;
	if (n && c->m.flags & IPC_WRITABLE(window))
		memcpy(at, buf, n);
	else if (n)
		memcpy(buf, at, n);
	return (ssize_t)n;
}

ssize_t mg_ipc_vmo_copy(int endpoint, uint64_t token, int window, size_t offset, int vmo,
			off_t vmo_offset, size_t n)
{
	struct call *c = call_of(token);
	char *at = c ? window_at(c, window, offset, n) : NULL;

	(void)endpoint;
	if (!at)
		return -1;
	if (c->m.flags & IPC_WRITABLE(window))
		return mg_vmo_read(vmo, at, n, vmo_offset);
	return mg_vmo_write(vmo, at, n, vmo_offset);
}

/* A client gets a connection, or has no place for it, which closes it. */
static void receive(uint64_t badge)
{
	for (int i = 0; i < CLIENTS; i++)
		if (!client[i]) {
			client[i] = badge;
			hold(badge);
			return;
		}
}

int mg_reply(int endpoint, const struct ipc_message *m)
{
	struct call *c = call_of(m->token);
	unsigned int n = m->flags & IPC_NR_HANDLES;

	(void)endpoint;
	FUZZ_CHECK(n <= IPC_HANDLES);
	if (!c)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		int h = m->handle[i];

		FUZZ_CHECK(h >= 0 && h < HANDLES && (handles[h].kind || h < FIRST_FREE));
		if (handles[h].kind == CONNECTION && handles[h].badge)
			receive(handles[h].badge);
	}
	end_call(c);
	return 0;
}

int mg_notify(int connection, uint64_t bits)
{
	(void)bits;
	return handle_of(connection, OTHER) ? 0 : -1;
}

int mg_call(int connection, struct ipc_message *m)
{
	struct stat *st = (struct stat *)m->window[1];

	(void)connection;
	if (m->op == IO_STAT && st)
		*st = (struct stat){ .st_mode = S_IFDIR };
	if (m->op == IO_REALPATH) /* neither links nor dots; some do not end */
		memcpy((void *)m->window[1], (const void *)m->window[0], m->window_len[0] - 1);
	m->op = m->op == IO_REALPATH && m->window_len[0] % 7 == 0;
	return 0;
}

/* ---- messages out of the input ---- */

static struct input input;
static int key = -1; /* what a notification says was typed */

enum { CLOSE = 0x80, UNBLOCK, DIE, NOTIFY, FAIL }; /* ops that are no requests */

static uint64_t take_word(void)
{
	static const uint64_t odd[] = { IO_HERE, INT64_MAX, 1ul << 30, UINT32_MAX, 0xfff, 4096 };
	uint8_t what = take_byte(&input);
	uint64_t word = 0;

	if (what < 0xf0)
		return what;
	if (what < 0xf0 + sizeof(odd) / sizeof(odd[0]))
		return odd[what - 0xf0];
	for (int i = 0; i < 8; i++)
		word = word << 8 | take_byte(&input);
	return word;
}

static void take_window(struct call *c, int i)
{
	size_t n = take_byte(&input);

	if (n >= 0xf8)
		n = (n - 0xf7) * 2048 + take_byte(&input);
	if (c->m.flags & IPC_WRITABLE(i))
		c->window[i] = calloc(1, n + !n);
	else
		c->window[i] = take_bytes(&input, &n);
	c->m.window_len[i] = (uint32_t)n;
}

/* A request of a client; false: too many wait already. */
static bool make_call(uint8_t op, struct ipc_message *m)
{
	struct call *c = calls;
	uint8_t who = take_byte(&input), flags = take_byte(&input);

	while (c < calls + CALLS && c->waits)
		c++;
	if (c == calls + CALLS)
		return false;
	*c = (struct call){ .waits = true, .faults = (flags & 0x88) == 0x88 };
	c->m = (struct ipc_message){ .op = op,
				     .flags = flags & (IPC_WRITABLE(0) | IPC_WRITABLE(1)),
				     .pid = 100 + (who & 3),
				     .token = ++last_token };
	c->m.authorities = who & 1 ? KCAP_ALL : 0;
	c->m.badge = who >> 2 ? client[(who >> 2) - 1] : 0;
	for (int i = 0; i < 2; i++)
		c->m.word[i] = take_word();
	take_window(c, 0);
	take_window(c, 1);
	if (flags & IPC_INLINE && c->m.window_len[0] <= IPC_INLINE_MAX) {
		c->m.flags |= IPC_INLINE;
		if (!(c->m.flags & IPC_WRITABLE(0)))
			memcpy(&c->m.word[1], c->window[0], c->m.window_len[0]);
	}
	if (flags & 1) {
		c->m.flags |= 1;
		c->m.handle[0] = add_handle((struct handle){ OTHER, NULL, 0 });
	}
	*m = c->m;
	return true;
}

/* A call that waits, any of them, or null. */
static struct call *some_call(void)
{
	uint8_t n = take_byte(&input);

	for (int i = 0; i < CALLS; i++)
		if (calls[(n + i) % CALLS].waits)
			return &calls[(n + i) % CALLS];
	return NULL;
}

static bool tell_closed(struct ipc_message *m)
{
	for (int i = 0; i < CLIENTS * 4; i++)
		if (connections[i].closed) {
			connections[i].closed = false;
			*m = (struct ipc_message){ .badge = connections[i].badge };
			return true;
		}
	return false;
}

static void leave(int i)
{
	if (client[i])
		drop(client[i]);
	client[i] = 0;
}

int pretend_key(void)
{
	int c = key;

	key = -1;
	return c;
}

/* What an op that is no request does; an IPC_ type if it makes a message. */
static int do_other(uint8_t op, struct ipc_message *m)
{
	struct call *c;

	switch (op) {
	case CLOSE:
		leave(take_byte(&input) % CLIENTS);
		return 0;
	case UNBLOCK:
		c = some_call();
		*m = (struct ipc_message){ .token = c ? c->m.token : 0 };
		return c ? IPC_UNBLOCK : 0;
	case DIE:
		c = some_call();
		if (c)
			end_call(c);
		return 0;
	case NOTIFY:
		key = take_byte(&input);
		*m = (struct ipc_message){ .word = { 2 } };
		return IPC_NOTIFY;
	case FAIL:
		fail_in = take_byte(&input);
		return 0;
	}
	return 0;
}

int mg_recv(int endpoint, struct ipc_message *m, uint64_t timeout)
{
	(void)endpoint, (void)timeout;
	for (;;) {
		uint8_t op;
		int type;

		if (tell_closed(m))
			return IPC_CLOSED;
		if (!input.left) {
			errno = ETIMEDOUT;
			return -1;
		}
		op = take_byte(&input);
		if (op < CLOSE) {
			if (make_call(op, m))
				return IPC_MSG;
			continue;
		}
		type = do_other(op, m);
		if (type)
			return type;
	}
}

int mg_reply_recv(int endpoint, struct ipc_message *m, uint64_t timeout)
{
	return mg_reply(endpoint, m) ? -1 : mg_recv(endpoint, m, timeout);
}

/* ---- the server ---- */

static jmp_buf started;
static struct server server;

_Noreturn void server_run(struct server *s)
{
	server = *s;
	server_open(&server);
	longjmp(started, 1);
}

int server_register(struct server *s)
{
	server_run(s);
}

void pretend_step(void)
{
	while (!server_step(&server, 0))
		;
	server_notify_watchers(&server);
}

static void end_clients(void)
{
	fail_in = 0;
	for (int i = 0; i < CLIENTS; i++)
		leave(i);
	for (struct call *c = calls; c < calls + CALLS; c++)
		if (c->waits)
			end_call(c);
}

void pretend_serve(const uint8_t *data, size_t size, void (*step)(void), void (*clean)(void))
{
	static size_t before;
	static bool up;

	input = (struct input){ 0 };
	if (!up)
		before = nr_handles;
	up = true;
	if (!setjmp(started))
		server_main();
	input = (struct input){ data, size };
	step();
	end_clients();
	step();
	clean();
	FUZZ_CHECK(nr_handles == before);
}
