# SPDX-License-Identifier: MIT
"""Frames: what struct page says of them, in words."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Iterator

from mg import kernel
from mg.kernel import Refusal, const

CHUNK = 4096  # frames read in one go


@dataclass(frozen=True)
class Page:
    """A struct page, read once."""

    pfn: int
    flags: int
    refcount: int
    mapcount: int
    mapping: int
    index: int
    private: int

    def has(self, flag: str) -> bool:
        return bool(self.flags >> const(flag) & 1)

    @property
    def anonymous(self) -> bool:
        return bool(self.mapping & const("PAGE_MAPPING_ANON"))

    @property
    def of_object(self) -> bool:
        """Whether it belongs to a memory object; asked of a page that is mapped."""
        return not self.mapping & const("PAGE_MAPPING_FLAGS")

    @property
    def merged(self) -> bool:
        return self.mapping & const("PAGE_MAPPING_FLAGS") == const("PAGE_MAPPING_KSM")

    @property
    def exclusive(self) -> bool:
        return self.has("PG_anon_exclusive")

    @property
    def owner(self) -> int:
        """The mapping without its tag: an anon_vma, a stable node, or an object."""
        return self.mapping & ~const("PAGE_MAPPING_FLAGS")

    @property
    def free(self) -> bool:
        return any(self.has(flag) for flag in ("PG_free", "PG_buddy", "PG_pcp"))

    def flag_names(self) -> str:
        """The flags that are set."""
        names = (name for name, bit in kernel.enumerators("page_flag").items()
                 if self.flags >> bit & 1)
        return " ".join(name[3:] for name in names) or "none"

    def mapping_words(self) -> str:
        """The tagged pointer, taken apart."""
        if self.merged:
            return f"{self.mapping:#x} = stable node {self.owner:#x} | KSM"
        if self.anonymous:
            return f"{self.mapping:#x} = anon_vma {self.owner:#x} | ANON"
        return f"{self.mapping:#x} = vmo" if self.mapping else "0 (none)"

    def state(self) -> str:
        """What the frame is just now, in a few words."""
        if self.refcount and self.mapping and self.of_object:
            return "a memory object's"
        for flag, words in (("PG_reserved", "reserved: never given to the allocator"),
                            ("PG_table", "a page table"), ("PG_slab", "a slab")):
            if self.has(flag):
                return words
        if self.free:
            return "free"
        if self.pfn == int(kernel.symbol("zero_pfn")):
            return "the shared zero page"
        if self.merged:
            return "merged"
        if self.anonymous:
            return "anonymous, exclusive" if self.exclusive else "anonymous, shared or once shared"
        return "user memory, not anonymous" if self.refcount else "kernel memory (frozen)"


def frame_count() -> int:
    return int(kernel.symbol("max_pfn"))


def page_address(pfn: int) -> int:
    """Where the struct page of a frame stands."""
    return int(kernel.symbol("mem_map")) + pfn * kernel.struct_type("page").sizeof


def layout() -> list[tuple[int, str]]:
    """Offset and form of the fields of a Page, in its order."""
    forms = (("flags", "<Q"), ("refcount.counter", "<i"), ("mapcount.counter", "<i"),
             ("mapping", "<Q"), ("index", "<Q"), ("private", "<Q"))
    return [(kernel.offset_of("page", name), form) for name, form in forms]


def read_pages(first: int, count: int) -> Iterator[Page]:
    """The pages of `count` frames, in few reads."""
    size, fields = kernel.struct_type("page").sizeof, layout()
    for start in range(first, first + count, CHUNK):
        n = min(CHUNK, first + count - start)
        data = kernel.read(page_address(start), n * size)
        for i in range(n):
            yield Page(start + i, *(struct.unpack_from(form, data, i * size + offset)[0]
                                    for offset, form in fields))


def page_of(pfn: int) -> Page:
    """The page of a frame."""
    if not 0 <= pfn < frame_count():
        raise Refusal(f"there is no frame {pfn:#x}: the last one is {frame_count() - 1:#x}")
    return next(read_pages(pfn, 1))


def pfn_of(number: int) -> int:
    """The frame that a number means: a frame number, a physical address, a direct-map address, or
    the address of a struct page."""
    shift, frames = const("PAGE_SHIFT"), frame_count()
    map_start = int(kernel.symbol("mem_map"))
    map_end = map_start + frames * kernel.struct_type("page").sizeof
    if map_start <= number < map_end:
        return (number - map_start) // kernel.struct_type("page").sizeof
    if 0 <= number < frames:
        return number
    direct = const("DIRECT_MAP")
    phys = number - direct if number >= direct else number
    if 0 <= phys < frames << shift:
        return phys >> shift
    raise Refusal(f"{number:#x} is no frame number, physical address or direct-map address"
                  " (for a user address: `pte PID ADDR` names its frame)")
