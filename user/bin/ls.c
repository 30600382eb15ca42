/* SPDX-License-Identifier: MIT */
/* ls [PREFIX]: the members of the initrd. */
#include <merganser.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	const char *prefix = argc > 1 ? argv[1] : "";
	struct initrd_entry e;
	off_t pos = 0;
	int more;

	while ((more = mg_initrd_next(&pos, &e)) > 0)
		if (!strncmp(e.name, prefix, strlen(prefix)))
			printf("%c%04o %8ld  %s\n", e.type == '5' ? 'd' : '-', e.mode & 07777,
			       e.size, e.name);
	if (more < 0)
		perror("ls");
	return more < 0;
}
