# SPDX-License-Identifier: MIT
"""Proves: SQLite builds against libc without a change of its sources, as the one file that its own
make puts together, and its shell says of a script the same bytes as the same SQLite on the host: a
database with each kind of journal and the write-ahead log, mapped into memory, sorted by threads,
attached, dumped, read back and backed up; full text, trees of boxes, JSON, dates; errors, and
commands of the guest's shell. The script is lib/sqlite.sql.

timeout: 600
suite: test
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from ported import built, compiler  # noqa: E402
from support import Checks, mg, same_lines  # noqa: E402

SCRIPT = Path(__file__).parent / "lib/sqlite.sql"
# As its own Makefile builds the shell, but for what it loads; not optimized, to be compiled soon.
DEFINES = ("-w", "-O0", "-I.", "-DSQLITE_THREADSAFE=1", "-DSQLITE_OMIT_LOAD_EXTENSION",
           "-DSQLITE_ENABLE_MATH_FUNCTIONS", "-DSQLITE_ENABLE_FTS4", "-DSQLITE_ENABLE_RTREE")
LINES = 'a,b\n1,"x, y"\n2,z\n'


def build() -> Path:
    """The folder with the shell for the host, and its objects for the guest."""
    cc = str(compiler())
    commands = [("./configure", "--disable-tcl", "--disable-readline"),
                ("make", "sqlite3.c", "shell.c")]
    commands += [(cc, *DEFINES, "-c", f"{name}.c", "-o", f"{name}.guest.o")
                 for name in ("shell", "sqlite3")]
    commands.append(("gcc", *DEFINES, "shell.c", "sqlite3.c", "-lm", "-lpthread", "-o", "host"))
    return built("sqlite3", "", commands, {"CC": "gcc"})


def host(program: Path, folder: Path, script: bytes) -> subprocess.CompletedProcess[bytes]:
    """The host's shell in a folder."""
    return subprocess.run([str(program)], cwd=folder, input=script, capture_output=True,
                          check=False, env={"PATH": "/bin:/usr/bin", "HOME": str(folder)})


def main() -> None:
    """One guest."""
    checks, folder, script = Checks(), build(), SCRIPT.read_bytes()
    with tempfile.TemporaryDirectory(prefix="mg sqlite ") as scratch:
        here = Path(scratch)
        (here / "lines.csv").write_text(LINES)
        theirs = host(folder / "host", here, script)
        ours = mg("exec", "--file", f"{here / 'lines.csv'}:/lines.csv", "-e", "PATH=/bin",
                  str(folder / "shell.guest.o"), str(folder / "sqlite3.guest.o"),
                  stdin=script)
    checks.equal("the host's status: the script has errors", theirs.returncode, 1)
    checks.true("the host said something", theirs.stdout.count(b"\n") > 100)
    checks.equal("status", ours.returncode, theirs.returncode)
    checks.equal("standard error", ours.stderr, theirs.stderr + b"mg: exit status 1\n")
    same_lines(checks, ours.stdout, theirs.stdout)
    checks.finish()


main()
