/* SPDX-License-Identifier: MIT */
/* sleep SECONDS: with a fraction if you like. */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	char *end = "";
	double seconds = argc == 2 ? strtod(argv[1], &end) : -1;
	struct timespec left;

	if (!(seconds >= 0 && seconds < 1e9) || *end || end == argv[1])
		errx(2, "usage: sleep SECONDS");
	left.tv_sec = (time_t)seconds;
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left))
		if (errno != EINTR)
			err(1, "%s", argv[1]);
	return 0;
}
