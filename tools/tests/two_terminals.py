# SPDX-License-Identifier: MIT
"""Proves that `make debug` in one terminal and `make gdb` in another meet: GDB has the symbols and
the package, a Ctrl-C stops the guest and not GDB, and neither leaves a QEMU behind.

timeout: 240
suite: test
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path
from typing import Callable

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, ROOT  # noqa: E402

PATIENCE = 120
CTRL_A, CTRL_C = "\x01", "\x03"


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, *command: str) -> None:
        self.seen = ""
        outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
        environment = {name: value for name, value in os.environ.items() if name not in outer}
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(ROOT)
            os.execvpe(command[0], command, {**environment, "TERM": "dumb"})
        self.pid = pid

    def read(self, seconds: float) -> bool:
        """Takes in what the terminal shows within some seconds; false when it has closed."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, pattern: str) -> re.Match[str] | None:
        """Waits until the terminal shows this; what came before it is forgotten."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if match := re.search(pattern, self.seen):
                self.seen = self.seen[match.end():]
                return match
            if not self.read(1):
                break
        print(f"no '{pattern}' in:\n{self.seen[-2000:]}")
        return None

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def ends(self) -> bool:
        """Whether the command ends by itself."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read(0.1)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return True
        os.kill(self.pid, signal.SIGKILL)
        return False

    def close(self) -> None:
        """Closes the window."""
        os.close(self.fd)


def guests(port: str) -> list[str]:
    """The processes that were told this port; read from /proc: a small system has no ps."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has ended
        if "qemu-system" in words[0] and f"tcp:127.0.0.1:{port}" in words:
            found.append(path.parent.name)
    return found


def becomes(condition: Callable[[], object]) -> bool:
    """Whether a condition comes to hold."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(condition())


def start_debug(checks: Checks) -> tuple[Terminal, str]:
    """`make debug`, and the port on which its guest waits."""
    debug = Terminal("make", "debug")
    waits = debug.wait_for(r"waiting for GDB on port (\d+):")
    checks.true("the guest waits", waits)
    return debug, waits[1] if waits else "none"


def check_session(checks: Checks) -> None:
    """A session, from the first breakpoint to Ctrl-A X."""
    debug, port = start_debug(checks)
    gdb = Terminal("make", "gdb")
    checks.true("GDB's prompt", gdb.wait_for(r"\(gdb\) "))
    gdb.type("tbreak mm_init\n")
    checks.true("symbols", gdb.wait_for(r"file mm/space/mm\.c, line"))
    gdb.type("delete\ncontinue\n")
    checks.true("the shell's prompt", debug.wait_for(r"\$ "))
    for number in (1, 2):
        gdb.type(CTRL_C)
        checks.true("a Ctrl-C stops the guest", gdb.wait_for("SIGINT"))
        gdb.type(f"shell sleep 1\nprint {number} + 40\n")  # who else hears it has time to end
        checks.true("GDB takes the next command", gdb.wait_for(f"= {number + 40}"))
        gdb.type("ps\n")
        checks.true("the package", gdb.wait_for(r"init"))
        gdb.type("continue\n")
        checks.true("GDB lets the guest go on", gdb.wait_for("Continuing"))
        # a Ctrl-C before the guest runs would be GDB's own: "Quit", and nothing goes on
        debug.type(f"echo on $here {number}\n")
        checks.true("the guest goes on", debug.wait_for(f"on {number}"))
    checks.equal("guests", len(guests(port)), 1)
    gdb.type(CTRL_C)
    checks.true("the guest stops", gdb.wait_for("SIGINT"))
    gdb.type("detach\nquit\n")
    checks.true("GDB ends", gdb.ends())
    debug.type("echo still $here alive\n")
    checks.true("the guest goes on", debug.wait_for("still"))
    debug.type(f"{CTRL_A}x")
    checks.true("Ctrl-A X ends the guest", debug.ends())
    checks.equal("guests left", guests(port), [])


def check_closed_window(checks: Checks) -> None:
    """A terminal that is closed takes its guest with it."""
    debug, port = start_debug(checks)
    checks.true("the guest is up", becomes(lambda: guests(port)))
    debug.close()
    checks.true("the guest goes with the window", becomes(lambda: not guests(port)))


def main() -> None:
    checks = Checks()
    check_session(checks)
    check_closed_window(checks)
    checks.finish()


if __name__ == "__main__":
    main()
