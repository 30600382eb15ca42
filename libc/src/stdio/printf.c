/* SPDX-License-Identifier: MIT */
/* The printf family: streams, descriptors, strings. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "stdio/file.h"
#include "stdio/format.h"

void __format_bytes(struct format_out *out, const char *s, size_t n)
{
	if (out->f) {
		out->failed |= !__file_write(out->f, s, n);
	} else if (out->len < out->size) {
		size_t room = out->size - out->len;

		memcpy(out->buf + out->len, s, n < room ? n : room);
	}
	out->len += n;
}

static int format_stream(FILE *f, const char *fmt, va_list ap)
{
	struct format_out out = { .f = f };

	__format(&out, fmt, ap);
	return out.failed ? -1 : (int)out.len;
}

/* An unbuffered stream gets each message in one write, not in pieces. */
static int format_unbuffered(FILE *f, const char *fmt, va_list ap)
{
	char buf[512];
	FILE whole = { .fd = f->fd,
		       .mode = _IOFBF,
		       .writable = f->writable,
		       .buf = buf,
		       .size = sizeof(buf) };
	int len = format_stream(&whole, fmt, ap);

	if (__file_drain(&whole) && !whole.error)
		return len;
	f->error = true;
	return -1;
}

int vfprintf(FILE *f, const char *fmt, va_list ap)
{
	FILE_LOCKED(f);
	return f->mode == _IONBF ? format_unbuffered(f, fmt, ap) : format_stream(f, fmt, ap);
}

int vdprintf(int fd, const char *fmt, va_list ap)
{
	FILE f = { .fd = fd, .mode = _IONBF, .writable = true };

	return format_unbuffered(&f, fmt, ap);
}

int vsnprintf(char *s, size_t size, const char *fmt, va_list ap)
{
	struct format_out out = { .buf = s, .size = size ? size - 1 : 0 };

	__format(&out, fmt, ap);
	if (size)
		s[out.len < size - 1 ? out.len : size - 1] = '\0';
	return out.failed ? -1 : (int)out.len;
}

int vasprintf(char **text, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	*text = len < 0 ? NULL : malloc((size_t)len + 1);
	return *text ? vsnprintf(*text, (size_t)len + 1, fmt, ap) : -1;
}

FUNCTION(int, vsprintf, vsnprintf(s, (size_t)1 << 31, fmt, ap), char *s, const char *fmt,
	 va_list ap)
FUNCTION(int, vprintf, vfprintf(stdout, fmt, ap), const char *fmt, va_list ap)
VARIADIC(printf, vfprintf(stdout, fmt, ap), const char *fmt)
VARIADIC(fprintf, vfprintf(f, fmt, ap), FILE *f, const char *fmt)
VARIADIC(dprintf, vdprintf(fd, fmt, ap), int fd, const char *fmt)
VARIADIC(sprintf, vsprintf(s, fmt, ap), char *s, const char *fmt)
VARIADIC(snprintf, vsnprintf(s, size, fmt, ap), char *s, size_t size, const char *fmt)
VARIADIC(asprintf, vasprintf(text, fmt, ap), char **text, const char *fmt)
