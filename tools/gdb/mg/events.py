# SPDX-License-Identifier: MIT
"""Events: their counters, and stopping at them.

EVENT() calls event_hit() only while a bit of event_active[] is set; GDB's own bit does nothing
else, and the breakpoint stands on event_hit() itself.
"""

from __future__ import annotations

import functools
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import gdb

from mg import kernel
from mg.kernel import Refusal, const

TABLE = Path(__file__).resolve().parents[3] / "kernel/core/event.tbl"
WORD = r"(\w+),\s*"
LINE = re.compile(rf'^EVENT_DEF\({WORD * 5}"(.*)"\)', re.MULTILINE)


@dataclass(frozen=True)
class Info:
    """A line of event.tbl."""

    place: str = "?"
    fields: tuple[str, ...] = ()
    text: str = ""


@functools.lru_cache(maxsize=None)
def table() -> dict[str, Info]:
    """What the source says of each event; the numbers come from the kernel."""
    if not TABLE.exists():
        return {}
    return {name: Info(place, (f0, f1, f2), text)
            for name, place, f0, f1, f2, text in LINE.findall(TABLE.read_text())}


@functools.lru_cache(maxsize=None)
def numbers() -> dict[str, int]:
    """The events of this kernel."""
    return {name[3:]: number for name, number in kernel.enumerators("event_id").items()
            if name.startswith("EV_")}


def number_of(name: str) -> int:
    if name not in numbers():
        near = [other for other in numbers() if name in other or other in name]
        hint = f"; did you mean {', '.join(near)}?" if near else ": `events` lists them"
        raise Refusal(f"no event is called '{name}'{hint}")
    return numbers()[name]


def counts() -> list[int]:
    """How often each event has happened, summed over the CPUs."""
    array = kernel.symbol("event_counts")
    per_cpu = kernel.struct_type("event_counts").sizeof
    first, last = array.type.range()
    data = kernel.read(int(array.address), per_cpu * (last - first + 1))
    total = [0] * len(numbers())
    for start in range(0, len(data), per_cpu):
        row = struct.unpack_from(f"<{len(total)}Q", data, start)
        total = [have + more for have, more in zip(total, row)]
    return total


def active(event: int) -> int:
    """The bits of event_active[event]."""
    return int(kernel.symbol("event_active")[event])


def arm(event: int, on: bool) -> None:
    """Sets or clears GDB's bit; the CPUs stand still, so nobody else writes now."""
    bits = active(event) & ~const("ACTIVE_GDB") | (const("ACTIVE_GDB") if on else 0)
    where = int(kernel.symbol("event_active")[event].address)
    gdb.selected_inferior().write_memory(where, bytes([bits]))


@dataclass(frozen=True)
class Hit:
    """An event that a CPU has just reached."""

    name: str
    fields: tuple[int, int, int]

    def words(self) -> str:
        """`replace pfn=0x1f03 kpfn=0x1e00 addr=0x7ffff7a00000`."""
        names = table().get(self.name, Info()).fields or ("f0", "f1", "f2")
        said = (f"{name}={value:#x}" for name, value in zip(names, self.fields) if name != "none")
        return " ".join([self.name, *said])


def hit_here() -> Hit:
    """The event at whose event_hit() the selected CPU stands, from the argument registers."""
    frame = gdb.newest_frame()
    registers = [int(frame.read_register(name)) & (1 << 64) - 1
                 for name in ("rdi", "rsi", "rdx", "rcx")]
    name = {number: name for name, number in numbers().items()}.get(registers[0] & 0xffffffff, "?")
    return Hit(name, (registers[1], registers[2], registers[3]))


class EventBreakpoint(gdb.Breakpoint):
    """Stops at some events, if a test of their fields agrees. Deleting it disarms them."""

    instances: dict[int, EventBreakpoint] = {}

    def __init__(self, names: tuple[str, ...], field: Optional[int] = None, internal: bool = False,
                 quiet: bool = False) -> None:
        self.names, self.field, self.quiet = names, field, quiet
        self.events = {number_of(name) for name in names}
        # `*event_hit` is its very first instruction: the arguments are still in their registers.
        super().__init__("*event_hit", gdb.BP_BREAKPOINT, internal=internal)
        self.silent = quiet
        self.last: dict[tuple[int, str], int] = {}
        self.instances[self.number] = self
        for event in self.events:
            arm(event, True)

    def stop(self) -> bool:
        hit = hit_here()
        if hit.name not in self.names or self.field not in (None, hit.fields[0]):
            return False
        if self.repeated(hit):
            return False
        if not self.quiet:
            print(f"event {hit.words()}: {table().get(hit.name, Info()).text}")
        return True

    def repeated(self, hit: Hit) -> bool:
        """Whether it is the last stop of this CPU once more: an emulator with several CPUs may
        report a breakpoint again when it goes on from it. Every new event has been counted."""
        cpu = gdb.selected_thread().num - 1
        count = int(kernel.symbol("event_counts")[cpu]["n"][number_of(hit.name)])
        before = self.last.get((cpu, hit.name))
        self.last[cpu, hit.name] = count
        return before == count

    @classmethod
    def disarm(cls, number: int) -> None:
        """Disarms what no other breakpoint wants."""
        gone = cls.instances.pop(number, None)
        if gone:
            wanted = set().union(*(other.events for other in cls.instances.values()))
            for event in gone.events - wanted:
                arm(event, False)


gdb.events.breakpoint_deleted.connect(lambda gone: EventBreakpoint.disarm(gone.number))
