# SPDX-License-Identifier: MIT
"""The reverse map: from a page to every entry that maps it, as rmap_walk() finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Optional

import gdb

from mg import kernel, space
from mg.pages import Page
from mg.space import Entry


@dataclass(frozen=True)
class Place:
    """A tree of areas, and the index at which a page is to be found in it."""

    owner: int  # an anon_vma, or an object, which has an i_mmap
    index: int
    of_object: bool = False


@dataclass(frozen=True)
class Visit:
    """One area that a walk looks at."""

    place: Place
    vma: gdb.Value
    mm: gdb.Value
    address: int
    entry: Optional[Entry]  # what stands there; None: no page table

    def maps(self, page: Page) -> bool:
        """Whether the entry maps the page: a walk skips the area if not."""
        entry = self.entry
        return bool(entry and entry.present and not entry.is_zero_page and entry.pfn == page.pfn)


def chains(anon_vma: gdb.Value) -> Iterator[gdb.Value]:
    """The anon_vma_chains in an anon_vma's tree, in the order of a walk."""
    return kernel.tree_entries(anon_vma["tree"], "anon_vma_chain", "node.rb")


def areas(place: Place) -> Iterator[gdb.Value]:
    """The areas in its tree, in the order of a walk."""
    if place.of_object:
        tree = kernel.at(place.owner, "vmo")["i_mmap"]
        yield from kernel.tree_entries(tree, "vm_area_struct", "i_mmap_node.rb")
        return
    for chain in chains(kernel.at(place.owner, "anon_vma")):
        yield kernel.at(int(chain["vma"]), "vm_area_struct")


def places(page: Page) -> list[Place]:
    """Where a page is found: at its own anon_vma or object, or at its stable node's records."""
    if page.merged:
        node = kernel.at(page.owner, "stable_node")
        return [Place(int(r["anon_vma"]), int(r["index"])) for r in records(node)]
    if page.refcount and page.mapping:  # of user memory: elsewhere the field serves its owner
        return [Place(page.owner, page.index, page.of_object)]
    return []


def records(node: gdb.Value) -> list[gdb.Value]:
    """The rmap_records of a stable node."""
    return list(kernel.tree_entries(node["records"]["root"], "rmap_record", "node"))


def visits(page: Page) -> Iterator[Visit]:
    """Every area that may map the page, in order; one entry may be visited twice."""
    for place in places(page):
        yield from visits_of(place)


def visits_of(place: Place) -> Iterator[Visit]:
    """The walk through one tree."""
    for vma in areas(place):
        address = space.address_of_index(vma, place.index)
        if address is not None:
            mm = kernel.at(int(vma["vm_mm"]), "mm_struct")
            yield Visit(place, vma, mm, address, space.entry_of(mm, address))


def slots(page: Page) -> set[int]:
    """The distinct entries, by their kernel address, through which the walk finds the page."""
    return {visit.entry.slot for visit in visits(page) if visit.entry and visit.maps(page)}


def family(anon_vma: int) -> list[tuple[int, gdb.Value]]:
    """An anon_vma and its ancestors, itself first."""
    line = []
    for _ in range(64):
        value = kernel.at(anon_vma, "anon_vma")
        line.append((anon_vma, value))
        if int(value["parent"]) == anon_vma:
            break
        anon_vma = int(value["parent"])
    return line
