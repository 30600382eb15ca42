# SPDX-License-Identifier: MIT
"""What a file says of itself: contracts above public functions, theory statements in mm/."""

from __future__ import annotations

import re

from mglib import source
from mglib.rules import Findings, KERNEL, at, files

THEORY = range(20, 101)
CONTRACT = range(1, 7)
OBVIOUS = 5  # an inline function of so few lines, braces included, may speak for itself

PROTOTYPE = re.compile(r"^(?!typedef|#|static_assert|_Static_assert|KTEST)[A-Za-z_][^={;]*\)"
                       r"[^={;()]*(?:__printf\([^)]*\))?\s*;$")


def declarations(text: str) -> list[tuple[int, int]]:
    """First and last line (from 0) of every prototype and longer inline function of a header."""
    code = source.blank_comments(text).splitlines()
    found = [(f.first - 1, f.last - 1) for f in source.functions(text)]
    inside = {n for first, last in found for n in range(first, last + 1)}
    number = 0
    while number < len(code):
        last = number
        joined = code[number]
        while joined and joined[0].isalpha() and not joined.rstrip().endswith((";", "{", "\\")) \
                and last + 1 < len(code) and last - number < 8:
            last += 1
            joined = f"{joined.rstrip()} {code[last].strip()}"
        if number not in inside and PROTOTYPE.match(joined.strip()) and "(*" not in joined:
            found.append((number, last))
        number = last + 1 if number not in inside else number + 1
    return sorted((first, last) for first, last in found
                  if first not in inside or last - first + 1 > OBVIOUS)


def private(signature: str) -> bool:
    """Whether the name says that nobody else may call it."""
    return source.function_name(signature).startswith("__")


def check_contracts() -> Findings:
    """Every public function has a contract above it, or above the run of lines it stands in."""
    for path in files(KERNEL, (".h",)):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        covered = -2  # last line of the run whose head has a contract
        for first, last in declarations(text):
            comment = source.comment_above(lines, first)
            if comment and comment[1] - comment[0] + 1 > CONTRACT[-1] + 2:
                yield at(path, first + 1, f"a contract of more than {CONTRACT[-1]} lines")
            if comment or covered == first - 1 or private(lines[first]):
                covered = last
                continue
            yield at(path, first + 1, f"no contract above: {lines[first].strip()}")


def check_theory() -> Findings:
    """Every source file of mm/ opens with a theory statement."""
    for path in files(("mm",), (".c",)):
        lines = path.read_text(encoding="utf-8").splitlines()
        start = next((n for n, line in enumerate(lines[1:], 1) if line.strip()), 1)
        end = next((n for n, line in enumerate(lines[start:], start) if "*/" in line), start)
        length = end - start + 1 if lines[start:] and lines[start].startswith("/*") else 0
        if length not in THEORY:
            yield at(path, start + 1, f"a theory statement of {length} lines, "
                     f"where {THEORY[0]} to {THEORY[-1]} are due")
