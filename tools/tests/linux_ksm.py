# SPDX-License-Identifier: MIT
"""Proves: the public test of same-page merging that Linux brings along (its selftest ksm_tests)
builds against libc without a change and finds nothing unusual: merging, unmerging, zero pages with
and without use_zero_pages, its measurements, several page counts and rights. What it asks of NUMA
it leaves out by itself, as on any machine with one memory node.

The only help it gets is lib/linux/numa.h, in the place of a library for NUMA machines.

timeout: 600
suite: test
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, last_line, mg  # noqa: E402

from mglib.debian import linux_sources  # noqa: E402

HARNESS = Path(__file__).parent / "lib/linux"
SELFTESTS = "tools/testing/selftests"
WANTED = (f"{SELFTESTS}/kselftest.h", f"{SELFTESTS}/vm/ksm_tests.c", f"{SELFTESTS}/vm/util.h",
          "include/vdso/time64.h")
PASS, SKIP = 0, 4

# Arguments, the status that is right, and what it says then.
RUNS = (
    (("-M",), PASS, "OK"),
    (("-M", "-p", "10"), PASS, "OK"),
    (("-M", "-a", "rw", "-p", "3"), PASS, "OK"),
    (("-U",), PASS, "OK"),
    (("-U", "-p", "7"), PASS, "OK"),
    (("-Z", "-z", "1", "-p", "10"), PASS, "OK"),
    (("-Z", "-z", "0", "-p", "10"), PASS, "OK"),
    (("-P", "-s", "16"), PASS, "Average speed:"),
    (("-H", "-s", "16"), PASS, "Average speed:"),
    (("-C",), PASS, "Merged pages:"),
    (("-N", "-m", "1"), SKIP, "NUMA support not enabled"),
    (("-M", "-l", "x"), 1, ""),
)


def main() -> None:
    checks = Checks()
    linux = linux_sources("6.1", WANTED)
    program = linux / f"{SELFTESTS}/vm/ksm_tests.c"
    for words, status, sentence in RUNS:
        done = mg("exec", "-s", "2", "-I", str(HARNESS), "-I", str(linux), str(program), "--",
                  *words)
        said = done.stdout.decode() + done.stderr.decode()
        name = " ".join(("ksm_tests", *words))
        checks.equal(f"{name}: status", last_line(done.stderr), f"mg: exit status {status}")
        checks.true(f"{name}: says '{sentence}'", sentence in said)
    checks.finish()


if __name__ == "__main__":
    main()
