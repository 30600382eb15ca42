/* SPDX-License-Identifier: MIT */
/*
 * The initrd: a ustar archive in the VMO of HANDLE_INITRD.
 *
 *	| header 512 | contents, padded to 512 | header | contents | ... | 1024 zeros |
 *
 * Numbers in a header are octal text; the checksum is the sum of the header's
 * bytes with the checksum field itself read as spaces.
 */
#include "unistd/initrd.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

#define BLOCK 512

struct ustar_header {
	char name[100];
	char mode[8], uid[8], gid[8];
	char size[12], mtime[12];
	char checksum[8];
	char type;
	char linkname[100];
	char magic[6];
	char version[2];
	char uname[32], gname[32];
	char devmajor[8], devminor[8];
	char prefix[155];
	char pad[12];
};

_Static_assert(sizeof(struct ustar_header) == BLOCK, "a ustar header fills one block");

static unsigned long octal(const char *s, size_t n)
{
	unsigned long value = 0;

	for (; n && *s == ' '; s++, n--)
		;
	for (; n && *s >= '0' && *s <= '7'; s++, n--)
		value = value << 3 | (unsigned long)(*s - '0');
	return value;
}

static unsigned long header_sum(const struct ustar_header *h)
{
	const unsigned char *byte = (const unsigned char *)h;
	unsigned long sum = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		bool in_field = i >= offsetof(struct ustar_header, checksum) &&
				i < offsetof(struct ustar_header, type);

		sum += in_field ? ' ' : byte[i];
	}
	return sum;
}

/*
 * "./a//b", "/a/b" and "a/c/../b" all mean "a/b" from the root of the archive, which is
 * also the current directory.  0, or -ENAMETOOLONG; ".." of what does not exist is not found out.
 */
static int normalise(const char *path, char *out, size_t size)
{
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2)) {
			while (len && out[--len] != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			if (len + n + 2 > size)
				return -ENAMETOOLONG;
			if (len)
				out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
		}
		path += n + (path[n] == '/');
	}
	out[len] = '\0';
	return 0;
}

static void member_name(const struct ustar_header *h, char *out, size_t size)
{
	char full[sizeof(h->prefix) + sizeof(h->name) + 2] = "";

	if (h->prefix[0]) {
		strncat(full, h->prefix, sizeof(h->prefix));
		strcat(full, "/");
	}
	strncat(full, h->name, sizeof(h->name));
	if (normalise(full, out, size))
		out[0] = '\0'; /* no path leads there */
}

int mg_initrd_next(off_t *pos, struct initrd_entry *e)
{
	struct ustar_header h;
	long got = sys_vmo_read(HANDLE_INITRD, &h, BLOCK, (size_t)*pos);

	if (got < 0)
		return (int)sys_ret(got);
	if (got < BLOCK || !h.name[0])
		return 0;
	if (memcmp(h.magic, "ustar", 5) || octal(h.checksum, sizeof(h.checksum)) != header_sum(&h))
		return (int)sys_ret(-EIO);
	member_name(&h, e->name, sizeof(e->name));
	e->offset = *pos + BLOCK;
	e->size = (off_t)octal(h.size, sizeof(h.size));
	e->mode = (unsigned int)octal(h.mode, sizeof(h.mode));
	e->type = h.type ? h.type : '0';
	*pos = e->offset + (e->size + BLOCK - 1) / BLOCK * BLOCK;
	return 1;
}

ino_t __initrd_ino(const char *path, size_t len)
{
	ino_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3;
	return hash;
}

/* Whether path is below the directory dir. */
static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return len && !strncmp(path, dir, len) && path[len] == '/';
}

/* The directory of this name, which need not have a member of its own. */
static int make_directory(struct initrd_entry *e, const char *name)
{
	*e = (struct initrd_entry){ .mode = 0755, .type = '5' };
	strcpy(e->name, name);
	return 0;
}

int mg_initrd_find(const char *path, struct initrd_entry *e)
{
	char want[sizeof(e->name)];
	int more = normalise(path, want, sizeof(want));
	bool directory = *path && path[strlen(path) - 1] == '/';
	off_t pos = 0;

	if (more || !*path)
		return (int)sys_ret(more ? more : -ENOENT);
	if (!*want)
		return make_directory(e, want);
	while ((more = mg_initrd_next(&pos, e)) > 0) {
		if (is_below(e->name, want))
			return make_directory(e, want);
		if (is_below(want, e->name) && e->type != '5')
			return (int)sys_ret(-ENOTDIR);
		if (!strcmp(want, e->name))
			return directory && e->type != '5' ? (int)sys_ret(-ENOTDIR) : 0;
	}
	return more < 0 ? -1 : (int)sys_ret(-ENOENT);
}

static long copy_vmo(int to, int from, off_t offset, size_t size)
{
	char buf[8192];

	for (size_t done = 0; done < size;) {
		size_t n = size - done < sizeof(buf) ? size - done : sizeof(buf);
		long got = sys_vmo_read(from, buf, n, (size_t)offset + done);

		if (got > 0)
			got = sys_vmo_write(to, buf, (size_t)got, done);
		if (got <= 0)
			return got ? got : -EIO; /* the archive ends inside this member */
		done += (size_t)got;
	}
	return 0;
}

int __initrd_vmo(const struct initrd_entry *e)
{
	long vmo = sys_vmo_create((size_t)e->size);
	long ret;

	if (vmo < 0)
		return (int)sys_ret(vmo);
	ret = copy_vmo((int)vmo, HANDLE_INITRD, e->offset, (size_t)e->size);
	if (ret) {
		sys_handle_close((int)vmo);
		return (int)sys_ret(ret);
	}
	return (int)vmo;
}
