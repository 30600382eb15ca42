# SPDX-License-Identifier: MIT
"""Proves: merge-walk stops at each step of a first merge and of a later one, in order, and shows
the values before and after.

timeout: 120
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
from session import NEXT_CALL, PAGES, Session  # noqa: E402

PROTECT = ["merge_protect", "wrprotect", "merge_protected"]
MOVE = ["compare", "append", "replace", "merge_done"]
FIRST = [*PROTECT, "promote", "merge_locked", *PROTECT, *MOVE, "stable_insert", "page_free"]
LATER = ["merge_locked", *PROTECT, *MOVE, "page_free"]
UNDONE = [*PROTECT, "promote", "merge_locked", "merge_fail", "demote"]
# The child maps the cleared page too.
ZERO = ["merge_locked", "merge_protect", "wrprotect", "wrprotect", "merge_protected", "zero_merge",
        "replace", "replace", "merge_done", "page_free"]

TWIN, CLEARED = f"{PAGES['twin_a']:#x}", f"{PAGES['cleared']:#x}"
WALK, AGAIN, NEXT = "merge-walk $pfn", "merge-walk $kpfn", "merge-walk"


def steps(s: Session, command: str) -> list[str]:
    return re.findall(r"^\[\d+\] (\w+)", s.said(command), re.MULTILINE)


def expect_steps(s: Session, command: str, expected: list[str]) -> None:
    seen = steps(s, command)
    if seen != expected:
        s.fail(f"the steps were {seen}, not {expected}", command)


def twins() -> None:
    """Two pages become one merged page, which then absorbs the third."""
    s = Session(*NEXT_CALL, f"pte twins {TWIN}", "page $pfn", WALK, AGAIN, "check")
    expect_steps(s, WALK, FIRST)
    s.expect(WALK, "a first merge:", "flags anon_exclusive",
             "writable, user, accessed, no execute -> user", "| ANON -> ", "| KSM",
             "records 1 -> 2", "refcount 2 -> 1", "mapcount 1 -> 2", "(+1)", "next: ")
    expect_steps(s, AGAIN, LATER)
    s.expect(AGAIN, "is to be absorbed by merged frame", "mapcount 2 -> 3", "mapcount 1 -> 0",
             "(+1)")
    s.expect("check", "\n0 violations")


def demotion() -> None:
    """The partner fails, and the promoted page becomes what it was. Which two of the three twins
    meet first is the scanner's affair, and the cleared page may come before them; so the next two
    merges are followed, whosever they are."""
    s = Session(*NEXT_CALL, "set var event_fails[EV_append] = 1", "set var fail_armed = 1",
                NEXT, NEXT, "check")
    seen = steps(s, NEXT)
    if seen[:len(UNDONE)] != UNDONE and seen[len(ZERO):] != UNDONE:
        s.fail(f"neither merge was undone: {seen}", NEXT)
    s.expect(NEXT, "| KSM -> ", "node   records 1 -> 0")
    s.expect("check", "\n0 violations")


def zeros() -> None:
    """A page of zeros gives way to the zero page."""
    s = Session(*NEXT_CALL, f"pte twins {CLEARED}", WALK, f"pte twins {CLEARED}", "check")
    expect_steps(s, WALK, ZERO)
    s.expect(WALK, "is to give way to the zero page", "zero page, put there by a merge")
    s.expect("check", "\n0 violations")


twins()
demotion()
zeros()
