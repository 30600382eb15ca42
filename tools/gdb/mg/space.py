# SPDX-License-Identifier: MIT
"""Address spaces: areas, page tables, and their entries in words."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Iterator, Optional

import gdb

from mg import kernel
from mg.kernel import const

LEVELS = {4: "PML4", 3: "PDPT", 2: "PD", 1: "PT"}  # from the root down, numbered as in paging.h
TOP = max(LEVELS)

FLAG_WORDS = (("VM_READ", "r"), ("VM_WRITE", "w"), ("VM_EXEC", "x"))
TRAITS = (("VM_SHARED", "shared"), ("VM_MERGEABLE", "mergeable"),
          ("VM_UNMERGEABLE", "unmergeable"), ("VM_WIRED", "wired"), ("VM_STACK", "stack"))
BITS = (("PTE_W", "writable"), ("PTE_U", "user"), ("PTE_A", "accessed"), ("PTE_D", "dirty"),
        ("PTE_SPECIAL", "zero page"), ("PTE_ZMERGED", "put there by a merge"))


def page_size() -> int:
    return 1 << const("PAGE_SHIFT")


def level_shift(level: int) -> int:
    """The address bit from which on a table of the level is indexed."""
    return const("PAGE_SHIFT") + 9 * (level - 1)


# ---- entries ----

@dataclass(frozen=True)
class Entry:
    """One page-table entry: where it stands and what it says."""

    slot: int   # kernel address of the entry
    value: int

    def has(self, bit: str) -> bool:
        return bool(self.value & const(bit))

    @property
    def present(self) -> bool:
        return self.has("PTE_P")

    @property
    def pfn(self) -> int:
        return (self.value & const("PTE_PFN_MASK")) >> const("PAGE_SHIFT")

    @property
    def is_zero_page(self) -> bool:
        return self.present and self.has("PTE_SPECIAL")

    def words(self) -> str:
        """Every bit that is set, in words, and the two whose absence matters."""
        if not self.value:
            return "empty"
        if not self.present:
            return f"not present ({self.value:#x})"
        said = [word for bit, word in BITS if self.has(bit)]
        said += [] if self.has("PTE_W") else ["read-only"]
        said += ["no execute" if self.has("PTE_NX") else "executable"]
        said += [] if self.has("PTE_U") else ["no user access"]
        return ", ".join(said)


@dataclass(frozen=True)
class Mapping:
    """A user page that an address space maps."""

    mm: int      # address of the mm_struct
    pid: int
    address: int
    entry: Entry


def entry_at(slot: int) -> Entry:
    return Entry(slot, kernel.read_u64(slot))


def walk(mm: gdb.Value, address: int) -> Iterator[tuple[int, Entry]]:
    """The entries on the way to an address, from the root down, up to the first that ends it."""
    table = int(mm["pgd"])
    for level in LEVELS:
        entry = entry_at(table + 8 * (address >> level_shift(level) & 511))
        yield level, entry
        if not entry.present:
            return
        table = kernel.phys_to_virt(entry.pfn << const("PAGE_SHIFT"))


def entry_of(mm: gdb.Value, address: int) -> Optional[Entry]:
    """The lowest entry of an address, or None if there is no page table."""
    steps = list(walk(mm, address))
    return steps[-1][1] if len(steps) == len(LEVELS) else None


def table_entries(table: int, entries: int = 512) -> Iterator[tuple[int, Entry]]:
    """The entries of one table that are not empty, with their places."""
    values = struct.unpack(f"<{entries}Q", kernel.read(table, 8 * entries))
    for i, value in enumerate(values):
        if value:
            yield i, Entry(table + 8 * i, value)


def mapped(mm: gdb.Value) -> Iterator[Mapping]:
    """Every present user entry of an address space, by address: the brute-force walk."""
    home, pid = int(mm.address), int(mm["pid"])

    def below(table: int, level: int, base: int) -> Iterator[Mapping]:
        shift = level_shift(level)
        for i, entry in table_entries(table, 256 if level == TOP else 512):
            address = base + (i << shift)
            if not entry.present:
                continue
            if level == 1:
                yield Mapping(home, pid, address, entry)
            else:
                lower = kernel.phys_to_virt(entry.pfn << const("PAGE_SHIFT"))
                yield from below(lower, level - 1, address)

    if int(mm["pgd"]):
        yield from below(int(mm["pgd"]), TOP, 0)


def all_mappings() -> dict[int, list[Mapping]]:
    """Who maps each frame, found without the reverse map; the zero page is left out."""
    found: dict[int, list[Mapping]] = {}
    for mm in spaces():
        for mapping in mapped(mm):
            if not mapping.entry.is_zero_page:
                found.setdefault(mapping.entry.pfn, []).append(mapping)
    return found


# ---- address spaces and areas ----

def spaces() -> list[gdb.Value]:
    """Every mm_struct, by pid."""
    found = kernel.list_entries(kernel.symbol("mm_list"), "mm_struct", "mm_list")
    return sorted(found, key=lambda mm: int(mm["pid"]))


def areas(mm: gdb.Value) -> list[gdb.Value]:
    """The areas of an address space, by address."""
    return list(kernel.list_entries(mm["vma_list"], "vm_area_struct", "vm_list"))


def area_of(mm: gdb.Value, address: int) -> Optional[gdb.Value]:
    """The area that contains an address."""
    for vma in areas(mm):
        if int(vma["vm_start"]) <= address < int(vma["vm_end"]):
            return vma
    return None


def protection(vma: gdb.Value) -> str:
    """`rw-`."""
    flags = int(vma["vm_flags"])
    return "".join(letter if flags & const(name) else "-" for name, letter in FLAG_WORDS)


def traits(vma: gdb.Value) -> str:
    """What an area is besides its protection."""
    flags = int(vma["vm_flags"])
    words = [word for name, word in TRAITS if flags & const(name)]
    return " ".join(["object"] * bool(vma["vmo"]) + words)


def allows(vma: gdb.Value, flag: str) -> bool:
    return bool(int(vma["vm_flags"]) & const(flag))


def page_index(vma: gdb.Value, address: int) -> int:
    """The linear index that a page at this address has."""
    first = address - int(vma["vm_start"]) >> const("PAGE_SHIFT")
    return first + int(vma["vm_pgoff"])


def address_of_index(vma: gdb.Value, index: int) -> Optional[int]:
    """The address at which an area would map an index."""
    pages = int(vma["vm_end"]) - int(vma["vm_start"]) >> const("PAGE_SHIFT")
    offset = index - int(vma["vm_pgoff"])
    if not 0 <= offset < pages:
        return None
    return int(vma["vm_start"]) + (offset << const("PAGE_SHIFT"))
