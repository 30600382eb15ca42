# SPDX-License-Identifier: MIT
"""Proves: the public tests of mappings that Linux brings along (its selftests mlock2-tests,
map_fixed_noreplace, mkdirty, madv_populate, mremap_dontunmap) build against libc without a change,
and all of what they ask holds: what mremap() leaves behind, what is locked and when, where a
mapping may be put, that no page is dirty or writable by accident, what populating brings in.

mkdirty leaves out what a page that moves to another memory node looks like: there is one node.

timeout: 600
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from selftests import run  # noqa: E402
from support import Checks  # noqa: E402

# Their sources, how many points they make and how many they leave out, and what they need to build.
PROGRAMS = (
    (("mremap_dontunmap.c",), 5, 0, ()),
    (("mlock2-tests.c",), 13, 0, ()),
    (("map_fixed_noreplace.c",), 9, 0, ()),
    (("mkdirty.c", "vm_util.c"), 1, 1, ("-D", "__NR_mbind=-1")),
    (("madv_populate.c", "vm_util.c"), 16, 0, ()),
)


def main() -> None:
    """A guest for each."""
    checks = Checks()
    for sources, passed, skipped, options in PROGRAMS:
        counts = f"pass:{passed} fail:0 xfail:0 xpass:0 skip:{skipped} error:0"
        run(checks, 2, sources, counts, options)
    checks.finish()


if __name__ == "__main__":
    main()
