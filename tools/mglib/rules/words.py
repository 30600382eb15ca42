# SPDX-License-Identifier: MIT
"""What may not stand in code: a bare TODO, inline assembly outside kernel/x86; code that hides what
it does; a verb that several files mean differently."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from mglib import source
from mglib.config import ROOT
from mglib.rules import Findings, KERNEL, at, files

TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!: \w+ \w+)")
# An empty template is a barrier for the compiler, not an instruction.
INLINE_ASM = re.compile(r"\b(__asm__|asm)\b\s*(volatile|goto)?\s*\((?!\s*\"\")")


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


STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(?:.*\\\n)*.*$", re.MULTILINE)
DEFINES = re.compile(r"\w[\w \t*#]*[ \t*#](?!(?:if|for|while|switch|do)\b)"
                     r"[\w#]+\s*\([^{}]*\)[^{};()]*\{")
# Not a word of C++ that is a variable here: a field may be called class, as a lock's is.
CPP_WORD = re.compile(r"(?<![\w.>])(new|class)\b(?=\s*[,;)=\[])")
HEAD = re.compile(r"\b(if|while|for|switch)\s*\(")


def bare_code(path: Path) -> str:
    """A source without comments, and without what its strings say."""
    text = source.code_text(path)
    return STRING.sub(lambda match: '"' + " " * (len(match[0]) - 2) + '"', text)


def line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def structures(text: str) -> Iterator[range]:
    """Where the bodies of structures are, whose fields are no variables."""
    for match in re.finditer(r"\b(?:struct|union)\s+\w*\s*(?:__\w+\s*)*\{", text):
        yield range(match.end(), closing(text, match.end()))


def closing(text: str, start: int) -> int:
    """Where the bracket closes that has been opened right before `start`."""
    depth = 1
    for offset in range(start, len(text)):
        depth += (text[offset] in "([{") - (text[offset] in ")]}")
        if not depth:
            return offset
    return len(text)


def split_flat(text: str, separator: str) -> list[str]:
    """A text in its parts between separators that stand in no bracket."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == separator and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def hiding_macros(text: str) -> Iterator[tuple[int, str]]:
    """Macros that return from the function that uses them; one that defines a function may."""
    for match in MACRO.finditer(text):
        for end in re.finditer(r"\breturn\b", match[0]):
            before = match[0][:end.start()].partition(match[1])[2]
            if not DEFINES.search(before) and not re.search(r"\\\n\s*static\b", before):
                yield match.start(), f"the macro {match[1]} hides a return"
                break


def commas(text: str) -> Iterator[tuple[int, str]]:
    """Comma operators in the heads of statements and in what a return returns.

    A for may step two variables at once, as long as it calls nothing there.
    """
    macros = [range(*match.span()) for match in MACRO.finditer(text)]
    for match in HEAD.finditer(text):
        if any(match.start() in macro for macro in macros):
            continue
        head = text[match.end():closing(text, match.end())]
        parts = split_flat(head, ";")
        looked_at = parts
        if match[1] == "for" and len(parts) == 3:
            looked_at = parts[1:] if "(" in parts[2] else parts[1:2]
        if any(len(split_flat(part, ",")) > 1 for part in looked_at):
            yield match.start(), f"a comma operator in the head of a {match[1]}"
    for match in re.finditer(r"\breturn\b([^;{}]*);", text):
        if len(split_flat(match[1], ",")) > 1:
            yield match.start(), "a comma operator in a return"


def nested_choices(text: str) -> Iterator[tuple[int, str]]:
    """A ?: whose branches choose again."""
    for match in re.finditer(r"\?", text):
        depth = 0
        for letter in text[match.end():]:
            depth += (letter in "([{") - (letter in ")]}")
            if depth < 0 or letter in ";{}" or (letter == "," and not depth):
                break
            if letter == "?":
                yield match.start(), "a ?: within a ?:"
                break


def variables(text: str) -> Iterator[tuple[int, str]]:
    """Variables and parameters whose names are words of C++."""
    fields = list(structures(text))
    for match in CPP_WORD.finditer(text):
        in_field = any(match.start() in field for field in fields)
        before = text[max(0, match.start() - 200):match.start()]
        declared = re.search(r"(?:\w[ \t]+|\*[ \t]*|^|[(,]\s*)$", before)
        if declared and (not in_field or before.count("(") > before.count(")")):
            yield match.start(), f"a variable called {match[1]}"


def check_plain() -> Findings:
    """No macro that returns, no variable called new or class; in the kernel no comma operator and
    no ?: in a ?:."""
    for path in files(("kernel", "mm", "libc", "user"), (".c", ".h")):
        text = bare_code(path)
        rules = (hiding_macros, variables)
        if path.relative_to(ROOT).parts[0] in KERNEL:
            rules += (commas, nested_choices)
        found = [one for rule in rules for one in rule(text)]
        told: set[tuple[int, str]] = set()
        for offset, sentence in sorted(found):
            line = line_at(text, offset)
            if (line, sentence) not in told:
                yield at(path, line, sentence)
            told.add((line, sentence))


# Names of the literature that more than one file has by right, each in its own room.
OF_MANY = {"cmp_and_merge_page"}


def check_verbs() -> Findings:
    """A static function has a name of its own: a breakpoint, a backtrace mean one place."""
    places: dict[str, list[tuple[Path, int]]] = {}
    for path in files(KERNEL, (".c",)):
        if path.stem.endswith("_test"):
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for function in source.functions(text):
            if lines[function.first - 1].startswith("static"):
                places.setdefault(function.name, []).append((path, function.first))
    for name, found in sorted(places.items()):
        for path, line in found if len(found) > 1 and name not in OF_MANY else []:
            others = ", ".join(str(other.relative_to(ROOT)) for other, _ in found if other != path)
            yield at(path, line, f"{name}() is a static function of {others}, too")
