# SPDX-License-Identifier: MIT
"""`mg locks`: the order of the locks, from the table that the checker loads.

A lock may be taken only while every lock that is held already stands above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mglib.config import MgError, ROOT

TABLE = "kernel/core/lockorder.tbl"
ROW = re.compile(r'^LOCK_CLASS\((\w+),\s*(\w+),\s*(\w+),\s*"(.*)"\)', re.MULTILINE)

# How a lock of each kind waits, and how many of its class one thread may hold.
KINDS = {"SLEEP": "sleeps", "SPIN": "spins", "IRQ": "spins, irq off"}
NESTS = {"ONE": "one", "SAME": "several", "TRIED": "one + tried"}


@dataclass(frozen=True)
class Lock:
    """A row of the table."""

    name: str
    kind: str
    nest: str
    text: str


def locks() -> list[Lock]:
    """The rows, outer locks first."""
    text = (ROOT / TABLE).read_text(encoding="utf-8")
    found = [Lock(*row) for row in ROW.findall(text)]
    if len(found) != text.count("\nLOCK_CLASS("):
        raise MgError(f"{TABLE} has rows that are not LOCK_CLASS(name, kind, nest, \"text\")", 1)
    return found


def main(_command: str, _argv: list[str]) -> int:
    """Prints the table as a list that goes down and in."""
    kind = ""
    print(f"    {'lock':10} {'waiting':14} {'at once':11} what it is      (outer locks first)")
    for number, lock in enumerate(locks(), 1):
        if kind == "SLEEP" != lock.kind:
            print("    " + "-" * 12 + " below this line nothing sleeps")
        kind = lock.kind
        print(f"{number:2}  {lock.name:10} {KINDS.get(lock.kind, lock.kind):14} "
              f"{NESTS.get(lock.nest, lock.nest):11} {lock.text}")
    return 0
