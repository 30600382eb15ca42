# SPDX-License-Identifier: MIT
"""`mg story`: the files and functions on the story path, in order, as one booklet.

mm/story.list has a line for each stop: `file` or `file:function,function`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from mglib import source
from mglib.config import MgError, ROOT

LIST = "mm/story.list"
BUDGET = 1500


@dataclass(frozen=True)
class Stop:
    """One line of the list, with its text."""

    title: str
    text: str

    @property
    def code_lines(self) -> int:
        """Its lines without blanks and comments."""
        return source.count_code(source.blank_comments(self.text))


def extract(name: str, wanted: list[str]) -> str:
    """The named functions of a file with the comments above them; all of it if none is named."""
    path = ROOT / name
    if not path.is_file():
        raise MgError(f"{LIST} names {name}, which does not exist", 1)
    text = path.read_text(encoding="utf-8")
    if not wanted:
        return text
    lines = text.splitlines()
    places = {function.name: function for function in source.functions(text)}
    pieces = []
    for function in wanted:
        if function not in places:
            raise MgError(f"{LIST} names {function} in {name}, which is not there", 1)
        place = places[function]
        comment = source.comment_above(lines, place.first - 1)
        first = comment[0] if comment else place.first - 1
        pieces.append("\n".join(lines[first:place.last]))
    return "\n\n".join(pieces) + "\n"


def stops() -> list[Stop]:
    """The stops of the list."""
    path = ROOT / LIST
    if not path.exists():
        raise MgError(f"{LIST} does not exist", 1)
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    found = []
    for line in filter(None, lines):
        name, _, functions = line.partition(":")
        wanted = [word.strip() for word in functions.split(",") if word.strip()]
        found.append(Stop(line, extract(name.strip(), wanted)))
    return found


def main(_command: str, _argv: list[str]) -> int:
    """Prints the booklet; status 1 if it has outgrown its budget."""
    path = stops()
    for number, stop in enumerate(path, 1):
        print(f"{'=' * 100}\n{number}. {stop.title}\n{'=' * 100}\n\n{stop.text}")
    total = sum(stop.code_lines for stop in path)
    print(f"the story path: {total} code lines of {BUDGET}", file=sys.stderr)
    return int(total > BUDGET)
