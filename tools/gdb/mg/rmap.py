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
class Visit:
    """One area that a walk looks at."""

    anon_vma: int
    index: int
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


def places(page: Page) -> list[tuple[int, int]]:
    """(anon_vma, index) pairs by which a page is found: its own, or its stable node's records."""
    if page.merged:
        node = kernel.at(page.owner, "stable_node")
        return [(int(r["anon_vma"]), int(r["index"])) for r in records(node)]
    return [(page.owner, page.index)] if page.anonymous else []


def records(node: gdb.Value) -> list[gdb.Value]:
    """The rmap_records of a stable node."""
    return list(kernel.tree_entries(node["records"]["root"], "rmap_record", "node"))


def visits(page: Page) -> Iterator[Visit]:
    """Every area that may map the page, in order; one entry may be visited twice."""
    for anon_vma, index in places(page):
        yield from visits_of(anon_vma, index)


def visits_of(anon_vma: int, index: int) -> Iterator[Visit]:
    """The walk through one anon_vma."""
    for chain in chains(kernel.at(anon_vma, "anon_vma")):
        vma = kernel.at(int(chain["vma"]), "vm_area_struct")
        address = space.address_of_index(vma, index)
        if address is not None:
            mm = kernel.at(int(vma["vm_mm"]), "mm_struct")
            yield Visit(anon_vma, index, vma, mm, address, space.entry_of(mm, address))


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
