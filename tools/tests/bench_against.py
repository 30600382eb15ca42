# SPDX-License-Identifier: MIT
"""Proves that `bench --against` sets each row beside its like, says which has become dearer and
which one build lacks, and that a revision is built and run in a folder with a space in its name.

cpus: 1
timeout: 600
suite: test
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, ROOT  # noqa: E402

from mglib import against  # noqa: E402

BEFORE = {"same": (100.0, "instr"), "near": (100.0, "instr"), "dear": (100.0, "instr"),
          "gone": (7.0, "bytes")}
NOW = {"new": (3.0, "instr"), "same": (100.0, "instr"), "near": (102.0, "instr"),
       "dear": (102.5, "instr")}


def check_rows(checks: Checks) -> None:
    """The rows of two builds that are not alike."""
    pairs = against.pairs(BEFORE, NOW)
    checks.equal("order", [pair.name for pair in pairs], ["new", "same", "near", "dear", "gone"])
    checks.equal("ratios", [pair.ratio() for pair in pairs],
                 ["new", "1.000", "1.020", "1.025", "gone"])
    checks.equal("above 2 %", [pair.name for pair in pairs if pair.above(2)], ["dear"])
    checks.equal("above 0 %", [pair.name for pair in pairs if pair.above(0)], ["near", "dear"])


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test", *words], cwd=folder,
                   check=True, stdout=subprocess.DEVNULL)


def bench(folder: Path, *words: str) -> subprocess.CompletedProcess:
    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD", "KASAN", "UBSAN", "LOCKDEP")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(["tools/mg", "bench", *words], cwd=folder, env=environment, text=True,
                          check=False, capture_output=True)


def check_run(checks: Checks, folder: Path) -> None:
    """A tree against itself, and again with what was kept of the first run made smaller."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("build", ".git", "__pycache__"))
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "as it is")
    done = bench(folder, "--against", "HEAD", "syscall")
    print(done.stdout, done.stderr)
    checks.equal("status", done.returncode, 0)
    checks.true("the row", "null system call" in done.stdout and " 1.000" in done.stdout)
    for kept in folder.glob("build/against/*/build/release.bench/syscall.txt"):
        kept.write_text("bench null_syscall 1 instr\nbench other 2 instr\n")
    done = bench(folder, "--against", "HEAD", "syscall")
    checks.equal("status of a dearer row", done.returncode, 1)
    checks.true("it is named", "ABOVE" in done.stdout and "1 rows are above" in done.stderr)
    checks.true("and the one that has gone", "gone" in done.stdout)
    done = bench(folder, "--against", "no-such-revision")
    checks.equal("no such revision", (done.returncode, done.stderr),
                 (2, "mg: this clone has no revision 'no-such-revision'\n"))


def main() -> None:
    checks = Checks()
    check_rows(checks)
    with tempfile.TemporaryDirectory(prefix="mg-against-") as name:
        check_run(checks, Path(name) / "with a space")
    checks.finish()


if __name__ == "__main__":
    main()
