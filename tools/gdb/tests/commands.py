# SPDX-License-Identifier: MIT
"""Proves: each command of the GDB package tells the facts of a guest whose pages are known, before
and after its twins have merged.

timeout: 120
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
from session import NEXT_CALL, PAGES, Session  # noqa: E402

SHARED, PARTED, ZERO = (f"{PAGES[name]:#x}" for name in ("shared", "parted", "zero"))
TWIN_A, TWIN_B, TWIN_C = (f"{PAGES[name]:#x}" for name in ("twin_a", "twin_b", "twin_c"))
UNTOUCHED, OUTSIDE = (f"{PAGES[name]:#x}" for name in ("untouched", "outside"))


def before_merging() -> None:
    """Plain anonymous memory after a fork."""
    s = Session(*NEXT_CALL, "ps", "vmas twins", f"pte twins {SHARED}", "page $pfn", "rmap $pfn",
                f"pte twins {PARTED}", f"pte twins {ZERO}", f"pte twins {UNTOUCHED}",
                f"pte twins {OUTSIDE}", "check", "lists", "stable", "events fork")
    s.expect("ps", "init", "twins", "running on CPU", "AREAS")
    if s.said("ps").count("twins") < 2:
        s.fail("`ps` does not show parent and child", "ps")
    s.expect("vmas twins", "0x10000000", "rw-", "r-x")
    s.expect(f"pte twins {SHARED}", "PML4", "PDPT", "PD ", "PT ", "read-only", "no execute",
             "anonymous, shared or once shared", "read   no fault",
             "write  faults: do_wp_page, then wp_page_copy: 2 references")
    s.expect("page $pfn", "refcount 2", "mapcount 2 (page tables: 2 entries)", "| ANON")
    s.expect_not("page $pfn", "WRONG", "exclusive")
    s.expect("rmap $pfn", "(root)", "maps it", "found 2 entries, mapcount 2: they agree")
    s.expect(f"pte twins {PARTED}", "wp_page_reuse: one reference")
    s.expect(f"pte twins {ZERO}", "zero page", "do_wp_page, then wp_page_copy: the zero page")
    s.expect(f"pte twins {UNTOUCHED}", "read   faults: do_anonymous_zero maps the shared zero page",
             "write  faults: do_anonymous_page maps a zeroed page")
    s.expect(f"pte twins {OUTSIDE}", "area   none", "SIGSEGV")
    s.expect("check", "\n0 violations")
    s.expect_not("check", "WRONG")
    s.expect("lists", "new", "rescan", "unstable", "free frames")
    s.expect("stable", "0 nodes")
    s.expect("events fork", "fork_share", "fork_begin", "fork shares a page")


def of_an_object() -> None:
    """A page of the program itself, which parent and child map from one object."""
    s = Session(*NEXT_CALL, "pte twins 0x401000", "rmap $pfn")
    s.expect("rmap $pfn", "object 0x", "areas in its i_mmap", "maps it", "they agree")
    s.expect_not("rmap $pfn", "found 0 entries")


def after_merging() -> None:
    """The three twins are one frame."""
    s = Session(*NEXT_CALL, *NEXT_CALL, f"pte twins {TWIN_A}", "page $pfn", "rmap $pfn", "stable",
                "unstable", f"pte twins {TWIN_B}", f"pte twins {TWIN_C}", "vmas twins", "lists",
                "check")
    frames = {frame for name in (TWIN_A, TWIN_B, TWIN_C)
              for frame in re.findall(r"frame  (0x[0-9a-f]+): merged", s.said(f"pte twins {name}"))}
    if len(frames) != 1:
        s.fail(f"the twins are not one merged frame but {sorted(frames)}", f"pte twins {TWIN_B}")
    s.expect(f"pte twins {TWIN_A}", "wp_page_copy: a merged page is always copied")
    s.expect("page $pfn", "state    merged", "mapcount 3 (page tables: 3 entries)", "| KSM")
    s.expect("rmap $pfn", "found 3 entries, mapcount 3: they agree")
    s.expect("stable", frames.pop())
    s.expect_not("stable", "stale")
    s.expect("check", "\n0 violations")


before_merging()
of_an_object()
after_merging()
