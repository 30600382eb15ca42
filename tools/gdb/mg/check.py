# SPDX-License-Identifier: MIT
"""The invariants of mm/, derived anew from the stopped kernel: mm_check() seen from outside.

It runs no kernel code, so it also works where mm_check() cannot: after a panic, in the middle of a
merge. A CPU that was stopped half-way through a step may show that step as a finding.
"""

from __future__ import annotations

import functools
from typing import Callable, Iterator

import gdb

from mg import kernel, merging, pages, process, rmap, space
from mg.kernel import Refusal
from mg.pages import Page
from mg.space import Mapping


class World:
    """Everything the checks look at, read once."""

    def __init__(self) -> None:
        self.spaces = space.spaces()
        self.entries: dict[int, list[Mapping]] = {int(mm.address): list(space.mapped(mm))
                                                  for mm in self.spaces}
        self.mappings: dict[int, list[Mapping]] = {}
        for entry in (m for found in self.entries.values() for m in found):
            if not entry.entry.is_zero_page:
                self.mappings.setdefault(entry.entry.pfn, []).append(entry)
        self.pages = list(pages.read_pages(0, pages.frame_count()))
        self.zero_pfn = int(kernel.symbol("zero_pfn"))

    def mapped_pages(self) -> Iterator[tuple[Page, list[Mapping]]]:
        for pfn, mappings in sorted(self.mappings.items()):
            yield self.pages[pfn], mappings


def where(mapping: Mapping) -> str:
    return f"pid {mapping.pid} at {mapping.address:#x}"


# ---- counts ----

def mapcounts(world: World) -> Iterator[str]:
    """mapcount = entries that map the frame"""
    for page in world.pages:
        found = len(world.mappings.get(page.pfn, ()))
        if page.mapcount != found:
            yield f"frame {page.pfn:#x}: mapcount {page.mapcount}, but {found} entries map it"


def references(world: World) -> Iterator[str]:
    """each entry holds a reference; no free or kernel frame is mapped"""
    for page, mappings in world.mapped_pages():
        if page.refcount < len(mappings):
            yield (f"frame {page.pfn:#x}: refcount {page.refcount},"
                   f" but {len(mappings)} entries map it")
        for flag in ("PG_buddy", "PG_pcp", "PG_free", "PG_slab", "PG_table", "PG_reserved"):
            if page.has(flag) and not (page.of_object and flag == "PG_reserved"):  # a boot module
                yield f"frame {page.pfn:#x} is mapped by {where(mappings[0])}, but has {flag}"


def counters(world: World) -> Iterator[str]:
    """mm->nr_ptes = present entries; the entries of merged zero pages are counted"""
    for mm in world.spaces:
        found, counted = len(world.entries[int(mm.address)]), kernel.atomic(mm["nr_ptes"])
        if found != counted:
            yield f"pid {int(mm['pid'])}: nr_ptes {counted}, but {found} entries are present"
    merged_zero = sum(m.entry.has("PTE_ZMERGED") for found in world.entries.values() for m in found)
    counted = kernel.atomic(kernel.symbol("nr_zero_merged"))
    if merged_zero != counted:
        yield f"nr_zero_merged {counted}, but {merged_zero} entries are marked"


# ---- rights ----

def exclusive(world: World) -> Iterator[str]:
    """writable => AnonExclusive => mapcount 1"""
    for page, mappings in world.mapped_pages():
        writable = [m for m in mappings if m.entry.has("PTE_W")]
        if page.anonymous and writable and not page.exclusive:
            yield f"frame {page.pfn:#x}: {where(writable[0])} may write it, but it is not exclusive"
        if page.exclusive and len(mappings) != 1:
            yield f"frame {page.pfn:#x} is exclusive, but {len(mappings)} entries map it"


def merged(world: World) -> Iterator[str]:
    """merged pages are read-only, not exclusive, and their node knows them"""
    for page, mappings in world.mapped_pages():
        if not page.merged:
            continue
        for mapping in mappings:
            if mapping.entry.has("PTE_W"):
                yield f"merged frame {page.pfn:#x}: {where(mapping)} may write it"
        if page.exclusive:
            yield f"merged frame {page.pfn:#x} is exclusive"
        node = kernel.at(page.owner, "stable_node")
        if int(node["pfn"]) != page.pfn:
            yield f"merged frame {page.pfn:#x}: its node speaks of frame {int(node['pfn']):#x}"


def zero_page(world: World) -> Iterator[str]:
    """the zero page is mapped read-only"""
    for mapping in (m for found in world.entries.values() for m in found):
        entry = mapping.entry
        if entry.is_zero_page and (entry.has("PTE_W") or entry.pfn != world.zero_pfn):
            yield f"{where(mapping)}: a zero-page entry that is {entry.words()}"


