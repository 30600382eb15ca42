/* SPDX-License-Identifier: MIT */
/* What a byte there and back costs between two processes, through two pipes of the file server. */
#include "bench.h"

#define ROUNDS 5000

static int there[2], back[2];

/* Sends each byte back, plus one. */
static void echo(void)
{
	unsigned char c;

	close(there[1]);
	close(back[0]);
	while (read(there[0], &c, 1) == 1) {
		c++;
		must(write(back[1], &c, 1) == 1);
	}
	_exit(0);
}

static void round_trip(unsigned char i)
{
	unsigned char c = i;

	must(write(there[1], &c, 1) == 1);
	must(read(back[0], &c, 1) == 1);
	must(c == (unsigned char)(i + 1));
}

int main(void)
{
	struct cost start, c;
	pid_t pid;

	must(!pipe(there) && !pipe(back));
	pid = fork();
	if (!pid)
		echo();
	close(there[0]);
	close(back[1]);
	round_trip(0); /* once, for what is only touched the first time */
	start = begin();
	for (int i = 0; i < ROUNDS; i++)
		round_trip((unsigned char)i);
	c = end(&start);
	report("pipe", &c, ROUNDS, "write, read, write, read of a byte; 4 calls to fs");
	close(there[1]);
	wait_for(pid);
	return 0;
}
