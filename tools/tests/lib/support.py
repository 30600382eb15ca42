# SPDX-License-Identifier: MIT
"""What the tests of the tools share: running mg, a scratch folder, collecting failures."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MG = ROOT / "tools/mg"

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))


@dataclass
class Checks:
    """Counts what was checked and remembers what did not hold."""

    count: int = 0
    failed: list[str] = field(default_factory=list)

    def equal(self, what: str, seen: object, expected: object) -> None:
        """Notes a failure unless both are equal."""
        self.count += 1
        if seen != expected:
            self.failed.append(f"{what}: expected {expected!r}, seen {seen!r}")

    def true(self, what: str, holds: object) -> None:
        """Notes a failure unless it holds."""
        self.equal(what, bool(holds), True)

    def finish(self) -> None:
        """Prints the failures and ends the program."""
        for failure in self.failed:
            print(failure)
        print(f"{self.count} checks, {len(self.failed)} failed")
        sys.exit(1 if self.failed or not self.count else 0)


def mg(*words: str, stdin: bytes = b"", timeout: float = 300,
       **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs tools/mg with further variables in its environment."""
    return subprocess.run([str(MG), *words], input=stdin, capture_output=True, timeout=timeout,
                          check=False, env={**os.environ, **environment})


def last_line(data: bytes) -> str:
    """The last line of a text."""
    lines = data.decode(errors="replace").splitlines()
    return lines[-1] if lines else ""


class Program:
    """A C file in a folder of its own, somewhere outside the tree and with a space in its name."""

    def __init__(self, source: str, name: str = "prog") -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="mg test ")
        self.path = Path(self.folder.name) / f"{name}.c"
        self.path.write_text(source)

    def run(self, *arguments: str, stdin: bytes = b"",
            options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[bytes]:
        """Runs it under `mg exec`."""
        return mg("exec", *options, str(self.path), "--", *arguments, stdin=stdin)
