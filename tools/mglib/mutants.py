# SPDX-License-Identifier: MIT
"""The mutants of mm/: small changes of its text, each of which could be a slip.

Coccinelle finds the places (tools/mutate/places.cocci); here a place becomes an edit. The kinds:

    flush     a flush of a TLB, or of a batch, is left out
    recheck   after taking a lock, an `if` that looks again and turns back is left out
    lock      a lock is not taken, nor given back
    count     a count is left as it was
    swap      two statements in the wrong order
    off       off by one: `<` and `<=`, `>` and `>=`; a `+ 1` or `- 1` left out
    negate    the condition of an `if` the wrong way round

A mutant's name is FILE:FUNCTION:KIND:N, the Nth of its kind in that function. An edit keeps the
number of lines, so that a line number means the same before and after.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mglib import source
from mglib.config import MgError, ROOT

PLACES = ROOT / "tools/mutate/places.cocci"
KINDS = ("flush", "recheck", "lock", "count", "swap", "off", "negate")

# Tests, and what only looks or reports: a slip there is none of the kernel's.
LEFT_OUT = re.compile(r"_test\.c$|^mm/check\.c$|/page_debug\.c$|/kasan_describe\.c$")
ONLY_LOOKS = re.compile(r"^(check_|expect_|assert_)|_check$")
ONLY_TELLS = re.compile(r"(ASSERT|BUG|BUG_ON|EVENT|CHECK_THAT|assert_\w+|pr_\w+|printk\w*)$")

FLUSH = re.compile(r"(flush|shootdown)(?!_later)")
GUARD = re.compile(r"[A-Z]+_GUARD$")
LOCK = re.compile(r"(^|_)lock(?!ptr|dep)|_acquire$|_take$|_begin$")
COUNT = re.compile(r"^(atomic\w*_(inc|dec|add|sub)|(get|put)_(page|anon_vma)$|count_|\w+_count_"
                   r"|page_(add|remove)_\w*rmap|\w+_account)")
TURNS_BACK = re.compile(r"\s*(return\b|goto\b|continue\b|break\b)")
NEAR = 6  # lines between a lock and the look after it
OTHER_ORDER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


@dataclass(frozen=True)
class Edit:
    """Other text for a stretch of a file."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mutant:
    """One slip."""

    name: str
    kind: str
    path: str  # from the tree's folder
    function: str
    first: int  # lines of the text that it touches
    last: int
    extent: tuple[int, int]  # the lines of the function
    edits: tuple[Edit, ...]

    def apply(self, text: str) -> str:
        """The file with the slip in it."""
        for edit in sorted(self.edits, key=lambda edit: -edit.start):
            text = text[:edit.start] + edit.text + text[edit.end:]
        return text


@dataclass(frozen=True)
class Place:
    """A match of a rule of places.cocci."""

    rule: str
    path: str
    function: str
    at: tuple[tuple[int, int], ...]  # line and column, for each position


