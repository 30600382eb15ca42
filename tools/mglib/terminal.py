# SPDX-License-Identifier: MIT
"""The terminal of those commands that hand it to another program: QEMU, GDB.

Such a program sets it as it likes, and sets it back if it ends by itself. When it is killed, or
mg is, somebody else has to: a small process that has nothing to do but to wait for the end of mg.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from typing import Iterator

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTTOU)


def settings() -> list | None:
    """How the terminal on our standard input is set; None if that is no terminal."""
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def wait_and_restore(end: int, before: list) -> None:
    """The guard's life: waits until nobody holds the other end of the pipe, then sets it back.

    SIGTTOU is among what it ignores: so it may do so from the background too.
    """
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    os.read(end, 1)
    with contextlib.suppress(termios.error):  # its window has been closed
        termios.tcsetattr(0, termios.TCSANOW, before)


@contextlib.contextmanager
def lent() -> Iterator[None]:
    """While this lasts other programs may set the terminal; after it all is as it was.

    To be entered before mg has threads: it forks.
    """
    before = settings()
    if before is None:
        yield
        return
    sys.stdout.flush()
    sys.stderr.flush()
    end, ours = os.pipe()
    guard = os.fork()
    if not guard:
        os.close(ours)
        try:
            wait_and_restore(end, before)
        finally:
            os._exit(0)
    os.close(end)
    try:
        yield
    finally:
        os.close(ours)
        os.waitpid(guard, 0)
