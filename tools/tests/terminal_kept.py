# SPDX-License-Identifier: MIT
"""Proves that a terminal is left as it was by every command that hands it to QEMU or GDB, however
the command ends: by a signal to make, to mg, to QEMU or GDB itself, or by `timeout`.

timeout: 240
suite: test
"""

from __future__ import annotations

import os
import signal
import sys
import termios
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg  # noqa: E402
from two_terminals import Terminal, becomes  # noqa: E402

# What runs on the terminal; the process that is ended, by a word of its command line; the signal.
MG, QEMU, GDB = "mg", "qemu-system-x86_64", "gdb"
WAYS = (
    ("run", "make", signal.SIGTERM), ("run", MG, signal.SIGHUP), ("run", MG, signal.SIGTERM),
    ("run", MG, signal.SIGKILL), ("run", QEMU, signal.SIGKILL), ("run", QEMU, signal.SIGTERM),
    ("debug", "make", signal.SIGTERM), ("debug", QEMU, signal.SIGKILL),
)
GDB_WAYS = (("make", signal.SIGTERM), (MG, signal.SIGHUP), (MG, signal.SIGKILL),
            (GDB, signal.SIGKILL), (GDB, signal.SIGTERM))


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [each for child in children for each in (int(child), *descendants(int(child)))]


def program_of(pid: int) -> str:
    """The name of the program that a process runs; that of the script if it is Python."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return ""
    names = [Path(word).name for word in words if word]
    return names[1] if names[1:] and names[0].startswith("python") else "".join(names[:1])


def find(pid: int, name: str) -> int:
    """The process of that name among a process and its descendants; 0: none."""
    return next((each for each in (pid, *descendants(pid)) if program_of(each) == name), 0)


def is_raw(fd: int) -> bool:
    """Whether keys are handed on one by one."""
    return not termios.tcgetattr(fd)[3] & termios.ICANON


class Session(Terminal):
    """A command in the terminal of a shell, which outlives it and says when it has ended."""

    def __init__(self, *command: str) -> None:
        super().__init__("sh", "-c", '"$@"; echo over $((40+2)); read line', "sh", *command)
        self.before = termios.tcgetattr(self.fd)

    def check_end(self, checks: Checks, what: str) -> None:
        """The command has ended, and the terminal is as it was."""
        checks.true(f"{what}: it ends", self.wait_for("over 42"))
        checks.true(f"{what}: as it was",
                    becomes(lambda: termios.tcgetattr(self.fd) == self.before))
        self.type("\n")
        checks.true(f"{what}: the shell ends", self.ends())
        self.close()


def check_way(checks: Checks, command: str, name: str, number: signal.Signals) -> None:
    """One way out, once the terminal has been set otherwise."""
    what = f"make {command}, {number.name} to {name}"
    shell = Session("make", command)
    checks.true(f"{what}: keys are handed on", becomes(lambda: is_raw(shell.fd)))
    victim = find(shell.pid, name)
    checks.true(f"{what}: there is one", victim)
    if victim:
        os.kill(victim, number)
    shell.check_end(checks, what)


def check_gdb(checks: Checks) -> None:
    """The ways out of GDB, while a guest waits for it."""
    debug = Terminal("make", "debug")
    checks.true("a guest waits for GDB", debug.wait_for(r"waiting for GDB"))
    for name, number in GDB_WAYS:
        check_way(checks, "gdb", name, number)
    debug.type("\x01x")
    checks.true("Ctrl-A X ends the guest", debug.ends())


def check_timeout(checks: Checks) -> None:
    """`timeout` puts what it runs into the background, unless it is told not to."""
    for options in ([], ["--foreground"]):
        Session("timeout", *options, "4", "make", "run").check_end(checks, f"timeout {options}")


def main() -> None:
    checks = Checks()
    mg("run")  # builds
    for command, name, number in WAYS:
        check_way(checks, command, name, number)
    check_gdb(checks)
    check_timeout(checks)
    checks.finish()


if __name__ == "__main__":
    main()
