# SPDX-License-Identifier: MIT
"""Linux's selftests of memory management: fetched, built without a change, run, their words read.

They come with headers of their own, theirs and those that the kernel publishes. What these expect
from a machine on which Linux was built is in lib/linux.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Sequence

from support import Checks, last_line, mg

from mglib.debian import linux_sources

VERSION = "6.12"
HARNESS = Path(__file__).parent / "linux"
MM = "tools/testing/selftests/mm"
INCLUDES = ("arch/x86/include/uapi", "tools/include/uapi", "include/uapi")
WANTED = (
    "arch/x86/include/uapi/asm/bitsperlong.h", "arch/x86/include/uapi/asm/mman.h",
    *(f"include/uapi/asm-generic/{name}.h" for name in (
        "bitsperlong", "hugetlb_encode", "int-ll64", "ioctl", "mman", "mman-common")),
    *(f"include/uapi/linux/{name}.h" for name in ("errno", "ioctl", "limits", "mempolicy")),
    "mm/gup_test.h",
    *(f"tools/include/uapi/linux/{name}.h" for name in (
        "fs", "fscrypt", "memfd", "mman", "mount", "types", "userfaultfd")),
    "tools/testing/selftests/kselftest.h",
    *(f"{MM}/{name}" for name in (
        "cow.c", "ksm_functional_tests.c", "madv_populate.c", "map_fixed_noreplace.c", "mkdirty.c",
        "mlock2-tests.c", "mlock2.h", "mremap_dontunmap.c", "mremap_test.c", "thp_settings.c",
        "thp_settings.h", "vm_util.c", "vm_util.h")),
)

Result = tuple[str, str]  # what ran, and "ok", "SKIP: why" or "not ok: why"


def results(said: str) -> list[Result]:
    """What the lines of TAP say of each test, by the line [RUN] before it."""
    found, name = [], ""
    for line in said.splitlines():
        run = re.match(r"# \[RUN\] (.*)", line)
        point = re.match(r"(not ok|ok) \d+ (# SKIP )?(.*)", line)
        if run:
            name = run[1]
        elif point:
            bad = "not ok" if point[1] == "not ok" else "SKIP" if point[2] else ""
            found.append((name, f"{bad}: {point[3]}" if bad else "ok"))
    return found


def run(checks: Checks, cpus: int, sources: Sequence[str], counts: str,
        options: Sequence[str] = ()) -> str:
    """Runs one of them on so many CPUs; what it said. Its last line is to bear these counts."""
    linux = linux_sources(VERSION, WANTED)
    folders = [HARNESS, *(linux / name for name in INCLUDES)]
    done = mg("exec", "-s", str(cpus), *(word for name in folders for word in ("-I", str(name))),
              *options, *(str(linux / MM / name) for name in sources))
    what = f"{sources[0]}, CPUs {cpus}"
    checks.equal(f"{what}: status", last_line(done.stderr), "mg: exit status 0")
    checks.equal(f"{what}: last line", last_line(done.stdout), f"# Totals: {counts}")
    return done.stdout.decode(errors="replace")


def selftest(checks: Checks, cpus: int, sources: Sequence[str], expected: Sequence[Result],
             options: Sequence[str] = ()) -> None:
    """The same, and notes each result that is not the expected one."""
    what = f"{sources[0]}, CPUs {cpus}"
    passed = sum(verdict == "ok" for _, verdict in expected)
    counts = f"pass:{passed} fail:0 xfail:0 xpass:0 skip:{len(expected) - passed} error:0"
    seen = results(run(checks, cpus, sources, counts, options))
    checks.equal(f"{what}: the tests", [name for name, _ in seen], [name for name, _ in expected])
    for mine, right in zip(seen, expected):
        checks.equal(f"{what}: {right[0]}", mine[1], right[1])
