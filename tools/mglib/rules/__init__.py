# SPDX-License-Identifier: MIT
"""The rules of `mg lint`, by subject; what they share."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

from mglib.config import ROOT

KERNEL = ("kernel", "mm")
C_TREES = ("kernel", "mm", "libc", "user", "tools")

Findings = Iterable[str]


def at(path: Path, line: int, sentence: str) -> str:
    return f"{path.relative_to(ROOT)}:{line}: {sentence}"


def files(trees: Iterable[str], suffixes: tuple[str, ...]) -> list[Path]:
    """The files of some trees with some suffixes, sorted."""
    return sorted(path for tree in trees for path in (ROOT / tree).rglob("*")
                  if path.is_file() and path.suffix in suffixes)
