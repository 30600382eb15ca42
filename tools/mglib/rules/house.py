# SPDX-License-Identifier: MIT
"""Who stands where: the floors, the story path."""

from __future__ import annotations

from mglib import build, floors, story
from mglib.config import MgError, ROOT, from_environment
from mglib.rules import Findings, circles


def check_floors() -> Findings:
    """Includes and symbol references go down the floors."""
    config = from_environment()
    build.make(config, "kernel", quiet=True)
    yield from floors.includes()
    yield from floors.references(config.out)


def check_circles() -> Findings:
    """No two rooms of kernel/ and mm/, and no two files of mm/merge/, need each other."""
    config = from_environment()
    build.make(config, "kernel", quiet=True)
    yield from circles.findings(config.out)


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
