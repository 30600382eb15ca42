# SPDX-License-Identifier: MIT
"""Which lines of mm/ a test reaches: QEMU writes down each block of the kernel that it translates.

A block is translated when a CPU comes to it for the first time, so that nothing is slowed down and
nothing is built in another way. The lines are those that addr2line names, inlined ones too.
"""

from __future__ import annotations

import hashlib
import json
import re
import resource
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from mglib import cases, symbols
from mglib.cases import Case

ADDRESS = re.compile(r"^(0x[0-9a-f]+):", re.MULTILINE)
IN_MM = re.compile(r"^mm/[\w/]+\.[ch]$")

LIMIT = 60  # seconds of the processors: what takes longer is not asked about slips

Lines = dict[str, list[int]]  # of each file


@dataclass(frozen=True)
class Reach:
    """What one run of a test showed."""

    seconds: float  # of the host's processors
    lines: Lines

    def touches(self, path: str, first: int, last: int) -> bool:
        return any(first <= line <= last for line in self.lines.get(path, ()))


def lines_at(kernel: Path, addresses: set[str]) -> Lines:
    """The lines of mm/ that some addresses of the kernel belong to."""
    found: dict[str, set[int]] = {}
    for frames in symbols.lookup(kernel, sorted(addresses)).values():
        for frame in frames:
            if IN_MM.match(frame.path):
                found.setdefault(frame.path, set()).add(frame.line)
    return {path: sorted(lines) for path, lines in sorted(found.items())}


def children_seconds() -> float:
    """What the processes that we have waited for used of the host's processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def trace(case: Case) -> Reach | None:
    """Runs a test under the trace; nothing if it fails by itself, or takes longer than LIMIT."""
    with tempfile.TemporaryDirectory(prefix="mg-blocks-") as folder:
        log = Path(folder) / "log"
        start = children_seconds()
        replaced = replace(case, blocks=log, cpu_seconds=LIMIT)
        results = replaced.work(replaced)
        seconds = children_seconds() - start
        if not results or not all(result.passed for result in results):
            return None
        text = log.read_text(errors="replace")
    return Reach(seconds, lines_at(case.config.out / "kernel.elf", set(ADDRESS.findall(text))))


class Map:
    """The reach of each test for one kernel, kept in a file: another kernel begins anew."""

    def __init__(self, path: Path, kernel: Path) -> None:
        self.path = path
        self.kernel = hashlib.sha256(kernel.read_bytes()).hexdigest()
        self.reach: dict[str, Reach | None] = {}
        kept = json.loads(path.read_text()) if path.exists() else {}
        if kept.get("kernel") == self.kernel:
            self.reach = {name: Reach(*row) if row else None
                          for name, row in kept["tests"].items()}

    def add(self, case: Case) -> Reach | None:
        """Traces a test unless that was done, and keeps what was found."""
        if case.name not in self.reach:
            self.reach[case.name] = trace(case)
            rows = {name: (reach.seconds, reach.lines) if reach else None
                    for name, reach in self.reach.items()}
            self.path.write_text(json.dumps({"kernel": self.kernel, "tests": rows}))
        return self.reach[case.name]
