# SPDX-License-Identifier: MIT
"""Addresses of the kernel as functions, files and lines, by addr2line; the same for a log.

The kernel itself knows only its functions (kernel/core/symbols.c): where it says NAME+0xOFFSET the
host adds file and line, and the functions that the compiler has put into that one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PREFIXES = ("x86_64-elf-", "x86_64-linux-gnu-", "")
NAMED = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*)\+0x([0-9a-f]+)")
ALONE = re.compile(r"^(\[[ .\d]+\] )?\s+([A-Za-z_][\w.]*\+0x[0-9a-f]+)\s*$")
PLACE = re.compile(r"^(?:\./)?(.+):(\d+)(?: \(.*\))?$")


@dataclass(frozen=True)
class Frame:
    """A place of the source; where a function was inlined several belong to one address."""

    function: str
    path: str  # from the tree's folder
    line: int


def ask(tool: str, *options: str, words: str = "") -> str:
    """What a tool of the compiler's says; empty if there is none, or no kernel."""
    name = next((prefix + tool for prefix in PREFIXES if shutil.which(prefix + tool)), None)
    if not name:
        return ""
    return subprocess.run([name, *options], input=words, text=True, check=False,
                          capture_output=True).stdout


def lookup(kernel: Path, addresses: list[str]) -> dict[str, list[Frame]]:
    """The frames of each address (0x...), innermost first; none for what has no line."""
    if not addresses:
        return {}
    said = ask("addr2line", "-a", "-f", "-i", "-e", str(kernel), words="\n".join(addresses))
    found: dict[str, list[Frame]] = {}
    at = ""
    function = ""
    for line in said.splitlines():
        place = PLACE.match(line)
        if line.startswith("0x"):
            at, function = hex(int(line, 16)), ""
            found[at] = []
        elif place and function:
            path = place[1].rpartition("//")[2]  # NASM's begins with its folder
            found[at].append(Frame(function, path, int(place[2])))
            function = ""
        elif not function:
            function = line
        else:
            function = ""  # `??:?`
    return found


def function_addresses(kernel: Path) -> dict[str, int]:
    """Where each function of the kernel begins."""
    rows = (line.split() for line in ask("nm", str(kernel)).splitlines())
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3 and row[1] in "tTwW"}


def with_lines(line: str, frames: list[Frame]) -> list[str]:
    """A line of the log with the places of its address: of a call chain one line for each frame."""
    if not frames:
        return [line]
    places = [f"{frame.path}:{frame.line}" for frame in frames]
    alone = ALONE.match(line)
    if not alone:
        inside = f" in {frames[0].function}()" if len(frames) > 1 else ""
        return [f"{line.rstrip()} ({places[0]}{inside})"]
    names = [*(frame.function for frame in frames[:-1]), alone[2]]
    ends = [*(" (inlined)" for _ in frames[:-1]), ""]
    return [f"{alone[1] or ''}  {name:32} {place}{end}"
            for name, place, end in zip(names, places, ends)]


def annotate(log: str, kernel: Path) -> str:
    """The log with file and line wherever it names an address of the kernel."""
    lines = log.splitlines(keepends=True)
    named = {number: match for number, line in enumerate(lines) if (match := NAMED.search(line))}
    if not named:
        return log
    starts = function_addresses(kernel)
    at = {number: hex(starts[match[1]] + int(match[2], 16)) for number, match in named.items()
          if match[1] in starts}
    found = lookup(kernel, sorted(set(at.values())))
    said = []
    for number, line in enumerate(lines):
        bare = line.rstrip("\r\n")
        rows = with_lines(bare, found.get(at.get(number, ""), []))
        said.append("\n".join(rows) + line[len(bare):])
    return "".join(said)