# ---- structure ----

def area_order(world: World) -> Iterator[str]:
    """areas are in order and apart, and every entry lies in one"""
    for mm in world.spaces:
        areas, end = space.areas(mm), 0
        for vma in areas:
            if not end <= int(vma["vm_start"]) < int(vma["vm_end"]):
                yield f"pid {int(mm['pid'])}: the area at {int(vma['vm_start']):#x} is out of order"
            end = int(vma["vm_end"])
        yield from strays(areas, world.entries[int(mm.address)])


def strays(areas: list[gdb.Value], entries: list[Mapping]) -> Iterator[str]:
    """Entries outside every area; both lists are in order of addresses."""
    ranges = iter([(int(vma["vm_start"]), int(vma["vm_end"])) for vma in areas])
    start, end = next(ranges, (1 << 64, 1 << 64))
    for mapping in entries:
        while mapping.address >= end:
            start, end = next(ranges, (1 << 64, 1 << 64))
        if mapping.address < start:
            yield f"{where(mapping)}: an entry outside every area"


def reverse_map(world: World) -> Iterator[str]:
    """rmap_walk finds just the entries that a brute-force walk finds"""
    may_map = functools.lru_cache(maxsize=None)(areas_of)
    at = {(mapping.mm, mapping.address): mapping.entry
          for found in world.entries.values() for mapping in found}
    for page, mappings in world.mapped_pages():
        found = set()
        for place in rmap.places(page):
            for mm, start, first, count in may_map(place.owner, place.of_object):
                address = start + (place.index - first << kernel.const("PAGE_SHIFT"))
                inside = first <= place.index < first + count
                entry = at.get((mm, address)) if inside else None
                if entry and entry.pfn == page.pfn and not entry.is_zero_page:
                    found.add((mm, address))
        for mapping in mappings:
            if (mapping.mm, mapping.address) not in found:
                yield f"frame {page.pfn:#x}: the reverse map does not find {where(mapping)}"


def objects(world: World) -> Iterator[str]:
    """an object's page stands in an area of that object, at its index"""
    for mm in world.spaces:
        areas = space.areas(mm)
        for mapping in world.entries[int(mm.address)]:
            page = world.pages[mapping.entry.pfn]
            if mapping.entry.is_zero_page or not page.of_object:
                continue
            vma = next((vma for vma in areas
                        if int(vma["vm_start"]) <= mapping.address < int(vma["vm_end"])), None)
            if (vma is None or int(vma["vmo"]) != page.mapping
                    or space.page_index(vma, mapping.address) != page.index):
                yield f"{where(mapping)}: frame {page.pfn:#x} is not what the area shows there"


def areas_of(owner: int, of_object: bool) -> list[tuple[int, int, int, int]]:
    """(mm, vm_start, vm_pgoff, pages) of each area in the tree of an anon_vma or object."""
    found = []
    for vma in rmap.areas(rmap.Place(owner, 0, of_object)):
        length = int(vma["vm_end"]) - int(vma["vm_start"]) >> kernel.const("PAGE_SHIFT")
        found.append((int(vma["vm_mm"]), int(vma["vm_start"]), int(vma["vm_pgoff"]), length))
    return found


def stable_tree(world: World) -> Iterator[str]:
    """the stable tree is in the order of its keys"""
    last = -1
    for node in merging.stable_tree():
        if int(node["hash"]) < last:
            yield f"the stable node at {int(node.address):#x} is out of order"
        last = int(node["hash"])


CHECKS: tuple[Callable[[World], Iterator[str]], ...] = (
    mapcounts, references, counters, exclusive, merged, zero_page, area_order, reverse_map, objects,
    stable_tree)


def busy() -> list[str]:
    """The threads on a CPU that hold locks: what they work on may be half done."""
    said = []
    for cpu, thread in enumerate(process.running()):
        held = int(thread["held_locks"])
        if held:
            said.append(f"{kernel.text(thread['name'])} on CPU {cpu}")
    return said


def run(show: Callable[[str, int], None], limit: int = 10) -> int:
    """Runs every check, prints up to `limit` findings of each; the number of findings."""
    world, total = World(), 0
    for check in CHECKS:
        try:
            found = list(check(world))
        except (Refusal, gdb.MemoryError) as error:
            found = [f"could not be followed to its end: {error}"]
        show((check.__doc__ or "").strip(), len(found))
        for sentence in found[:limit]:
            print(f"    {sentence}")
        if len(found) > limit:
            print(f"    … and {len(found) - limit} more")
        total += len(found)
    return total
