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

/* "./a//b" and "/a/b" both mean "a/b" from the root of the archive. */
static const char *skip_root(const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && (path[1] == '/' || !path[1])))
		path++;
	return path;
}

static void member_name(const struct ustar_header *h, char *out, size_t size)
{
	char full[sizeof(h->prefix) + sizeof(h->name) + 2] = "";
	size_t len;

	if (h->prefix[0]) {
		strncat(full, h->prefix, sizeof(h->prefix));
		strcat(full, "/");
	}
	strncat(full, h->name, sizeof(h->name));
	strlcpy(out, skip_root(full), size);
	len = strlen(out);
	if (len && out[len - 1] == '/') /* a directory */
		out[len - 1] = '\0';
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

int mg_initrd_find(const char *path, struct initrd_entry *e)
{
	const char *want = skip_root(path);
	off_t pos = 0;
	int more;

	while ((more = mg_initrd_next(&pos, e)) > 0)
		if (*want && !strcmp(want, e->name))
			return 0;
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
