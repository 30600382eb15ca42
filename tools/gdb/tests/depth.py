# SPDX-License-Identifier: MIT
"""Proves: from pksm_scan() to the event `replace`, and from do_page_fault() to `anon_new`, a
backtrace has no more frames than is said here. Inlined functions and both ends count; the output
of this test shows the longest chain of each.

timeout: 120
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
from session import NEXT_CALL, Session  # noqa: E402

FRAME = re.compile(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\w+) \(", re.MULTILINE)
LOOK = ("continue", "backtrace")


def chain(trace: str, top: str) -> list[str]:
    """The functions of a backtrace from `top` down to the report of the event."""
    names = FRAME.findall(trace)
    return names[names.index(top)::-1] if top in names else []


def deepest(s: Session, top: str) -> list[str]:
    """The longest chain below `top` among all backtraces of a session."""
    traces = re.split(r"^#0 ", s.said("backtrace"), flags=re.MULTILINE)[1:]
    return max((chain(f"#0 {trace}", top) for trace in traces), key=len, default=[])


def expect_depth(s: Session, top: str, event: str, most: int) -> None:
    """Fails unless the event was seen below `top`, and within so many frames."""
    names = deepest(s, top)
    print(f"{len(names)} frames from {top}() to the event {event}, at most {most}:")
    print("".join(f"  {number:2} {name}\n" for number, name in enumerate(names, 1)))
    if not 0 < len(names) <= most:
        s.fail(f"{len(names)} frames from {top}() to {event}, not 1 to {most}", "backtrace")


def main() -> None:
    # A merge of two, one with a merged page, and the zero page: the replacements of the twins.
    merge = Session(*NEXT_CALL, "break-event replace", *LOOK * 3)
    expect_depth(merge, "pksm_scan", "replace", 10)
    # The program maps its area, then touches each page of it.
    fault = Session("tbreak sys_mmap", "continue", "break-event anon_new", *LOOK * 4)
    expect_depth(fault, "do_page_fault", "anon_new", 8)


main()
