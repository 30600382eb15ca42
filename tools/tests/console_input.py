# SPDX-License-Identifier: MIT
"""Proves that what is typed to a program of `mg exec` is not lost when it reads to a bad address,
and ends with Ctrl-D.

suite: test
timeout: 120
"""

import os
import pty
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MG, Program  # noqa: E402

READER = r"""
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char text[32] = "";
	/* nothing there, read-only, not canonical, the kernel's */
	char *wild[] = { (char *)16, "const", (char *)(1ul << 47), (char *)0xffffffff80100000 };
	int right = 0;
	ssize_t good;

	puts("ready");
	fflush(stdout);
	for (int i = 0; i < 4; i++)
		right += read(0, wild[i], 5) == -1 && errno == EFAULT;
	for (good = 0; good < 5; good += read(0, text + good, 5 - good))
		; /* what is typed comes by and by */
	good += read(0, text + good, 9); /* the newline */
	printf("%d refused, %zd %s", right, good, text);
	printf("then %zd\n", read(0, text, sizeof(text)));
	return 0;
}
"""


def main() -> None:
    checks = Checks()
    program = Program(READER)
    keyboard, terminal = pty.openpty()
    with subprocess.Popen([str(MG), "exec", str(program.path)], stdin=terminal,
                          stdout=subprocess.PIPE) as guest:
        assert guest.stdout
        checks.true("the program runs", b"ready" in guest.stdout.readline())
        os.write(keyboard, b"typed\n\x04")
        said = guest.stdout.read()
    checks.equal("what the program says", said, b"4 refused, 6 typed\nthen 0\n")
    checks.finish()


if __name__ == "__main__":
    main()
