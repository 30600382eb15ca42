# SPDX-License-Identifier: MIT
"""Proves that a machine without the tools is told what is missing and what installs it, by every
target of make; and that files of PROG are programs in /bin of the shell.

timeout: 240
suite: test
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, Program, ROOT, mg  # noqa: E402

BARE = ("sh", "make", "git", "printf", "mkdir", "cmp", "env", "sed", "grep", "dirname", "uname",
        "cat", "id", "tr", "sort")
TARGETS = ("", "doctor", "help", "check", "run", "demo", "test", "lint", "bench")


def said(target: str, *tools: str) -> subprocess.CompletedProcess[str]:
    """What make says where there are only these tools."""
    with tempfile.TemporaryDirectory(prefix="mg-bare-") as folder:
        for tool in (*BARE, *tools):
            os.symlink(shutil.which(tool) or "/nonexistent", Path(folder) / tool)
        outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "SETUP")
        environment = {name: value for name, value in os.environ.items() if name not in outer}
        return subprocess.run([shutil.which("make") or "make", *target.split()], cwd=ROOT,
                              env={**environment, "PATH": folder}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)


def check_bare(checks: Checks) -> None:
    """Each target names what is missing, and tools/setup."""
    for target in TARGETS:
        done = said(target)
        checks.true(f"make {target} fails without python3", done.returncode)
        checks.true(f"make {target} says what to do: {done.stdout}",
                    "python3" in done.stdout and "tools/setup" in done.stdout)
    done = said("run", "python3")
    checks.true(f"make run without nasm: {done.stdout}",
                "nasm" in done.stdout and "tools/setup" in done.stdout)
    checks.equal("make doctor without nasm", said("doctor", "python3").returncode, 2)


def check_programs(checks: Checks) -> None:
    """One's own programs in the shell."""
    one = Program('#include <stdio.h>\nint main(void) { return puts("mine") < 0; }\n', "one")
    two = Program('int main(int argc, char **argv) { (void)argv; return 40 + argc; }\n', "two")
    done = mg("run", stdin=b"one; /bin/two a; echo $?; ls /bin/one\n",
              PROG=f"'{one.path}' '{two.path}'")
    checks.equal("what they say", done.stdout, b"mine\n42\n/bin/one\n")
    done = mg("run", PROG=f"'{one.path}' '{one.path}'")
    checks.true("two of one name", b"same name" in done.stderr)
    done = mg("run", PROG="nowhere.c")
    checks.true("no such file", b"no such file: nowhere.c" in done.stderr)


def main() -> None:
    checks = Checks()
    check_bare(checks)
    check_programs(checks)
    checks.finish()


if __name__ == "__main__":
    main()
