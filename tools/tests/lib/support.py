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
PAGE, MIB = 1 << 12, 1 << 20

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


def mg(*words: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs tools/mg with further variables in its environment; a guest may take its time."""
    return subprocess.run([str(MG), *words], input=stdin, capture_output=True, check=False,
                          env={**os.environ, "TIMEOUT": "600", **environment})


def last_line(data: bytes) -> str:
    """The last line of a text."""
    lines = data.decode(errors="replace").splitlines()
    return lines[-1] if lines else ""


def same_lines(checks: Checks, seen: bytes, expected: bytes) -> None:
    """Notes each line that differs, under the last line before it that begins with `== `."""
    lines, right = seen.splitlines(), expected.splitlines()
    checks.equal("lines", len(lines), len(right))
    script = b""
    for line, other in zip(lines, right):
        script = other if other.startswith(b"== ") else script
        checks.equal(f"{script.decode()}: a line", line, other)
    checks.true("the bytes are equal", seen == expected)


def demo(checks: Checks, what: str, data: bytes, *words: str, **environment: str) -> None:
    """Runs the demo on an INPUT with these bytes; notes what went wrong."""
    with tempfile.NamedTemporaryFile(prefix="mg test ") as file:
        file.write(data)
        file.flush()
        done = mg("demo", *words, INPUT=file.name, **environment)
    said = done.stdout.decode(errors="replace")
    ending = "" if done.returncode == 0 else f": {said[-1500:]}{done.stderr.decode()[-1500:]}"
    checks.equal(f"{what}: status{ending}", done.returncode, 0)
    checks.equal(f"{what}: last word", said.rstrip().endswith("claims were checked and hold."),
                 True)


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