class Text:
    """A source file: positions as offsets, and where things end. Comments count as blanks."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.code = source.blank_comments(text)
        self.starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def offset(self, at: tuple[int, int]) -> int:
        return self.starts[at[0] - 1] + at[1]

    def line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def statement_start(self, offset: int) -> int:
        """Where the statement begins that stands around the offset: first in its line."""
        start = self.text.rfind("\n", 0, offset) + 1
        return start + len(self.code[start:]) - len(self.code[start:].lstrip())

    def closing(self, opening: int) -> int:
        """The offset behind the bracket that closes the one at `opening`."""
        depth = 0
        for offset in range(opening, len(self.code)):
            depth += (self.code[offset] in "({") - (self.code[offset] in ")}")
            if depth == 0:
                return offset + 1
        raise MgError(f"{self.path}: a bracket of line {self.line(opening)} is not closed")

    def statement_end(self, start: int) -> int:
        """The offset behind a simple statement or a block."""
        rest = self.code[start:]
        start += len(rest) - len(rest.lstrip())
        if self.code[start] == "{":
            return self.closing(start)
        offset = start
        while self.code[offset] != ";":
            offset = self.closing(offset) if self.code[offset] in "({" else offset + 1
        return offset + 1

    def condition(self, at_if: int) -> tuple[int, int]:
        """The parenthesis behind an `if`, brackets included."""
        opening = self.code.index("(", at_if)
        return opening, self.closing(opening)


def find_places(tree: Path, paths: list[str]) -> list[Place]:
    """All matches in some files of a tree."""
    if not shutil.which("spatch"):
        raise MgError("spatch (the package coccinelle) is missing: run tools/setup")
    command = ["spatch", "--very-quiet", "--no-show-diff", "--sp-file", str(PLACES), *paths]
    said = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    found = set()
    for line in said.stdout.splitlines():
        words = line.split()
        if len(words) >= 5 and words[3].isdigit():
            numbers = [int(word) for word in words[3:]]
            found.add(Place(words[0], words[1], words[2],
                            tuple(zip(numbers[::2], numbers[1::2]))))
    if not found:
        raise MgError(f"spatch found nothing: {said.stderr.strip()[-300:]}")
    return sorted(found, key=lambda place: (place.path, place.at, place.rule))


def without(text: Text, start: int, end: int) -> Edit:
    """Nothing in place of a statement, but its line ends."""
    return Edit(start, end, ";" + "\n" * text.text.count("\n", start, end))


def call_at(text: Text, place: Place) -> tuple[str, str, int, int]:
    """A call statement: the function's name, its arguments, where it begins and ends."""
    start = text.offset(place.at[0])
    end = text.statement_end(start)
    name, _, rest = text.code[start:end].partition("(")
    return name.strip(), rest.rpartition(")")[0].strip(), start, end


def unlock_name(lock: str) -> str:
    return (lock.replace("lock", "unlock", 1).replace("acquire", "release")
            .replace("_take", "_release").replace("_begin", "_end"))


def lock_edits(text: Text, place: Place, calls: list[Place]) -> tuple[Edit, ...]:
    """A lock and its unlocks further down left out; none if it has no unlock in its function."""
    lock, arguments, start, end = call_at(text, place)
    edits = [without(text, start, end)]
    if GUARD.search(lock):
        return tuple(edits)
    for other in calls:
        name, theirs, from_, to = call_at(text, other)
        if other.function == place.function and from_ > start and name == unlock_name(lock) \
                and theirs.split(",")[0] == arguments.split(",")[0]:
            edits.append(without(text, from_, to))
    return tuple(edits) if len(edits) > 1 else ()


def of_call(text: Text, place: Place, calls: list[Place]) -> tuple[str, tuple[Edit, ...]]:
    """What a call statement can be left out as: the kind, the edits; none if it is of no kind."""
    name, _, start, end = call_at(text, place)
    if ONLY_TELLS.search(name) or ONLY_LOOKS.search(name):
        return "", ()
    if FLUSH.search(name):
        return "flush", (without(text, start, end),)
    if COUNT.search(name):
        return "count", (without(text, start, end),)
    if GUARD.search(name) or (LOCK.search(name) and "unlock" not in name):
        return "lock", lock_edits(text, place, calls)
    return "", ()


def of_step(text: Text, place: Place) -> tuple[Edit, ...]:
    start = text.statement_start(text.offset(place.at[0]))
    return (without(text, start, text.statement_end(start)),)


def of_pair(text: Text, place: Place) -> tuple[Edit, ...]:
    """Two statements that change places; none if one of them only tells."""
    first, second = (text.statement_start(text.offset(at)) for at in place.at)
    ends = text.statement_end(first), text.statement_end(second)
    pieces = text.text[first:ends[0]], text.text[second:ends[1]]
    names = [piece.partition("(")[0].strip() for piece in pieces]
    if pieces[0] == pieces[1] or any(ONLY_TELLS.search(name) or GUARD.search(name)
                                     for name in names) or ends[0] > second:
        return ()
    return Edit(first, ends[0], pieces[1]), Edit(second, ends[1], pieces[0])


def of_order(text: Text, place: Place) -> tuple[Edit, ...]:
    start = text.offset(place.at[0])
    sign = text.code[start:start + 2].strip()
    sign = sign if sign in OTHER_ORDER else sign[:1]
    return (Edit(start, start + len(sign), OTHER_ORDER[sign]),) if sign in OTHER_ORDER else ()


