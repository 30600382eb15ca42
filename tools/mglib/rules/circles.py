# SPDX-License-Identifier: MIT
"""No circle of symbol references between rooms of kernel/ and mm/, nor between files of mm/merge/.

A room is a folder that holds sources; a source of the top folders kernel/, mm/ and mm/merge/ is a
room by itself. Where tools/floors has two rooms on one line, they may still not call each other in
a circle. Calls through a structure of function pointers are no references: that is the way out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterable

from mglib import floors
from mglib.rules import Findings

Edges = dict[str, dict[str, set[str]]]  # user -> used -> the symbols

OPEN = ("kernel", "mm", "mm/merge")  # folders whose own sources are rooms by themselves
CLOSE = "mm/merge/"                  # where no two files may need each other
MANY = 4                             # symbols that a sentence names


def room_of(name: str) -> str:
    """The room that a source stands in."""
    folder = name.rpartition("/")[0]
    return name if folder in OPEN else folder


def file_of(name: str) -> str:
    """A source of mm/merge/ by itself; nothing for any other."""
    return name if name.startswith(CLOSE) else ""


def edges(defined: dict[str, str], wanted: Iterable[tuple[str, str]],
          node: Callable[[str], str]) -> Edges:
    """Who refers to whom, and to what of it."""
    found: Edges = {}
    for name, symbol in wanted:
        used = defined.get(symbol, "")
        here, there = node(name), node(used) if used else ""
        if here and there and here != there and not floors.FROM_COMPILER.match(symbol):
            found.setdefault(here, {}).setdefault(there, set()).add(symbol)
    return found


def way(graph: Edges, start: str, goal: str) -> list[str]:
    """The shortest way from one node to another, both included; empty if there is none."""
    ways = [[start]]
    seen = {start}
    for path in ways:
        if path[-1] == goal and len(path) > 1:
            return path
        for after in sorted(graph.get(path[-1], {})):
            if after == goal or after not in seen:
                seen.add(after)
                ways.append([*path, after])
    return []


def circles(graph: Edges) -> list[list[str]]:
    """For every reference that is part of a circle the shortest one through it, each told once."""
    found: dict[frozenset[str], list[str]] = {}
    for user in sorted(graph):
        for used in sorted(graph[user]):
            back = way(graph, used, user)
            if back:
                found.setdefault(frozenset(back), [*back[-1:], *back])
    shortest: list[list[str]] = []
    for nodes in sorted(found, key=lambda nodes: (len(nodes), sorted(nodes))):
        # A longer circle over a pair that has been told adds nothing.
        if not any(frozenset(told) <= nodes for told in shortest):
            shortest.append(found[nodes])
    return shortest


def named(symbols: set[str]) -> str:
    """Some symbols in words."""
    first = sorted(symbols)[:MANY]
    rest = len(symbols) - len(first)
    return ", ".join(first) + (f" and {rest} more" if rest else "")


def sentences(graph: Edges) -> Findings:
    """Each circle in a sentence, with the symbols that make it."""
    for nodes in circles(graph):
        steps = (f"{user} calls {named(graph[user][used])} of {used}"
                 for user, used in zip(nodes, nodes[1:]))
        yield f"{nodes[0]}:1: a circle: {'; '.join(steps)}"


def circles_of(defined: dict[str, str], wanted: list[tuple[str, str]]) -> Findings:
    """The circles between rooms, then those between the files of mm/merge/."""
    graphs = [edges(defined, wanted, node) for node in (room_of, file_of)]
    yield from dict.fromkeys(sentence for graph in graphs for sentence in sentences(graph))


def findings(build: Path) -> Findings:
    """The circles of a built kernel."""
    yield from circles_of(*floors.symbols(build / "obj", floors.built(build)))
