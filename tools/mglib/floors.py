# SPDX-License-Identifier: MIT
"""The floors of the house (tools/floors): a file includes and calls only its own line or below."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterable

from mglib.config import ROOT

INCLUDE = re.compile(r'^\s*#\s*include\s*"((?:kernel|mm)/[^"]+)"', re.MULTILINE)

# Calls that the compiler puts into any file, whatever its floor.
FROM_COMPILER = re.compile(r"__(ubsan|asan|stack_chk)_")


@dataclass(frozen=True)
class Floor:
    """A line of the list; the lowest has rank 0."""

    rank: int
    path: str


@lru_cache
def house() -> tuple[Floor, ...]:
    """The list; the longest paths come first."""
    lines = ((ROOT / "tools/floors").read_text().splitlines())
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    found = [Floor(rank, path) for rank, line in enumerate(lines) for path in line.split()]
    return tuple(sorted(found, key=lambda floor: -len(floor.path)))


def floor_of(name: str) -> Floor | None:
    """The floor of a file; None for what stands outside (kernel/abi, boot)."""
    for floor in house():
        if name == floor.path or name.startswith((f"{floor.path}/", f"{floor.path}.")):
            return floor
    return None


def climbs(user: str, used: str) -> str:
    """Why `user` may not use `used`; empty if it may."""
    above, here = floor_of(used), floor_of(user)
    if above is None or here is None or above.rank <= here.rank:
        return ""
    return f"{here.path} stands below {above.path}"


def includes() -> Iterable[str]:
    """Findings among the #include lines."""
    for top in ("kernel", "mm"):
        for path in sorted((ROOT / top).rglob("*.[ch]")):
            name, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
            if floor_of(name) is None and not name.startswith("kernel/abi/"):
                yield f"{name}:1: this file is on no floor of tools/floors"
            for match in INCLUDE.finditer(text):
                if reason := climbs(name, match[1]):
                    line = text.count("\n", 0, match.start(1)) + 1
                    yield f"{name}:{line}: includes {match[1]}, but {reason}"


@lru_cache
def nm() -> str:
    """The one that belongs to the compiler: the host's own may know no such objects."""
    return f"x86_64-{'elf' if shutil.which('x86_64-elf-gcc') else 'linux-gnu'}-nm"


def symbols(objects: Path, sources: list[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Who defines each symbol, and who refers to which, from the objects' symbol tables."""
    defined: dict[str, str] = {}
    wanted: list[tuple[str, str]] = []
    for name in sources:
        listing = subprocess.run([nm(), "-P", str(objects / f"{name}.o")], capture_output=True,
                                 text=True, check=True).stdout
        for line in listing.splitlines():
            symbol, kind = line.split()[:2]
            if kind in "Uwv":
                wanted.append((name, symbol))
            elif kind.isupper():
                defined[symbol] = name
    return defined, wanted


def line_of(name: str, symbol: str) -> int:
    """Where a file speaks of a symbol first; 1 if only a macro does."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pattern = re.compile(rf"\b{re.escape(symbol)}\b")
    return next((n for n, line in enumerate(lines, 1) if pattern.search(line)), 1)


def built(build: Path) -> list[str]:
    """The sources of kernel/ and mm/ that a build has objects of, those that have gone left out."""
    objects = build / "obj"
    names = (str(path.relative_to(objects))[:-len(".o")] for top in ("kernel", "mm")
             for path in sorted((objects / top).rglob("*.o")))
    return [name for name in names if (ROOT / name).exists()]


def references(build: Path) -> Iterable[str]:
    """Findings among the symbols that the objects of a built kernel refer to."""
    defined, wanted = symbols(build / "obj", built(build))
    for name, symbol in wanted:
        used = defined.get(symbol)
        if not used or FROM_COMPILER.match(symbol):
            continue
        if reason := climbs(name, used):
            yield f"{name}:{line_of(name, symbol)}: calls {symbol} of {used}, but {reason}"
