/* SPDX-License-Identifier: MIT */
/* touch FILE...: makes files that are not there.  Unlike POSIX's it changes no date. */
#include <err.h>
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status = 0, fd;

	if (getopt(argc, argv, "") != -1 || optind == argc)
		errx(2, "usage: touch FILE...");
	for (int i = optind; i < argc; i++) {
		fd = access(argv[i], F_OK) ? open(argv[i], O_WRONLY | O_CREAT, 0666) : 0;
		if (fd < 0) {
			warn("%s", argv[i]);
			status = 1;
		}
		if (fd > 0)
			close(fd);
	}
	return status;
}
