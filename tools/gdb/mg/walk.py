# SPDX-License-Identifier: MIT
"""merge-walk: stops at each step of the next merge and says what changed and what will.

The steps are events (kernel/core/event.tbl). Between two of them the walk compares what it read at
the first with what it reads at the second, so what it prints as changed has been seen to change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

import gdb

from mg import events, kernel, merging, pages, rmap, space
from mg.events import EventBreakpoint, Hit
from mg.pages import Page

STEPS = ("merge_locked", "merge_protect", "wrprotect", "merge_protected", "promote", "compare",
         "append", "replace", "zero_merge", "merge_done", "merge_fail", "demote", "stable_insert",
         "page_free")

# What the engine does between this event and the next (mm/merge/engine/join.c).
NEXT = {
    "merge_locked": "a record for the page's place is allocated; then every mapping is protected",
    "merge_protect": "each mapping is found by the reverse map; its entry is cleared, flushed on"
                     " every CPU, and written back without W",
    "wrprotect": "the next mapping; after the last one the references are counted",
    "merge_protected": "all 4,096 bytes are compared, now that nobody can write them",
    "promote": "the partner is merged into this page; if that fails, it is demoted again",
    "compare": "if equal, the record of where the page lived goes onto the stable node",
    "append": "each entry moves to the merged page: counts, clear, flush, set",
    "replace": "the next mapping; after the last one the old frame's last reference goes",
    "zero_merge": "each entry moves to the zero page: clear, flush, set",
    "merge_done": "the scanner drops the old frame's last reference",
    "stable_insert": "the scanner drops the old frame's last reference",
    "page_free": "the frame goes back to the allocator",
    "merge_fail": "the candidate was promoted for nothing: it is demoted, its entries stay as they"
                  " are",
}
FIRST_PROTECTED = "a stable node takes the page over: mapping becomes node | KSM, with a record"
FIRST_DONE = "the node goes into the stable tree, where every equal page will find it"
ZERO_NEXT = {
    "merge_locked": "every mapping is protected; the zero page needs no record",
    "merge_protected": "all 4,096 bytes are compared with zero, now that nobody can write them",
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

    page: int    # is to be absorbed
    kpage: int   # is to stay
    first: bool  # a first merge: kpage must be promoted
    slots: dict[int, str] = field(default_factory=dict)  # slot → `pid 4 at 0x7f…`

    @property
    def to_zero_page(self) -> bool:
        return self.kpage == int(kernel.symbol("zero_pfn"))

    def frames(self) -> dict[str, int]:
        return {"page": self.page, "kpage": self.kpage}

    def covers(self, other: Watch) -> bool:
        """Whether this merge goes on with what would look like the beginning of the other."""
        return {self.page, self.kpage} == {other.page, other.kpage}

    def words(self) -> str:
        """What the merge is to do."""
        if self.to_zero_page:
            return f"frame {self.page:#x} is to give way to the zero page"
        if self.first:
            return (f"a first merge: frame {self.kpage:#x} is to become a merged page,"
                    f" frame {self.page:#x} to be absorbed by it")
        return f"frame {self.page:#x} is to be absorbed by merged frame {self.kpage:#x}"

    def over(self, hit: Hit, now: Snapshot) -> bool:
        """A merge ends when the old frame is freed, or when nothing is left that would free it."""
        if hit.name == "page_free":
            return True
        last = ("stable_insert", "demote") if self.first else ("merge_done", "merge_fail")
        return hit.name in last and now.pages["page"].mapcount > 0

    def next_words(self, hit: Hit) -> str:
        """What the engine does between this step and the next."""
        if hit.name == "merge_done" and self.first:
            return FIRST_DONE
        if hit.name == "merge_protected" and self.first and hit.fields[0] == self.kpage:
            return FIRST_PROTECTED
        if self.to_zero_page and hit.name in ZERO_NEXT:
            return ZERO_NEXT[hit.name]
        return NEXT[hit.name]

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
        records = next((int(kernel.at(page.owner, "stable_node")["records"]["nr"])
                        for page in found.values() if page.merged), None)
        return Snapshot(found, {slot: kernel.read_u64(slot) for slot in self.slots}, records,
                        merging.free_frames())


# ---- saying it ----

def show_all(watch: Watch, now: Snapshot) -> None:
    """Everything as it stands before the first step."""
    for name, page in now.pages.items():
        print(f"    {name:<6} frame {page.pfn:#x}: {page.state()}, refcount {page.refcount},"
              f" mapcount {page.mapcount}, flags {page.flag_names()}")
        print(f"           mapping {page.mapping_words()}, index {page.index:#x}")
    for slot, value in now.entries.items():
        entry = space.Entry(slot, value)
        print(f"    entry  {watch.slots[slot]}: frame {entry.pfn:#x}, {entry.words()}")
    if now.records is not None:
        print(f"    node   {now.records} records")
    print(f"    free   {now.free:,} frames")


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
    said = [f"frame {old.pfn:#x} -> {new.pfn:#x}"] if old.pfn != new.pfn else []
    if old.words() != new.words():
        said.append(f"{old.words()} -> {new.words()}")
    return f"entry  {where}: {old.value:#018x} -> {new.value:#018x} ({'; '.join(said)})"


# ---- walking ----

class MergeWalk:
    """One merge, from its first step to its last."""

    def __init__(self, wanted: Optional[int] = None, at_most: int = 200) -> None:
        self.wanted = wanted  # a frame that must take part
        self.at_most = at_most
        self.watch: Optional[Watch] = None
        self.last: Optional[Snapshot] = None

    def run(self) -> Optional[int]:
        """Goes on from event to event until the merge has ended; the frame that was to stay."""
        steps = EventBreakpoint(STEPS, internal=True, quiet=True)
        number = steps.number
        try:
            self.walk(steps)
        finally:
            if steps.is_valid():
                steps.delete()
            EventBreakpoint.disarm(number)
        return self.watch.kpage if self.watch else None

    def walk(self, steps: EventBreakpoint) -> None:
        shown = 0
        while shown < self.at_most:
            hit = next_stop(steps)
            if hit is None:
                print("merge-walk: the guest stopped for another reason; the walk ends here")
                return
            if not self.follow(hit):
                continue
            shown += 1
            if self.tell(shown, hit, steps):
                return
        print(f"merge-walk: {self.at_most} steps shown; the walk ends here")

    def follow(self, hit: Hit) -> bool:
        """Keeps track of which pages the merge is about; false if the step is none of it."""
        started = started_by(hit)
        if started and not (self.watch and self.watch.covers(started)):
            if self.wanted not in (None, started.page, started.kpage):
                return False
            if self.watch:
                print("\nthe merge was given up before its first change; the next one begins")
            self.watch, self.last = started, None
        if hit.name == "page_free" and not (self.watch and hit.fields[0] == self.watch.page):
            return False
        return self.watch is not None and hit.fields[0] in self.watch.frames().values()

    def tell(self, number: int, hit: Hit, steps: EventBreakpoint) -> bool:
        """Tells one step; true if it was the last."""
        assert self.watch
        self.watch.find_slots()
        now = self.watch.look()
        over = self.watch.over(hit, now)
        text = events.table().get(hit.name, events.Info()).text
        print(f"\n[{number}] {hit.words()}\n    {text}")
        if self.last is None:
            print(f"    {self.watch.words()}")
            show_all(self.watch, now)
        else:
            for line in changes(self.watch, self.last, now) or ["nothing has changed"]:
                print(f"    {line}")
        self.last = now
        if hit.name == "page_free":
            steps.enabled = False
            self.tell_freed()
        if not over:
            print(f"    next: {self.watch.next_words(hit)}")
        return over

    def tell_freed(self) -> None:
        """Lets free_user_page() return, and shows the frame among the free ones."""
        assert self.watch and self.last
        freeing = gdb.newest_frame().older()
        returned = gdb.Breakpoint(f"*{freeing.older().pc():#x}", internal=True, temporary=True)
        returned.silent = True
        gdb.execute("continue", to_string=True)
        for line in changes(self.watch, self.last, self.watch.look()):
            print(f"    {line}")


def started_by(hit: Hit) -> Optional[Watch]:
    """The merge that this step begins. A first merge protects the page to be promoted before it
    locks the partner, so it begins with merge_protect."""
    if hit.name == "merge_locked":
        return Watch(hit.fields[0], hit.fields[1], first=False)
    if hit.name == "merge_protect":
        return Watch(hit.fields[1], hit.fields[0], first=True)
    return None


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
