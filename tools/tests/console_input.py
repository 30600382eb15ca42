# SPDX-License-Identifier: MIT
"""Proves that what is typed is not lost when a program reads it to a bad address.

suite: test
timeout: 120
"""

import os
import pty
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MG, Program, last_line  # noqa: E402

READER = r"""
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char text[32] = "";
	ssize_t bad, good;
	int error;

	puts("ready");
	fflush(stdout);
	bad = read(0, (void *)16, 5);
	error = errno;
	for (good = 0; good < 5; good += read(0, text + good, 5 - good))
		; /* what is typed comes by and by */
	printf("%zd %s, %zd %s\n", bad, strerror(error), good, text);
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
        os.write(keyboard, b"typed\n")
        said = guest.stdout.read()
    checks.equal("what the program says", last_line(said), "-1 Bad address, 5 typed")
    checks.finish()


if __name__ == "__main__":
    main()
