/* SPDX-License-Identifier: MIT */
/*
 * The initrd: a ustar archive in a memory object.
 *
 *	| header 512 | contents, padded to 512 | header | contents | ... | 1024 zeros |
 *
 * Numbers in a header are octal text; the checksum is the sum of the header's
 * bytes with the checksum field itself read as spaces.
 */
#include "user/lib/initrd.h"

#include <errno.h>
#include <merganser.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

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

int path_join(const char *base, const char *path, char *out, size_t size)
{
	size_t len = *path == '/' ? 0 : strlen(base);

	memcpy(out, base, len);
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2)) {
			while (len && out[--len] != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			if (len + n + 2 > size) {
				out[0] = '\0';
				return -ENAMETOOLONG;
			}
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
	path_join("", full, out, size); /* too long, it is empty: no path leads there */
}

static int fail(int error)
{
	errno = error;
	return -1;
}

int initrd_next(int initrd, off_t *pos, struct initrd_entry *e)
{
	struct ustar_header h;
	ssize_t got = mg_vmo_read(initrd, &h, BLOCK, *pos);

	if (got < 0)
		return -1;
	if (got < BLOCK || !h.name[0])
		return 0;
	if (memcmp(h.magic, "ustar", 5) || octal(h.checksum, sizeof(h.checksum)) != header_sum(&h))
		return fail(EIO);
	member_name(&h, e->name, sizeof(e->name));
	e->offset = *pos + BLOCK;
	e->size = (off_t)octal(h.size, sizeof(h.size));
	e->mode = (unsigned int)octal(h.mode, sizeof(h.mode));
	e->type = h.type ? h.type : '0';
	*pos = e->offset + (e->size + BLOCK - 1) / BLOCK * BLOCK;
	return 1;
}

int initrd_find(int initrd, const char *path, struct initrd_entry *e)
{
	char want[sizeof(e->name)];
	off_t pos = 0;
	int more;

	if (path_join("", path, want, sizeof(want)))
		return fail(ENAMETOOLONG);
	while ((more = initrd_next(initrd, &pos, e)) > 0)
		if (e->type == '0' && !strcmp(want, e->name))
			return 0;
	return more < 0 ? -1 : fail(ENOENT);
}

static int copy_vmo(int to, int from, off_t offset, size_t size)
{
	char buf[8192];

	for (size_t done = 0; done < size;) {
		size_t n = size - done < sizeof(buf) ? size - done : sizeof(buf);
		ssize_t got = mg_vmo_read(from, buf, n, offset + (off_t)done);

		if (!got)
			return fail(EIO); /* the archive ends inside this member */
		if (got < 0 || mg_vmo_write(to, buf, (size_t)got, (off_t)done) != got)
			return -1;
		done += (size_t)got;
	}
	return 0;
}

int initrd_vmo(int initrd, const struct initrd_entry *e)
{
	int vmo = mg_vmo_create((size_t)e->size), error;

	if (vmo < 0 || !copy_vmo(vmo, initrd, e->offset, (size_t)e->size))
		return vmo;
	error = errno;
	close(vmo);
	return fail(error);
}
