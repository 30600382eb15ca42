# SPDX-License-Identifier: MIT
"""Proves: dash builds against libc without a change of its sources, by its own configure and make,
and as the guest's second shell runs scripts to the same bytes and exit status as the host's dash of
the same version: words and patterns, control flow, redirections, jobs, traps, signals. The scripts
are in lib/dash.

timeout: 600
suite: test
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from ported import built  # noqa: E402
from support import Checks, mg, same_lines  # noqa: E402

from mglib.debian import installed  # noqa: E402

SCRIPTS = Path(__file__).parent / "lib/dash"
BUILD = (("./configure", "--host=x86_64-unknown-elf", "--disable-dependency-tracking"),
         ("make", "-j2"))
ALL = """trap 'echo caught USR1' USR1
trap '' USR2
for script; do echo "== $script"; (. "./$script"); echo "status $?"; done
exit 7
"""
STDIN = b"first line  of input\nsecond\n"


def objects() -> list[str]:
    """What its make has compiled, main.c first."""
    folder = built("dash", installed("dash"), BUILD, {"CC_FOR_BUILD": "gcc"}) / "src"
    found = sorted([*folder.glob("*.o"), *folder.glob("bltin/*.o")])
    found.sort(key=lambda path: path.name != "main.o")
    return [str(path) for path in found]


def main() -> None:
    """One build, one guest."""
    checks = Checks()
    names = sorted(path.name for path in SCRIPTS.glob("*.sh"))
    words = ("all.sh", *names)
    with tempfile.TemporaryDirectory(prefix="mg dash ") as scratch:
        folder = Path(scratch)
        for name in names:
            (folder / name).write_bytes((SCRIPTS / name).read_bytes())
        (folder / "all.sh").write_text(ALL)
        ours = mg("exec", "-e", "PATH=/bin", "-e", "GREETING=a value", "--file", f"{folder}:/",
                  *objects(), "--", *words, stdin=STDIN)
        theirs = subprocess.run(["dash", *words], cwd=folder, input=STDIN, capture_output=True,
                                check=False, env={"PATH": "/bin", "GREETING": "a value"})
    checks.equal("the host's dash ended as the script says", theirs.returncode, 7)
    checks.equal("status", ours.returncode, theirs.returncode)
    checks.equal("standard error", ours.stderr, theirs.stderr + b"mg: exit status 7\n")
    checks.true("the host's dash said something of each",
                len(theirs.stdout.splitlines()) > 20 * len(names))
    same_lines(checks, ours.stdout, theirs.stdout)
    checks.finish()


main()
