# SPDX-License-Identifier: MIT
"""Looking at C source as the checks need it: code lines, functions, comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# A string or character literal, or a comment: whichever begins first.
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.DOTALL)
ASM_COMMENT = re.compile(r";.*")
NAME = re.compile(r"(\w+)\s*\(")
NOT_FUNCTIONS = {"__attribute__", "__aligned", "__section", "__packed", "defined", "static_assert",
                 "_Static_assert"}


def blank_comments(text: str) -> str:
    """The text with comments turned into spaces, so that lines and columns stay."""
    def blank(match: re.Match[str]) -> str:
        token = match[0]
        return re.sub(r"[^\n]", " ", token) if token.startswith("/") else token

    return TOKEN.sub(blank, text)


def code_text(path: Path) -> str:
    """A source file without its comments."""
    text = path.read_text(encoding="utf-8")
    return ASM_COMMENT.sub("", text) if path.suffix == ".asm" else blank_comments(text)


def count_code(text: str) -> int:
    """Lines that hold more than blanks, in a text without comments."""
    return sum(1 for line in text.splitlines() if line.strip())


@dataclass(frozen=True)
class Function:
    """A function's definition; lines count from 1, `first` is its signature's first line."""

    name: str
    first: int
    last: int

    @property
    def length(self) -> int:
        """Lines from the signature to the closing brace."""
        return self.last - self.first + 1


def function_name(signature: str) -> str:
    """The name in a signature; empty if this is no function."""
    names = [name for name in NAME.findall(signature) if name not in NOT_FUNCTIONS]
    return names[0] if names and not signature.startswith(("#", "typedef")) else ""


def functions(text: str) -> list[Function]:
    """The function definitions of a file: in our style both braces stand in the first column."""
    lines = blank_comments(text).splitlines()
    found = []
    for number, line in enumerate(lines):
        if line.rstrip() != "{":
            continue
        first = number
        while first > 0 and re.match(r"\S|\s+\S", lines[first - 1]) \
                and not lines[first - 1].rstrip().endswith(("}", ";", "*/")) \
                and not lines[first - 1].startswith("#"):
            first -= 1
        last = next((n for n in range(number, len(lines)) if lines[n].startswith("}")), number)
        name = function_name(" ".join(lines[first:number]))
        if name:
            found.append(Function(name, first + 1, last + 1))
    return found


def comment_above(lines: list[str], number: int) -> tuple[int, int] | None:
    """First and last line (from 0) of the comment that ends right above line `number` (from 0)."""
    last = number - 1
    if last < 0 or not lines[last].rstrip().endswith("*/"):
        return None
    first = last
    while first > 0 and "/*" not in lines[first]:
        first -= 1
    return first, last
