# SPDX-License-Identifier: MIT
"""How the text of a source lies on the page: format, licence, lengths, columns."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from statistics import median

from mglib import source
from mglib.config import MgError, ROOT
from mglib.rules import C_TREES, Findings, KERNEL, at, files

SPDX_SUFFIXES = (".c", ".h", ".asm", ".ld", ".py", ".sh", ".tbl")
MEDIAN_LENGTH, USUAL_LENGTH, USUAL_SHARE, MOST_LENGTH = 12, 40, 0.9, 80
FILE_LENGTH = 600
COLUMNS = 100


def check_format() -> Findings:
    """clang-format agrees with every C file."""
    paths = [str(path.relative_to(ROOT)) for path in files(C_TREES, (".c", ".h"))]
    if not paths:
        return
    try:
        done = subprocess.run(["clang-format", "--dry-run", "--style=file", *paths], cwd=ROOT,
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise MgError("clang-format is missing: run tools/setup") from None
    pattern = r"^(\S+?):(\d+):\d+: (?:warning|error): code should be clang-formatted"
    for place in dict.fromkeys(re.findall(pattern, done.stderr, re.MULTILINE)):
        yield f"{place[0]}:{place[1]}: not as clang-format would have it"


def check_spdx() -> Findings:
    """The licence stands in the first line, or behind #!."""
    for path in files(("kernel", "mm", "libc", "user", "boot", "tools"), SPDX_SUFFIXES):
        first = path.read_text(encoding="utf-8").splitlines()[:2]
        if first and not any("SPDX-License-Identifier: MIT" in line for line in first):
            yield at(path, 1, "no SPDX-License-Identifier: MIT in the first line")


def check_lengths() -> Findings:
    """Files and functions of the kernel and libc are short."""
    lengths = []
    for path in files((*KERNEL, "libc"), (".c", ".h")):
        text = path.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        if lines > FILE_LENGTH:
            yield at(path, FILE_LENGTH, f"{lines} lines, where a file may have {FILE_LENGTH}")
        for function in source.functions(text):
            lengths.append(function.length)
            if function.length > MOST_LENGTH:
                yield at(path, function.first, f"{function.name}() has {function.length} lines, "
                         f"where a function may have {MOST_LENGTH}")
    if not lengths:
        return
    usual = sum(1 for length in lengths if length <= USUAL_LENGTH) / len(lengths)
    if median(lengths) > MEDIAN_LENGTH:
        yield f"tree:0: the median function has {median(lengths)} lines, above {MEDIAN_LENGTH}"
    if usual < USUAL_SHARE:
        yield f"tree:0: only {usual:.0%} of the functions are within {USUAL_LENGTH} lines"


def in_string(line: str, column: int) -> bool:
    """Whether a string literal has begun before a column and reaches it."""
    return any(token.start() < column <= token.end() and token[0].startswith('"')
               for token in source.TOKEN.finditer(line))


def too_wide(path: Path) -> Findings:
    """The lines of a file that go on past the last column.

    A string of the guest may: a message is written in one piece, so that it is found by its words.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        width = len(line.expandtabs(8))
        if width <= COLUMNS:
            continue
        if path.suffix != ".py" and in_string(line, len(line) - (width - COLUMNS)):
            continue
        yield at(path, number, f"{width} columns, where a line has {COLUMNS}")


def check_columns() -> Findings:
    """No line of a source is wider than the page, comments included; tabs are eight columns."""
    for path in files((*C_TREES, "boot"), (".c", ".h", ".asm", ".py")):
        yield from too_wide(path)
