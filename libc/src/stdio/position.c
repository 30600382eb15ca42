/* SPDX-License-Identifier: MIT */
/* Where a stream stands. */
#include <unistd.h>

#include "stdio/file.h"

/* How far the descriptor is ahead of what the program has read. */
static off_t unread(const FILE *f)
{
	return f->writing ? 0 : (off_t)(f->end - f->pos) + f->nr_unget;
}

bool __file_drop_input(FILE *f)
{
	off_t ahead = unread(f);

	f->pos = f->end = f->nr_unget = 0;
	return !ahead || lseek(f->fd, -ahead, SEEK_CUR) >= 0;
}

static int seek(FILE *f, off_t offset, int whence)
{
	if (!__file_flush(f))
		return -1;
	if (whence == SEEK_CUR)
		offset -= unread(f);
	if (lseek(f->fd, offset, whence) < 0)
		return -1;
	f->writing = f->eof = false;
	f->pos = f->end = f->nr_unget = 0;
	return 0;
}

STREAM_FUNCTION(int, fseeko, f, seek(f, offset, whence), FILE *f, off_t offset, int whence)
int fseek(FILE *f, long offset, int whence) ALIAS(fseeko);

off_t ftello(FILE *f)
{
	off_t at;

	FILE_LOCKED(f);
	at = lseek(f->fd, 0, SEEK_CUR);
	return at < 0 ? -1 : f->writing ? at + (off_t)f->pos : at - unread(f);
}

long ftell(FILE *f) ALIAS(ftello);

int fgetpos(FILE *restrict f, fpos_t *restrict pos)
{
	*pos = ftello(f);
	return *pos < 0 ? -1 : 0;
}

FUNCTION(int, fsetpos, fseeko(f, *pos, SEEK_SET), FILE *f, const fpos_t *pos)

void rewind(FILE *f)
{
	FILE_LOCKED(f);
	seek(f, 0, SEEK_SET);
	f->eof = f->error = false;
}