def of_one(text: Text, place: Place) -> tuple[Edit, ...]:
    start = text.offset(place.at[0])
    match = re.match(r"[+-]\s*1(?!\w)", text.code[start:])
    return (Edit(start, start + match.end(), ""),) if match else ()


def of_branch(text: Text, place: Place, locks: list[int]) -> tuple[str, tuple[Edit, ...]]:
    """An `if` the wrong way round, or left out if it looks again after a lock and turns back."""
    start = text.offset(place.at[0])
    opening, behind = text.condition(start)
    end = text.statement_end(behind)
    alone = not text.code[end:].lstrip().startswith("else") \
        and not text.code[:start].rstrip().endswith("else")
    body = text.code[behind:end].strip().lstrip("{")
    line = place.at[0][0]
    if alone and TURNS_BACK.match(body) and any(0 < line - lock <= NEAR for lock in locks):
        return "recheck", (without(text, start, end),)
    return "negate", (Edit(opening, opening, "(!"), Edit(behind, behind, ")"))


def lines_of_locks(text: Text, calls: list[Place], function: str) -> list[int]:
    found = []
    for call in calls:
        name = call_at(text, call)[0]
        if call.function == function and (GUARD.search(name) or (
                LOCK.search(name) and "unlock" not in name)):
            found.append(call.at[0][0])
    return found


def edits_of(text: Text, place: Place, calls: list[Place]) -> tuple[str, tuple[Edit, ...]]:
    """The kind and the edits of a place."""
    if place.rule == "call":
        return of_call(text, place, calls)
    if place.rule == "branch":
        return of_branch(text, place, lines_of_locks(text, calls, place.function))
    makers = {"step": ("count", of_step), "pair": ("swap", of_pair),
              "order": ("off", of_order), "one": ("off", of_one)}
    kind, maker = makers[place.rule]
    return kind, maker(text, place)


def mutants_of(text: Text, places: list[Place]) -> list[Mutant]:
    """All mutants of a file, in the order of its lines."""
    calls = [place for place in places if place.rule == "call"]
    extents = {f.name: (f.first, f.last) for f in source.functions(text.text)}
    numbers: dict[tuple[str, str], int] = {}
    found = []
    for place in places:
        kind, edits = edits_of(text, place, calls)
        if not edits or ONLY_LOOKS.search(place.function):
            continue
        number = numbers[place.function, kind] = numbers.get((place.function, kind), 0) + 1
        found.append(Mutant(f"{text.path}:{place.function}:{kind}:{number}", kind, text.path,
                            place.function, text.line(min(edit.start for edit in edits)),
                            text.line(max(edit.end for edit in edits)),
                            extents.get(place.function, (0, 0)), edits))
    return found


def all_mutants(tree: Path, wanted: list[str]) -> list[Mutant]:
    """The mutants of the wanted files and folders of a tree."""
    paths = [str(path.relative_to(tree)) for path in sorted((tree / "mm").rglob("*.c"))]
    paths = [path for path in paths if not LEFT_OUT.search(path) and any(
        path == name or path.startswith(name.rstrip("/") + "/") for name in wanted)]
    if not paths:
        raise MgError(f"no source of mm/ is in {' '.join(wanted)}")
    places = find_places(tree, paths)
    found = []
    for path in paths:
        text = Text(path, (tree / path).read_text(encoding="utf-8"))
        found += mutants_of(text, [place for place in places if place.path == path])
    return found


def shuffled(found: list[Mutant], seed: int) -> list[Mutant]:
    """All of them, the kinds in turn: the order depends on the seed and on the names alone."""
    def order(mutant: Mutant) -> str:
        return hashlib.sha256(f"{seed} {mutant.name}".encode()).hexdigest()

    queues = [sorted((m for m in found if m.kind == kind), key=order) for kind in KINDS]
    chosen: list[Mutant] = []
    while any(queues):
        chosen += [queue.pop(0) for queue in queues if queue]
    return chosen
