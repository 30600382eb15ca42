# SPDX-License-Identifier: MIT
"""Proves: the JavaScript interpreter mujs builds against libc without a change of its sources, and
runs a script to the same bytes, messages and exit status as when it is built for the host. The
script is in lib/mujs.

timeout: 600
suite: all
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg  # noqa: E402

from mglib.debian import source  # noqa: E402

SCRIPT = Path(__file__).parent / "lib/mujs/all.js"


def main() -> None:
    """One guest."""
    checks = Checks()
    folder = source("mujs")
    files = [str(folder / name) for name in ("main.c", "one.c")]
    words = ("all.js", "first", "second")
    with tempfile.TemporaryDirectory(prefix="mg mujs ") as scratch:
        program = Path(scratch) / "mujs"
        subprocess.run(["gcc", "-w", "-O2", f"-I{folder}", *files, "-lm", "-o", str(program)],
                       check=True)
        theirs = subprocess.run([str(program), *words], cwd=SCRIPT.parent, capture_output=True,
                                check=False)
    ours = mg("exec", "-I", str(folder), "--file", str(SCRIPT), *files, "--", *words)
    checks.equal("the host's mujs ended as the script says", theirs.returncode, 1)
    checks.true("and said something of each line", len(theirs.stdout.splitlines()) > 15)
    checks.equal("status", ours.returncode, theirs.returncode)
    checks.equal("standard output", ours.stdout, theirs.stdout)
    checks.equal("standard error", ours.stderr, theirs.stderr + b"mg: exit status 1\n")
    checks.finish()


main()
