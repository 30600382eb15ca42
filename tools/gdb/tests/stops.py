# SPDX-License-Identifier: MIT
"""Proves: break-event stops at the event it names and no other, deleting it disarms the event;
commands refuse in one sentence what they cannot do; `check` finds what has been broken by hand.

timeout: 120
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
from session import NEXT_CALL, PAGES, Session  # noqa: E402

SHARED = f"{PAGES['shared']:#x}"


def stops() -> None:
    """Events as stopping places."""
    s = Session("ps", "run", "tbreak sys_fork", "continue", "break-event fork_shared",
                "break-event fork_share", "events fork_share", "continue", "delete",
                "events fork_sha")
    s.expect("ps", "has not built its frame map yet")
    s.expect("run", "QEMU")
    s.expect("break-event fork_shared", "no event is called 'fork_shared'; did you mean fork_share")
    s.expect("events fork_share", "gdb")
    s.expect("continue", "event fork_share pfn=0x", "fork shares a page")
    s.expect_not("events fork_sha", "gdb")


def findings() -> None:
    """What mm_check would find, seen from outside."""
    s = Session(*NEXT_CALL, f"pte twins {SHARED}", "pte 4711 0", "page 0xdead00000000",
                "rmap", "set var $page($pfn)->mapcount.counter = 7", "page $pfn", "check")
    s.expect("pte 4711 0", "no process 4711")
    s.expect("page 0xdead00000000", "no frame number")
    s.expect("rmap", "usage: rmap PFN")
    s.expect("page $pfn", "mapcount 7 (page tables: 2 entries: WRONG)")
    s.expect("check", "WRONG  mapcount = entries that map the frame: 1",
             "mapcount 7, but 2 entries", "1 violations")


stops()
findings()
