# SPDX-License-Identifier: MIT
"""Proves: a program is told the date that the machine's clock tells, from the first to the last
second of it, by each call that tells one, and files are as old as they are.

suite: test
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg  # noqa: E402

PROGRAM = r"""
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

int main(void)
{
	struct timeval tv;
	struct timespec ts;
	struct stat st;
	time_t now = time(NULL);

	gettimeofday(&tv, NULL);
	clock_gettime(CLOCK_REALTIME, &ts);
	fstat(open("/tmp/new", O_CREAT | O_WRONLY, 0600), &st);
	printf("%ld %ld %ld %ld\n", now, tv.tv_sec, ts.tv_sec, st.st_mtime);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	printf("%ld\n", ts.tv_sec);
	return 0;
}
"""


def main() -> None:
    """By the host's clock; and by one that was set."""
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="mg clock ") as folder:
        program = Path(folder) / "clock.c"
        program.write_text(PROGRAM)
        before = int(time.time())
        said = mg("exec", str(program)).stdout.split()
        after = time.time()
        fixed = mg("exec", "--icount", str(program)).stdout.split()
    checks.equal("numbers", len(said), 5)
    for told in said[:4]:
        checks.true(f"{before} <= {told} <= {after}", before <= int(told) <= after)
    checks.true("since boot", int(said[4]) <= after - before)
    for told in fixed[:4]:
        checks.true(f"{told} is on 1 January 2024", 0 <= int(told) - 1704067200 < 60)
    checks.finish()


main()
