/* SPDX-License-Identifier: MIT */
/*
 * The initrd: any archive; its members lie where init and fs may read them, and are found by name.
 *
 * sources: user/lib/initrd.c tools/fuzz/pretend.c
 * defines: close=pretend_close
 */
#include <errno.h>
#include <merganser.h>

#include "tools/fuzz/fuzz.h"
#include "user/lib/initrd.h"

int pretend_close(int handle);

int server_main(void)
{
	return 0;
}

/* Makes the checksum of each header right, or no input would get further. */
static void mend(char *p, size_t size)
{
	for (; size >= 512; p += 512, size -= 512) {
		unsigned int sum = 8 * ' ';

		if (memcmp(p + 257, "ustar", 5))
			continue;
		for (int i = 0; i < 512; i++)
			sum += i >= 148 && i < 156 ? 0 : (unsigned char)p[i];
		for (int i = 0; i < 6; i++)
			p[148 + i] = (char)('0' + (sum >> 3 * (5 - i) & 7));
		p[154] = ' ';
		p[155] = '\0';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);
	struct initrd_entry e, found;
	off_t pos = 0;
	int vmo;

	memcpy(bytes, data, size);
	mend(bytes, size);
	pretend_object(HANDLE_INITRD, bytes, size);
	while (initrd_next(HANDLE_INITRD, &pos, &e) > 0) {
		FUZZ_CHECK(memchr(e.name, '\0', sizeof(e.name)) && e.size >= 0 && e.offset > 0);
		FUZZ_CHECK(pos >= e.offset + e.size);
		if (e.type == '0' && e.name[0])
			FUZZ_CHECK(!initrd_find(HANDLE_INITRD, e.name, &found));
		if (e.size > 1 << 16)
			continue;
		vmo = initrd_vmo(HANDLE_INITRD, &e);
		if (vmo >= 0)
			pretend_close(vmo);
	}
	free(bytes);
	return 0;
}
