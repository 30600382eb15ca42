# SPDX-License-Identifier: MIT
"""What a read or a write of an address would do next: the fault table of mm/README.md, answered
for one entry as it stands."""

from __future__ import annotations

from typing import Optional

import gdb

from mg import pages, space
from mg.space import Entry


def next_read(vma: Optional[gdb.Value], entry: Optional[Entry]) -> str:
    """The fate of a read."""
    refused = refusal(vma, "VM_READ")
    if refused:
        return refused
    if entry is None or not entry.value:
        if vma["vmo"]:
            return ("faults: do_read_fault maps the object's page, which a pager may have to bring"
                    " first, read-only, and those around it")
        return "faults: do_anonymous_zero maps the shared zero page, read-only"
    return "no fault: the entry allows it"


def next_write(vma: Optional[gdb.Value], entry: Optional[Entry]) -> str:
    """The fate of a write."""
    refused = refusal(vma, "VM_WRITE")
    if refused:
        return refused
    if entry is None or not entry.value:
        return next_write_to_empty(vma)
    if entry.has("PTE_W"):
        return "no fault: the entry allows it"
    if space.allows(vma, "VM_SHARED"):
        return "faults: do_wp_page, then wp_page_shared: the same page becomes writable"
    return f"faults: do_wp_page, {parting(entry)}"


def next_write_to_empty(vma: gdb.Value) -> str:
    """The same where nothing is mapped."""
    if not vma["vmo"]:
        return "faults: do_anonymous_page maps a zeroed page, exclusive and writable"
    if space.allows(vma, "VM_SHARED"):
        return "faults: do_shared_fault maps the object's page, writable"
    return "faults: do_cow_fault maps a copy of the object's page, exclusive and writable"


def refusal(vma: Optional[gdb.Value], right: str) -> str:
    """Why an access is refused; empty if it is not."""
    if vma is None:
        return "faults: SIGSEGV, there is no area (do_page_fault)"
    if not space.allows(vma, right):
        return f"faults: SIGSEGV, the area is {space.protection(vma)} (do_page_fault)"
    return ""


def parting(entry: Entry) -> str:
    """What do_wp_page decides for a present entry that is read-only."""
    if entry.is_zero_page:
        return "then wp_page_copy: the zero page is always copied"
    page = pages.page_of(entry.pfn)
    if page.of_object:
        return "then wp_page_copy: an object's page is always copied"
    if page.merged:
        return "then wp_page_copy: a merged page is always copied (event break_cow)"
    if page.exclusive:
        return "then wp_page_reuse: the page is exclusive, it becomes writable in place"
    if page.refcount > 1:
        return (f"then wp_page_copy: {page.refcount} references hold the page, so it may have"
                " other owners")
    if page.has("PG_locked"):
        return "then wp_page_copy: one reference, but somebody holds the page lock"
    return ("then wp_page_reuse: one reference and the page lock is free, so the page is its own"
            " again")
