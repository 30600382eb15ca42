/* SPDX-License-Identifier: MIT */
/* cat [FILE...]: files (- is standard input) one after the other to standard output. */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void put(const char *buf, size_t n)
{
	while (n) {
		ssize_t done = write(STDOUT_FILENO, buf, n);

		if (done < 0)
			err(1, "standard output");
		buf += done;
		n -= (size_t)done;
	}
}

static int copy(int fd, const char *name)
{
	static char buf[16384];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		put(buf, (size_t)n);
	if (n < 0)
		warn("%s", name);
	return n < 0;
}

static int copy_file(const char *name)
{
	int fd, status;

	if (!strcmp(name, "-"))
		return copy(STDIN_FILENO, "standard input");
	fd = open(name, O_RDONLY);
	if (fd < 0) {
		warn("%s", name);
		return 1;
	}
	status = copy(fd, name);
	close(fd);
	return status;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc == 1)
		return copy_file("-");
	if (argv[1][0] == '-' && argv[1][1])
		errx(2, "usage: cat [FILE | -]...");
	for (int i = 1; i < argc; i++)
		status |= copy_file(argv[i]);
	return status;
}
