# SPDX-License-Identifier: MIT
"""Reading KTAP, the form in which tests report: a plan `1..N`, then `ok N name` lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

RESULT = re.compile(r"^(not )?ok (\d+)(?: -)? ?([^#]*)(?:# ?(SKIP)?.*)?$")
PLAN = re.compile(r"^1\.\.(\d+)")


@dataclass(frozen=True)
class Point:
    """One result line, with the `#` lines that stood before it."""

    name: str
    passed: bool
    said: str


def parse(text: str) -> tuple[list[Point], list[str]]:
    """The results of the outermost level, and what is wrong with the report as a whole."""
    points: list[Point] = []
    said: list[str] = []
    planned: int | None = None
    for line in text.splitlines():
        if plan := PLAN.match(line):
            planned = int(plan[1])
        elif result := RESULT.match(line):
            points.append(Point(result[3].strip(), not result[1], "\n".join(said)))
            said = []
        elif line.lstrip().startswith("#"):
            said.append(line.lstrip("# "))
    if planned is None:
        return points, ["the report has no plan line"]
    if planned != len(points):
        return points, [f"{planned} tests were planned, {len(points)} reported"]
    return points, []
