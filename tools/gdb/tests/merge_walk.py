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

FIRST = ["merge_protect", "wrprotect", "merge_protected", "promote", "merge_locked",
         "merge_protect", "wrprotect", "merge_protected", "compare", "append", "replace", "merge_done",
         "stable_insert", "page_free"]
LATER = ["merge_locked", "merge_protect", "wrprotect", "merge_protected", "compare", "append",
         "replace", "merge_done", "page_free"]

TWIN = f"{PAGES['twin_a']:#x}"
WALK, AGAIN = "merge-walk $pfn", "merge-walk $kpfn"

s = Session(*NEXT_CALL, f"pte twins {TWIN}", "page $pfn", WALK, AGAIN, "events merge", "check")


def steps(text: str) -> list[str]:
    return re.findall(r"^\[\d+\] (\w+)", text, re.MULTILINE)


if steps(s.said(WALK)) != FIRST:
    s.fail(f"the first merge went {steps(s.said(WALK))}", WALK)
s.expect(WALK, "a first merge:", "flags anon_exclusive",
         "writable, user, accessed, no execute -> user", "| ANON -> ", "| KSM", "records 1 -> 2",
         "refcount 2 -> 1", "mapcount 1 -> 2", "(+1)", "next: ")
if steps(s.said(AGAIN)) != LATER:
    s.fail(f"the later merge went {steps(s.said(AGAIN))}", AGAIN)
s.expect(AGAIN, "is to be absorbed by merged frame", "mapcount 2 -> 3", "mapcount 1 -> 0", "(+1)")
