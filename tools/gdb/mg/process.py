# SPDX-License-Identifier: MIT
"""Processes and what the CPUs run."""

from __future__ import annotations

from typing import Optional

import gdb

from mg import kernel
from mg.kernel import Refusal


def processes() -> list[gdb.Value]:
    """Every process, by pid; zombies too."""
    return list(kernel.list_entries(kernel.symbol("processes"), "process", "pid_link"))


def pids() -> list[int]:
    return [int(process["pid"]) for process in processes()]


def names() -> list[str]:
    return sorted({kernel.text(process["name"]) for process in processes()})


def find(word: str) -> gdb.Value:
    """The process with this pid or name; of several with one name, the first."""
    for process in processes():
        if word in (str(int(process["pid"])), kernel.text(process["name"])):
            return process
    raise Refusal(f"no process {word}: `ps` lists them")


def space_of(word: str) -> gdb.Value:
    """The address space of the process with this pid or name."""
    mm = mm_of(find(word))
    if mm is None:
        raise Refusal(f"process {word} has no address space any more")
    return mm


def running() -> list[gdb.Value]:
    """The thread on each CPU."""
    blocks = kernel.symbol("cpu_locals")
    threads = [int(blocks[cpu]["thread"]) for cpu in range(kernel.cpu_count())]
    return [kernel.at(thread, "thread") for thread in threads if thread]


def thread_of(process: gdb.Value) -> Optional[gdb.Value]:
    """Its oldest thread that has not exited."""
    return next(kernel.list_entries(process["threads"], "thread", "sibling"), None)


def mm_of(process: gdb.Value) -> Optional[gdb.Value]:
    return kernel.at(int(process["mm"]), "mm_struct") if int(process["mm"]) else None


def doing(process: gdb.Value) -> str:
    """`running on CPU 1`, `runnable`, `sleeping`, `zombie`."""
    thread = thread_of(process)
    if thread is None:
        return kernel.enum_name("process_state", int(process["state"]), "P_")
    if any(thread.address == other.address for other in running()):
        return f"running on CPU {int(thread['cpu'])}"
    return kernel.enum_name("thread_state", int(thread["state"]), "T_")
