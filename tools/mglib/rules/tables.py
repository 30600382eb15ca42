# SPDX-License-Identifier: MIT
"""Two tables of mm/README.md: who meets whom, and the names of the literature.

`## Who meets whom` is a matrix of the operations. A cell says what orders the pair and names a
test, `user/NAME` or `kernel/NAME`, in backticks; or `—: reason` why there is none; or `as ROW ×
COLUMN`; or `·` for a pair that stands on the other side of the diagonal.

`## Names of the literature` has rows `| name | here | or why not |`: the names that it gives in
backticks under `here` exist in the tree, and so do those under `name` where `here` says the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Iterator

from mglib.config import ROOT
from mglib.rules import Findings, names

CHAPTER = "mm/README.md"
MATRIX, LITERATURE = "Who meets whom", "Names of the literature"
OPERATIONS = ("fault", "fork", "zap", "mprotect", "exec", "pin", "join", "part", "switch",
              "page-in")
TICKED = re.compile(r"`([^`]+)`")
TEST = re.compile(r"^(user|kernel|gdb|tool|host)/([\w-]+)$")
LIKE = re.compile(r"^as ([\w-]+) × ([\w-]+)")
REASON = re.compile(r"^[—–-]: *\S+ +\S+")
IDENTIFIER = re.compile(r"^(?:(?:struct|enum|union) )?([A-Za-z_]\w*)(?:\(\))?$")
PLACE = re.compile(r"^([\w./-]+\.[a-z]+):([A-Za-z_]\w*)$")

Row = tuple[int, list[str]]  # line, from 1, and the cells


def section(title: str) -> Iterator[tuple[int, str]]:
    """The lines under a heading of the chapter, to the next of its level, with their numbers."""
    path = ROOT / CHAPTER
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("## "):
            inside = names.plain(line[3:]) == names.plain(title)
        elif inside:
            yield number, line


def rows(title: str) -> list[Row]:
    """The rows of the tables in a section, heads included, without the rules under these."""
    return [(number, [cell.strip() for cell in line.strip().strip("|").split("|")])
            for number, line in section(title)
            if line.startswith("|") and not re.match(r"^\|[-:| ]+\|$", line)]


@lru_cache
def kernel_tests() -> frozenset[str]:
    """The tests inside the kernel."""
    return frozenset(re.findall(r"^KTEST\((\w+)", names.code(), re.MULTILINE))


def is_test(name: str) -> bool:
    """Whether `KIND/NAME` is a test of the tree."""
    match = TEST.match(name)
    if not match:
        return False
    kind, test = match.groups()
    folders = {"user": ("user/tests", "c"), "gdb": ("tools/gdb/tests", "py"),
               "tool": ("tools/tests", "py"), "host": ("tools/hosttest", "c")}
    if kind == "kernel":
        return test in kernel_tests()
    folder, ending = folders[kind]
    return (ROOT / folder / f"{test}.{ending}").exists()


def cell_fault(cell: str, row: int, column: int, operations: list[str]) -> str:
    """What is wrong with a cell; empty if nothing is."""
    if cell == "·":
        return "" if row > column else "leaves to the other half what stands in this one"
    if cell.startswith(("—", "–", "-:")):
        return "" if REASON.match(cell) else "has neither a test nor a reason"
    like = LIKE.match(cell)
    if like:
        strange = [name for name in like.groups() if name not in operations]
        return f"refers to {strange[0]}, which is no operation" if strange else ""
    tests = [name for name in TICKED.findall(cell) if TEST.match(name)]
    missing = [name for name in tests if not is_test(name)]
    if missing:
        return f"names {missing[0]}, which is no test"
    return "" if tests else "names no test in backticks"


def check_matrix() -> Findings:
    """Every pair of operations in mm/ has its order and its test, or a reason."""
    if not (ROOT / CHAPTER).exists() or not rows(MATRIX):
        return
    (first, head), *body = rows(MATRIX)
    operations = head[1:]
    for name in OPERATIONS:
        if name not in operations:
            yield f"{CHAPTER}:{first}: the matrix has no column {name}"
    if [cells[0] for _, cells in body] != operations:
        yield f"{CHAPTER}:{first}: the rows of the matrix are not its columns"
        return
    for row, (line, (name, *cells)) in enumerate(body):
        if len(cells) != len(operations):
            yield f"{CHAPTER}:{line}: {len(cells)} cells, where there are {len(operations)} columns"
        for column, (cell, other) in enumerate(zip(cells, operations)):
            fault = cell_fault(cell, row, column, operations)
            if fault:
                yield f"{CHAPTER}:{line}: {name} × {other} {fault}"


def exists(name: str) -> bool:
    """Whether the tree has what stands in backticks: a name, a file, or a name of a file."""
    place = PLACE.match(name)
    if place:
        return place[1] in names.ends() and place[2] in names.words()
    identifier = IDENTIFIER.match(name)
    if identifier:
        return identifier[1] in names.words()
    if "/" in name:
        return name.rstrip("/") in names.ends() or is_test(name)
    return True  # a piece of code, a command


def check_literature() -> Findings:
    """What the table of the literature's names says is here is here."""
    if not (ROOT / CHAPTER).exists():
        return
    for line, cells in rows(LITERATURE):
        if cells[0] == "name":
            continue
        if len(cells) != 3:
            yield f"{CHAPTER}:{line}: {len(cells)} cells, where a row has name, here, or why not"
            continue
        name, here, why_not = cells
        if not here and not why_not:
            yield f"{CHAPTER}:{line}: {name} is neither here nor is it said why not"
        given = TICKED.findall(here) + (TICKED.findall(name) if here.startswith("the same") else [])
        for one in given:
            if not exists(one):
                yield f"{CHAPTER}:{line}: {one} is no name of the tree"
