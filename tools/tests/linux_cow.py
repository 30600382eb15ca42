# SPDX-License-Identifier: MIT
"""Proves: the public test of copy-on-write that Linux brings along (its selftest cow) builds
against libc without a change, and no write of a parent or child, of a private mapping of zeros or
of a file, is seen where it must not be. What it asks of swap and of pages that stay pinned it
leaves out by itself: swap is off, and there is no gup_test.

The only help it gets is lib/linux/local_config.h. There vmsplice() copies, since the test cannot go
without: so the tests with it show that a pipe keeps the bytes it was given, and nothing of pins.

timeout: 600
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from selftests import Result, selftest  # noqa: E402
from support import Checks  # noqa: E402

SOURCES = ("cow.c", "vm_util.c", "thp_settings.c")
OK = "ok"
NO_SWAP = "SKIP: MADV_PAGEOUT did not work, is swap enabled?"
NO_GUP = "SKIP: gup_test not available"

# Tests of anonymous pages, each with a page in memory and with one in swap.
ANON = (
    ("Basic COW after fork()", OK),
    ("Basic COW after fork() with mprotect() optimization", OK),
    ("vmsplice() + unmap in child", OK),
    ("vmsplice() + unmap in child with mprotect() optimization", OK),
    ("vmsplice() before fork(), unmap in parent after fork()", OK),
    ("vmsplice() + unmap in parent after fork()", OK),
    ("R/O GUP pin on R/O-mapped shared page", NO_GUP),
    ("R/O GUP-fast pin on R/O-mapped shared page", NO_GUP),
    ("R/O GUP pin on R/O-mapped previously-shared page", NO_GUP),
    ("R/O GUP-fast pin on R/O-mapped previously-shared page", NO_GUP),
    ("R/O GUP pin on R/O-mapped exclusive page", NO_GUP),
    ("R/O GUP-fast pin on R/O-mapped exclusive page", NO_GUP),
)
# Tests of private mappings of something else.
OTHER = (("Basic COW", OK), ("R/O longterm GUP pin", NO_GUP), ("R/O longterm GUP-fast pin", NO_GUP))
MAPPED = ("shared zeropage", "memfd", "tmpfile")


def expected() -> list[Result]:
    """What is right for each of them, in their order."""
    anon = [(f"{name} ... with {page}", verdict) for name, in_memory in ANON
            for page, verdict in (("base page", in_memory), ("swapped out base page", NO_SWAP))]
    return anon + [(f"{name} ... with {what}", verdict) for name, verdict in OTHER
                   for what in MAPPED]


def main() -> None:
    """Two guests."""
    checks = Checks()
    for cpus in (1, 2):
        selftest(checks, cpus, SOURCES, expected())
    checks.finish()


if __name__ == "__main__":
    main()
