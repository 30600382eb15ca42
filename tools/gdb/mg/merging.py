# SPDX-License-Identifier: MIT
"""Same-page merging: the two trees and the scanner's lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import gdb

from mg import kernel, pages
from mg.kernel import const
from mg.pages import Page

KEYS = ("shared", "records", "unstable")
WORK = ("scanned", "full_scans", "merges", "demotions", "ptes_moved", "collisions")


# ---- the stable tree ----

def stable_tree() -> Iterator[gdb.Value]:
    """The nodes in the order of their keys."""
    return kernel.tree_entries(kernel.symbol("stable_root"), "stable_node", "node")


def stable_nodes() -> list[gdb.Value]:
    """Every node, those of a merge in progress too."""
    return list(kernel.list_entries(kernel.symbol("stable_nodes"), "stable_node", "all"))


def node_page(node: gdb.Value) -> Page:
    return pages.page_of(int(node["pfn"]))


def is_stale(node: gdb.Value) -> bool:
    """Whether the node's page has gone: the keyhole test of get_ksm_page()."""
    return node_page(node).mapping != int(node.address) | const("PAGE_MAPPING_KSM")


# ---- the scanner's records ----

@dataclass(frozen=True)
class Candidate:
    """What the scanner keeps about a page, in struct page."""

    pfn: int
    hash: int
    visits: int
    state: int
    where: int

    def state_words(self) -> str:
        """Who must know when the page dies (mm/merge/pksm/lists.c): `held`, or `new on CPU 1`."""
        kind = kernel.enum_name("pksm_state", self.state & 0xff, "PS_")
        return f"{kind} on CPU {self.state >> 8}" if kind == "new" else kind

    def where_words(self) -> str:
        """What the scanner thread has linked it into."""
        return kernel.enum_name("scan_where", self.where, "WHERE_")


def candidate(page: gdb.Value) -> Candidate:
    scan = page["scan"]
    return Candidate(pages.pfn_of(int(page.address)), int(scan["hash"]), int(scan["visits"]),
                     int(scan["state"]), int(scan["where"]))


def unstable_tree() -> Iterator[Candidate]:
    """The candidates in the order of their keys."""
    root = kernel.symbol("unstable_root")
    return (candidate(page) for page in kernel.tree_entries(root, "page", "scan.node"))


def listed(head: gdb.Value) -> list[int]:
    """The frames on one of the scanner's lists."""
    link = kernel.offset_of("page", "scan.link")
    return [pages.pfn_of(node - link) for node in kernel.list_nodes(int(head.address))]


def new_list() -> list[int]:
    """The frames on the CPUs' lists of new pages."""
    per_cpu = kernel.symbol("new_lists")
    first, last = per_cpu.type.range()
    return [pfn for cpu in range(first, last + 1) for pfn in new_pages(per_cpu[cpu])]


def new_pages(of_cpu: gdb.Value) -> list[int]:
    head = of_cpu["pages"]
    return listed(head) if int(head["next"]) else []  # a CPU that never was


def rescan_list() -> list[int]:
    return listed(kernel.symbol("rescan_list"))


def del_list() -> list[int]:
    """The frames that died on a list; linked by frame number + 1."""
    found: list[int] = []
    link = int(kernel.symbol("del_head"))
    while link and len(found) <= pages.frame_count():
        found.append(link - 1)
        page = kernel.at(pages.page_address(link - 1), "page")
        link = int(page["scan"]["del_next"])
    return found


def counters() -> list[tuple[str, int]]:
    """The engine's counters, and those of the scanner at work."""
    counted, scanner = kernel.symbol("merge_counters"), kernel.symbol("scanner")
    rows = [(key, int(counted[key])) for key in KEYS]
    if int(scanner):
        rows += [(key, int(scanner["engine"]["work"][key])) for key in WORK]
    return rows + [(key, kernel.atomic(counted[key])) for key in ("broken", "stale")]


# ---- free memory ----

def free_frames() -> int:
    """As nr_free_pages(): buddy, per-CPU stocks, quarantine and zeroed frames."""
    total, per_cpu = int(kernel.symbol("buddy")["nr_free"]), kernel.symbol("cpu_frames")
    first, last = per_cpu.type.range()
    return total + sum(int(per_cpu[cpu][field]) for cpu in range(first, last + 1)
                       for field in ("count", "quarantined", "nr_zeroed"))
