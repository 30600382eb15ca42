# SPDX-License-Identifier: MIT
"""`mg loc`: code lines (no blanks, no comments) against the budgets.

Sanitizer runtimes, the lock checker and tests do not count; kernel/abi counts with the kernel.
"""

from __future__ import annotations

from pathlib import Path

from mglib import source, story
from mglib.config import ROOT

BUDGETS = {"kernel": 8000, "mm": 8000, "libc": 6600}
SUFFIXES = (".c", ".h", ".asm", ".tbl")
# What only debug builds run, and *_test: sanitizer runtimes, the lock checker, the tests' frame.
APART = ("ubsan", "asan", "kasan", "kasan_describe", "shadow", "lockdep", "ktest")


def counted(path: Path) -> bool:
    apart = path.stem in APART or path.stem.endswith("_test")
    return path.suffix in SUFFIXES and not apart


def folder_lines(folder: Path) -> int:
    """Code lines below a folder."""
    files = [path for path in folder.rglob("*") if counted(path)]
    return sum(source.count_code(source.code_text(path)) for path in files)


def main(_command: str, _argv: list[str]) -> int:
    """Prints the table; status 1 if a budget is exceeded."""
    rows: list[tuple[str, int, int | None]] = []
    for name, budget in BUDGETS.items():
        for sub in sorted(path for path in (ROOT / name).iterdir() if path.is_dir()):
            rows.append((f"  {name}/{sub.name}", folder_lines(sub), None))
        rows.append((name, folder_lines(ROOT / name), budget))
    if (ROOT / story.LIST).exists():
        rows.append(("story path", sum(stop.code_lines for stop in story.stops()), story.BUDGET))
    print(f"{'':18} {'code lines':>10} {'budget':>7}")
    above = False
    for name, lines, most in rows:
        over = most is not None and lines > most
        above |= over
        print(f"{name:18} {lines:10} {most or '':>7}{'  ABOVE' if over else ''}")
    return int(above)
