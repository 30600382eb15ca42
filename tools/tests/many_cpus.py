# SPDX-License-Identifier: MIT
"""Proves that a machine with more processors than the kernel can use says which of them stay off,
and that with as many as there may be the scanner goes through the list of each, and no further.

suite: test
cpus: 1
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, Program  # noqa: E402

from mglib import config  # noqa: E402

MOST = 8
THERE = 16
PROGRAM = """
#include <stdio.h>
#include <unistd.h>

#define PKSM(name) "/sys/kernel/mm/pksm/" name

static long scans(void)
{
	FILE *f = fopen(PKSM("full_scans"), "r");
	long n = -1;

	if (!f || fscanf(f, "%ld", &n) != 1)
		return -1;
	fclose(f);
	return n;
}

int main(void)
{
	FILE *f = fopen(PKSM("run"), "w");
	long n;

	if (!f || fputs("1", f) < 0 || fclose(f))
		return 2;
	while ((n = scans()) >= 0 && n < 2)
		usleep(10000);
	return n < 0;
}
"""


def main() -> None:
    """Boots once; the kernel's log is where mg leaves it."""
    checks = Checks()
    done = Program(PROGRAM).run(options=("-s", str(THERE)))
    checks.equal("status", done.returncode, 0)
    log = (config.from_environment().out / "kernel.log").read_text()
    named = re.findall(r"warning: the CPU with APIC ID (\d+) stays off: there are as many", log)
    checks.equal("the CPUs that stay off", named, [str(n) for n in range(MOST, THERE)])
    checks.true("the sum of it", f"{MOST} of {THERE} CPUs online" in log)
    checks.finish()


if __name__ == "__main__":
    main()
