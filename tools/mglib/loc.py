# SPDX-License-Identifier: MIT
"""`mg loc`: how large each folder is, how its functions are cut. Fails for the story path alone.

For each folder: code lines (no blanks, no comments), functions, the length of the median one, the
share of those within 40 lines, the longest, and the files past 600 lines. Sizes are reported, not
bounded: only the story path, mm/story.list, has a budget, of 1,500 code lines. Sanitizer runtimes,
the lock checker and tests do not count; kernel/abi counts with the kernel. All lengths of functions
count the signature and both braces.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from mglib import source, story
from mglib.config import ROOT

TOPS = ("boot", "kernel", "mm", "libc", "user")
SUFFIXES = (".c", ".h", ".asm", ".tbl")
# What only debug builds run, and *_test: sanitizer runtimes, the lock checker, the tests' frame.
APART = ("ubsan", "asan", "kasan", "kasan_describe", "shadow", "lockdep", "lockcheck", "ktest")
USUAL, LONG_FILE = 40, 600


@dataclass
class Sizes:
    """What was counted below a folder."""

    code: int = 0
    lengths: list[int] = field(default_factory=list)
    longest: str = ""
    long_files: list[str] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """Counts one file."""
        text = path.read_text(encoding="utf-8")
        self.code += source.count_code(source.code_text(path))
        if len(text.splitlines()) > LONG_FILE:
            self.long_files.append(path.name)
        for function in source.functions(text) if path.suffix in (".c", ".h") else []:
            if function.length > max(self.lengths, default=0):
                self.longest = f"{function.length} {function.name}()"
            self.lengths.append(function.length)

    def row(self) -> str:
        """The figures as a line of the table, without the folder."""
        if not self.lengths:
            return f"{self.code:7,}"
        usual = sum(1 for length in self.lengths if length <= USUAL) / len(self.lengths)
        files = f"  past {LONG_FILE} lines: {', '.join(self.long_files)}" if self.long_files else ""
        return (f"{self.code:7,} {len(self.lengths):9,} {median(self.lengths):6.0f} {usual:8.0%}  "
                f"{self.longest}{files}")


def counted(path: Path) -> bool:
    """Whether a file counts at all."""
    apart = path.stem in APART or path.stem.endswith("_test")
    return path.is_file() and path.suffix in SUFFIXES and not apart \
        and not path.is_relative_to(ROOT / "user/tests")


def sizes(folder: Path, below: bool) -> Sizes:
    """The sizes of a folder, with or without the folders in it."""
    total = Sizes()
    for path in sorted(folder.rglob("*") if below else folder.glob("*")):
        if counted(path):
            total.add(path)
    return total


def rooms(top: Path) -> list[Path]:
    """The folders below one that hold sources themselves."""
    return [folder for folder in sorted(top.rglob("*"))
            if folder.is_dir() and any(counted(path) for path in folder.iterdir())]


def main(_command: str, _argv: list[str]) -> int:
    """Prints the table; status 1 if the story path has outgrown its budget."""
    print(f"{'':20} {'code':>7} {'functions':>9} {'median':>6} {f'within {USUAL}':>9}  longest")
    for top in TOPS:
        print(f"{top:20} {sizes(ROOT / top, below=True).row()}")
        for room in rooms(ROOT / top):
            print(f"  {str(room.relative_to(ROOT)):18} {sizes(room, below=False).row()}")
    if not (ROOT / story.LIST).exists():
        return 0
    path = sum(stop.code_lines for stop in story.stops())
    above = "  ABOVE" if path > story.BUDGET else ""
    print(f"{'story path':20} {path:7,} of {story.BUDGET:,}{above}")
    return int(path > story.BUDGET)
