# SPDX-License-Identifier: MIT
"""The processes that mg has running, so that none of them outlives it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from typing import Any

_running: set[subprocess.Popen] = set()
_lock = threading.Lock()
_closed = False


def leash() -> list[str]:
    """Words before a command that make it die with us, where the system can arrange that."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def start(command: list[str], **options: Any) -> subprocess.Popen:
    """Starts a process in a session of its own: a Ctrl-C reaches it only through us."""
    with _lock:
        if _closed:
            raise InterruptedError("mg is ending")
        process = subprocess.Popen(command, start_new_session=True, **options)
        _running.add(process)
    return process


def end(process: subprocess.Popen, grace: float = 0) -> None:
    """Makes sure that the process and its children are gone; `grace`: seconds to end by itself."""
    if process.poll() is None and grace:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            pass
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with _lock:
        _running.discard(process)


def closed() -> bool:
    """Whether end_all() has been called."""
    return _closed


def end_all() -> None:
    """Ends every process, and starts no further one."""
    global _closed
    with _lock:
        _closed = True
        left = list(_running)
    for process in left:
        end(process, grace=5)
