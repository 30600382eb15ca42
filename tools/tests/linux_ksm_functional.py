# SPDX-License-Identifier: MIT
"""Proves: the public test of how merging behaves that Linux brings along (its selftest
ksm_functional_tests) builds against libc without a change, and all of it holds: pages part again by
madvise(), by prctl(), by a write of their process and through /proc/self/mem, zero pages are
counted, and what prctl() said goes on to children and to the program that they become. Its test of
userfaultfd is not compiled, since there is no such system call.

The only help it gets is lib/linux/ksm_functional.c, around its main().

timeout: 600
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from selftests import HARNESS, selftest  # noqa: E402
from support import Checks  # noqa: E402

SOURCES = ("ksm_functional_tests.c", "vm_util.c", str(HARNESS / "ksm_functional.c"))
OPTIONS = ("-D", "main=test_main", "-D", "execv=test_execv")
TESTS = ("test_unmerge", "test_unmerge_zero_pages", "test_unmerge_discarded", "test_prot_none",
         "test_prctl", "test_prctl_fork", "test_prctl_fork_exec", "test_prctl_unmerge")


def main() -> None:
    """One guest."""
    checks = Checks()
    selftest(checks, 2, SOURCES, [(name, "ok") for name in TESTS], OPTIONS)
    checks.finish()


if __name__ == "__main__":
    main()
