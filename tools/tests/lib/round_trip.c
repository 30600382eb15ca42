/* SPDX-License-Identifier: MIT */
/*
 * Through zlib and back: several MiB of text, noise and repetition, at every level, in pieces
 * of odd sizes; then a gzip file of the host's, read with seeks, lines and pushed-back bytes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zlib.h"

#define SIZE (4u << 20)

static unsigned char plain[SIZE], again[SIZE], packed[SIZE + (SIZE >> 8) + 1024];

static void fill(void)
{
	uint32_t state = 1;

	for (size_t i = 0; i < SIZE; i++) {
		state = state * 1664525 + 1013904223;
		plain[i] = i >> 16 & 1 ? state >> 24 : "merganser "[(i + (state >> 30)) % 10];
		if (i > 5000 && i >> 18 & 1)
			plain[i] = plain[i - 4999];
	}
}

/* Feeds n bytes in pieces to deflate() or inflate(); the bytes that came out. */
static size_t stream(z_stream *z, int (*step)(z_stream *, int), unsigned char *in, size_t n,
		     unsigned char *out, size_t room, size_t piece)
{
	size_t fed = 0, part;
	int ret = Z_OK;

	z->next_out = out;
	z->avail_out = room;
	while (ret == Z_OK) {
		part = n - fed < piece ? n - fed : piece;
		z->next_in = in + fed;
		z->avail_in = part;
		ret = step(z, fed + part == n ? Z_FINISH : Z_NO_FLUSH);
		fed += part - z->avail_in;
	}
	if (ret != Z_STREAM_END)
		fprintf(stderr, "status %d after %zu bytes\n", ret, fed);
	return z->total_out;
}

static int round_trip(int level, size_t piece)
{
	z_stream z = { 0 };
	size_t n, back;

	deflateInit(&z, level);
	n = stream(&z, deflate, plain, SIZE, packed, sizeof(packed), piece);
	deflateEnd(&z);
	memset(again, 0, SIZE);
	z = (z_stream){ 0 };
	inflateInit(&z);
	back = stream(&z, inflate, packed, n, again, SIZE, piece / 3 + 1);
	inflateEnd(&z);
	printf("level %d: %zu bytes, crc %08lx, adler %08lx\n", level, n,
	       crc32(crc32(0, NULL, 0), packed, n), adler32(adler32(0, NULL, 0), again, back));
	return back != SIZE || memcmp(plain, again, SIZE) != 0;
}

static int read_file(const char *path)
{
	gzFile f = gzopen(path, "rb");
	char line[256];
	unsigned long crc = crc32(0, NULL, 0), n = 0;

	if (!f)
		return 1;
	for (; gzgets(f, line, sizeof(line)); n++)
		crc = crc32(crc, (unsigned char *)line, strlen(line));
	printf("%lu lines, crc %08lx, at %ld, end %d\n", n, crc, (long)gztell(f), gzeof(f));
	gzrewind(f);
	gzseek(f, 100000, SEEK_CUR);
	gzungetc(gzgetc(f), f);
	gzgets(f, line, sizeof(line));
	printf("behind 100000: %s", line);
	return gzclose(f) != Z_OK;
}

int main(int argc, char **argv)
{
	int bad = 0;

	fill();
	for (int level = -1; level <= 9; level++)
		bad |= round_trip(level, 1000 + 7777 * (level + 2));
	bad |= argc > 1 && read_file(argv[1]);
	puts(bad ? "not the same" : "all the same");
	return bad;
}
