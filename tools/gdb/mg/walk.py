# SPDX-License-Identifier: MIT
"""merge-walk: stops at each step of the next merge and says what changed and what will.

The steps are events (kernel/core/event.tbl). Between two of them the walk compares what it read at the
first with what it reads at the second, so what it prints as changed has been seen to change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

import gdb

from mg import events, kernel, merging, pages, rmap, space
from mg.events import EventBreakpoint, Hit
from mg.pages import Page

START = ("promote", "merge_locked")
STEPS = ("promote", "merge_locked", "merge_protect", "wrprotect", "merge_protected", "compare",
         "append", "replace", "zero_merge", "merge_done", "merge_fail", "demote", "stable_insert")

# What the engine does between this event and the next.
NEXT = {
    "promote": "the partner will be merged into this page; if that fails it is demoted again",
    "merge_locked": "every mapping of the page will be made read-only (write_protect_page)",
    "merge_protect": "each entry is cleared, flushed on every CPU and written back without W;"
                     " then the references are counted",
    "wrprotect": "the next mapping, or the end of the protection",
    "merge_protected": "all 4,096 bytes are compared, now that nobody can write them",
    "compare": "if they are equal, the record of where the page lived goes onto the stable node",
    "append": "each entry is moved to the merged page: clear, flush, set, and the counts with it",
    "replace": "the next mapping, or the end: the old frame's last reference goes",
    "zero_merge": "the next mapping; then the frame is free",
    "stable_insert": "nothing more: every equal page will be found here",
}


@dataclass(frozen=True)
class Snapshot:
    """The two pages, the entries that map them, and free memory, at one moment."""

    pages: dict[str, Page]
    entries: dict[int, int]  # slot → value
    records: Optional[int]   # of the merged page's node
    free: int


@dataclass
class Watch:
    """What one merge is about: its pages, and every slot known to map one of them."""

    page: int
    kpage: Optional[int] = None
    slots: dict[int, str] = field(default_factory=dict)  # slot → `pid 4 at 0x7f…`

    def frames(self) -> dict[str, int]:
        found = {"page": self.page}
        if self.kpage is not None and self.kpage != self.page:
            found["kpage"] = self.kpage
        return found

    def find_slots(self) -> None:
        """Adds every entry that the reverse map of the two pages leads to."""
        for pfn in self.frames().values():
            page = pages.page_of(pfn)
            for visit in rmap.visits(page):
                if visit.entry and visit.maps(page):
                    where = f"pid {int(visit.mm['pid'])} at {visit.address:#x}"
                    self.slots.setdefault(visit.entry.slot, where)

    def look(self) -> Snapshot:
        found = {name: pages.page_of(pfn) for name, pfn in self.frames().items()}
        records = next((int(kernel.at(page.owner, "stable_node")["nr_records"])
                        for page in found.values() if page.merged), None)
        return Snapshot(found, {slot: kernel.read_u64(slot) for slot in self.slots}, records,
                        merging.free_frames())


# ---- saying it ----

def show_all(watch: Watch, now: Snapshot) -> None:
    """Everything as it stands before the first step."""
    for name, page in now.pages.items():
        print(f"  {name:<6} frame {page.pfn:#x}: {page.state()}, refcount {page.refcount},"
              f" mapcount {page.mapcount}, flags {page.flag_names()}")
        print(f"         mapping {page.mapping_words()}, index {page.index:#x}")
    for slot, value in now.entries.items():
        entry = space.Entry(slot, value)
        print(f"  entry  {watch.slots[slot]}: frame {entry.pfn:#x}, {entry.words()}")
    if now.records is not None:
        print(f"  node   {now.records} records")
    print(f"  free   {now.free:,} frames")


def changes(watch: Watch, before: Snapshot, now: Snapshot) -> list[str]:
    """What differs, with the values before and after."""
    said = []
    for name, page in now.pages.items():
        said += page_changes(name, before.pages.get(name), page)
    for slot, value in now.entries.items():
        old = before.entries.get(slot)
        if old is not None and old != value:
            said.append(entry_change(watch.slots[slot], space.Entry(slot, old),
                                     space.Entry(slot, value)))
    if now.records != before.records:
        said.append(f"node   records {before.records or 0} -> {now.records or 0}")
    if now.free != before.free:
        said.append(f"free   {before.free:,} -> {now.free:,} frames ({now.free - before.free:+})")
    return said


def page_changes(name: str, old: Optional[Page], new: Page) -> list[str]:
    """The fields of a page that differ."""
    if old is None or old.pfn != new.pfn:
        return [f"{name:<6} is now frame {new.pfn:#x}: {new.state()}, refcount {new.refcount},"
                f" mapcount {new.mapcount}"]
    said = [f"{key} {getattr(old, key)} -> {getattr(new, key)}" for key in ("refcount", "mapcount")
            if getattr(old, key) != getattr(new, key)]
    if old.flags != new.flags:
        said.append(f"flags {old.flag_names()} -> {new.flag_names()}")
    if old.mapping != new.mapping:
        said.append(f"mapping {old.mapping_words()} -> {new.mapping_words()}")
    if old.index != new.index:
        said.append(f"index {old.index:#x} -> {new.index:#x}")
    return [f"{name:<6} {line}" for line in said]


def entry_change(where: str, old: space.Entry, new: space.Entry) -> str:
    frames = f"frame {old.pfn:#x} -> {new.pfn:#x}, " if old.pfn != new.pfn else ""
    return (f"entry  {where}: {old.value:#018x} -> {new.value:#018x}"
            f" ({frames}{old.words()} -> {new.words()})")


# ---- walking ----

class MergeWalk:
    """One merge, from its first step to its last."""

    def __init__(self, at_most: int = 200) -> None:
        self.at_most = at_most
        self.watch: Optional[Watch] = None
        self.last: Optional[Snapshot] = None
        self.promoted = False

    def run(self) -> None:
        """Goes on from event to event until the merge has ended."""
        breakpoint_ = EventBreakpoint(STEPS, internal=True, quiet=True)
        number = breakpoint_.number
        try:
            for step in range(1, self.at_most + 1):
                hit = next_stop(breakpoint_)
                if hit is None:
                    print("merge-walk: the guest stopped for another reason; the walk ends here")
                    return
                if self.step(step, hit):
                    return
            print(f"merge-walk: {self.at_most} steps shown; the walk ends here")
        finally:
            if breakpoint_.is_valid():
                breakpoint_.delete()
            EventBreakpoint.disarm(number)

    def step(self, number: int, hit: Hit) -> bool:
        """Tells one step; true if it was the last."""
        first = self.watch is None
        self.follow(hit)
        assert self.watch
        now = self.watch.look()
        text = events.table().get(hit.name, events.Info()).text
        print(f"\n[{number}] {hit.words()}\n    {text}")
        if first:
            show_all(self.watch, now)
        else:
            assert self.last
            for line in changes(self.watch, self.last, now) or ["nothing has changed"]:
                print(f"    {line}")
        self.last = now
        over = self.is_over(hit)
        if not over and hit.name in NEXT:
            print(f"    next: {NEXT[hit.name]}")
        return over

    def follow(self, hit: Hit) -> None:
        """Keeps track of which pages the merge is about."""
        if self.watch is None:
            self.watch = Watch(hit.fields[0])
        if hit.name == "promote":
            self.promoted, self.watch.kpage = True, hit.fields[0]
        elif hit.name in ("merge_locked", "merge_protect") and hit.fields[1]:
            self.watch.page, self.watch.kpage = hit.fields[0], hit.fields[1]
        self.watch.find_slots()

    def is_over(self, hit: Hit) -> bool:
        """A first merge ends with its node's insertion or with the demotion."""
        if self.promoted:
            return hit.name in ("stable_insert", "demote")
        return hit.name in ("merge_done", "merge_fail")


def next_stop(wanted: EventBreakpoint) -> Optional[Hit]:
    """Lets the guest run to the next step; None if it stopped elsewhere."""
    stopped: list[gdb.StopEvent] = []
    gdb.events.stop.connect(stopped.append)
    try:
        gdb.execute("continue", to_string=True)
    finally:
        gdb.events.stop.disconnect(stopped.append)
    if not stopped or not isinstance(stopped[-1], gdb.BreakpointEvent):
        return None
    if wanted.number not in (b.number for b in stopped[-1].breakpoints):
        return None
    return events.hit_here()
