# SPDX-License-Identifier: MIT
"""Proves: what calls of files and names return is what Linux returns. Each program of lib/files/
says each result, with its errno; what it says in the guest is compared with what the same file
says on the host.

timeout: 300
suite: test
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg, same_lines  # noqa: E402

PROGRAMS = Path(__file__).parent / "lib/files"


def on_host(source: Path, folder: str) -> bytes:
    """What the program says here."""
    program = Path(folder) / source.stem
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-o", str(program), str(source)], check=True)
    return subprocess.run([str(program)], cwd=folder, stdout=subprocess.PIPE, check=True,
                          timeout=60).stdout


def main() -> None:
    """A guest for each program."""
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="mg test ") as folder:
        for source in sorted(PROGRAMS.glob("*.c")):
            right = on_host(source, folder)
            checks.true(f"{source.stem} says something here", len(right.splitlines()) > 20)
            done = mg("exec", "-s", "2", str(source))
            checks.equal(f"status of {source.stem}: {done.stderr[-800:]!r}", done.returncode, 0)
            same_lines(checks, done.stdout, right)
    checks.finish()


if __name__ == "__main__":
    main()
