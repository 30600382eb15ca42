# SPDX-License-Identifier: MIT
"""`mg lint`: the conventions that a program can check, each finding as `file:line: sentence`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from statistics import median
from typing import Callable, Iterable

from mglib import build, floors, source, story
from mglib.config import MgError, ROOT, from_environment

KERNEL = ("kernel", "mm")
C_TREES = ("kernel", "mm", "libc", "user", "tools")
SPDX_SUFFIXES = (".c", ".h", ".asm", ".ld", ".py", ".sh", ".tbl")

MEDIAN_LENGTH, USUAL_LENGTH, USUAL_SHARE, MOST_LENGTH = 12, 40, 0.9, 80
FILE_LENGTH = 600
THEORY = range(20, 101)
CONTRACT = range(1, 7)
OBVIOUS = 5  # an inline function of so few lines, braces included, may speak for itself

TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!: \w+ \w+)")
# An empty template is a barrier for the compiler, not an instruction.
INLINE_ASM = re.compile(r"\b(__asm__|asm)\b\s*(volatile|goto)?\s*\((?!\s*\"\")")
PROTOTYPE = re.compile(r"^(?!typedef|#|static_assert|_Static_assert|KTEST)[A-Za-z_][^={;]*\)"
                       r"[^={;()]*(?:__printf\([^)]*\))?\s*;$")

Findings = Iterable[str]


def at(path: Path, line: int, sentence: str) -> str:
    return f"{path.relative_to(ROOT)}:{line}: {sentence}"


def files(trees: Iterable[str], suffixes: tuple[str, ...]) -> list[Path]:
    """The files of some trees with some suffixes, sorted."""
    return sorted(path for tree in trees for path in (ROOT / tree).rglob("*")
                  if path.is_file() and path.suffix in suffixes)


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


def check_words() -> Findings:
    """No unexplained TODO anywhere; inline assembly only in kernel/x86."""
    for path in files(("kernel", "mm", "libc", "user", "boot"), (".c", ".h", ".asm")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if TODO.search(line):
                yield at(path, number, "a TODO without an explanation (`TODO: what and why`)")
    for path in files(KERNEL, (".c", ".h")):
        if path.is_relative_to(ROOT / "kernel/x86"):
            continue
        for number, line in enumerate(source.code_text(path).splitlines(), 1):
            if INLINE_ASM.search(line):
                yield at(path, number, "inline assembly belongs to kernel/x86")


def check_floors() -> Findings:
    """Includes and symbol references go down the floors."""
    config = from_environment()
    build.make(config, "kernel", quiet=True)
    yield from floors.includes()
    yield from floors.references(config.out)


def check_story() -> Findings:
    """The list of the story path names what exists, within its budget."""
    if not (ROOT / story.LIST).exists():
        return
    try:
        total = sum(stop.code_lines for stop in story.stops())
    except MgError as error:
        yield f"{story.LIST}:1: {error}"
        return
    if total > story.BUDGET:
        yield f"{story.LIST}:1: {total} code lines, where {story.BUDGET} are the most"


CHECKS: tuple[Callable[[], Findings], ...] = (
    check_floors, check_format, check_lengths, check_contracts, check_theory, check_words,
    check_spdx, check_story)


def main(_command: str, argv: list[str]) -> int:
    """Runs all checks, or those named (`mg lint floors format`)."""
    names = {check.__name__[len("check_"):]: check for check in CHECKS}
    unknown = [name for name in argv if name not in names]
    if unknown:
        raise MgError(f"lint has no check '{unknown[0]}'; it has {', '.join(names)}")
    failed = 0
    for name in argv or names:
        found = list(names[name]())
        for finding in found:
            print(finding)
        print(f"{'FAIL' if found else 'ok  '} lint/{name}: {len(found)} findings", flush=True)
        failed += bool(found)
    print(f"{len(argv or names) - failed} passed, {failed} failed")
    return int(failed > 0)
