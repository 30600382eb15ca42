# SPDX-License-Identifier: MIT
"""Proves that a wrong INPUT gives one clear sentence and status 2, before a build or a boot."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MIB, mg  # noqa: E402


def refused(checks: Checks, path: Path, words: str, **environment: str) -> None:
    """The demo refuses this INPUT with a sentence that has these words, and builds nothing."""
    with tempfile.TemporaryDirectory() as build:
        done = mg("demo", INPUT=str(path), BUILD=build, **environment)
        checks.equal(f"{path.name}: files built", os.listdir(build), [])
    checks.equal(f"{path.name}: status", done.returncode, 2)
    checks.equal(f"{path.name}: output", done.stdout, b"")
    lines = done.stderr.decode().splitlines()
    checks.equal(f"{path.name}: sentences", len(lines), 1)
    checks.true(f"{path.name}: '{words}' in {lines}", words in "".join(lines))


def main() -> None:
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="mg test ") as name:
        folder = Path(name)
        (folder / "empty").touch()
        for size in (33, 65):
            with open(folder / f"large{size}", "wb") as large:
                large.truncate(size * MIB)
        refused(checks, folder / "missing", "does not exist")
        refused(checks, folder / "empty", "is empty")
        refused(checks, folder, "is not a regular file")
        refused(checks, folder / "large65", "is too large", MEM="1G")
        refused(checks, folder / "large33", "with MEM=256M", MEM="256M")
        if os.geteuid() != 0:
            (folder / "secret").write_text("x")
            (folder / "secret").chmod(0)
            refused(checks, folder / "secret", "cannot be read")
    checks.finish()


if __name__ == "__main__":
    main()
