# SPDX-License-Identifier: MIT
"""What can be typed. A command parses its arguments here and prints; the knowledge is elsewhere."""

from __future__ import annotations

import re
from typing import Callable, Sequence

import gdb

from mg import check, events, faults, kernel, merging, pages, process, rmap, space
from mg.events import EventBreakpoint, Info
from mg.kernel import Refusal, number
from mg.pages import Page
from mg.table import count, show
from mg.walk import MergeWalk

Completer = Callable[[], Sequence[str]]


class Command(gdb.Command):
    """A command: a function of the words behind its name, whose docstring is the help."""

    def __init__(self, name: str, answer: Callable[[list[str]], None], complete: Completer,
                 needs_kernel: bool = True) -> None:
        self.__doc__ = answer.__doc__
        self.answer, self.completer, self.needs_kernel = answer, complete, needs_kernel
        super().__init__(name, gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Says a refusal in one line, without a Python traceback."""
        try:
            if self.needs_kernel:
                kernel.require_booted()
            self.answer(gdb.string_to_argv(argument))
        except Refusal as sentence:
            raise gdb.GdbError(str(sentence)) from None
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error}: the structure is broken or half built") from None

    def complete(self, text: str, word: str) -> Sequence[str]:
        try:
            return [choice for choice in self.completer() if choice.startswith(word)]
        except (Refusal, gdb.error):
            return []


def nothing() -> Sequence[str]:
    return []


def process_words() -> Sequence[str]:
    return [str(pid) for pid in process.pids()] + process.names()


def words(given: list[str], least: int, most: int, usage: str) -> list[str]:
    """The words, if their number is right."""
    if not least <= len(given) <= most:
        raise Refusal(f"usage: {usage}")
    return given


# ---- processes and areas ----

def ps(given: list[str]) -> None:
    """ps: the processes, their address spaces, and what each CPU runs.

    PAGES counts the present user entries, the zero page's too; TABLES the frames of page tables."""
    words(given, 0, 0, "ps")
    rows = []
    for item in process.processes():
        mm = process.mm_of(item)
        space_of = (int(mm["nr_vmas"]), kernel.atomic(mm["nr_ptes"]),
                    kernel.atomic(mm["nr_tables"])) if mm else ("-", "-", "-")
        rows.append((int(item["pid"]), int(item["ppid"]), kernel.text(item["name"]),
                     process.doing(item), *space_of, f"{int(mm.address):#x}" if mm else "-"))
    show(("PID", "PPID", "NAME", "STATE", "AREAS", "PAGES", "TABLES", "MM"), rows,
         left=("NAME", "STATE"))
    print()
    show(("CPU", "RUNS"), [(cpu, kernel.text(thread["name"]))
                           for cpu, thread in enumerate(process.running())])


def vmas(given: list[str]) -> None:
    """vmas PID: the areas of a process, given by its pid or its name.

    PAGES counts present entries; MERGED those that map a merged page; ZERO those of the zero page.
    PGOFF is the linear index of the first page: page->index of a page there."""
    mm = process.space_of(words(given, 1, 1, "vmas PID")[0])
    present = list(space.mapped(mm))
    rows = []
    for vma in space.areas(mm):
        start, end = int(vma["vm_start"]), int(vma["vm_end"])
        inside = [m.entry for m in present if start <= m.address < end]
        zero = sum(entry.is_zero_page for entry in inside)
        shared = sum(not entry.is_zero_page and pages.page_of(entry.pfn).merged for entry in inside)
        rows.append((f"{start:#x}", f"{end:#x}", space.protection(vma),
                     f"{int(vma['vm_pgoff']):#x}", len(inside), shared, zero,
                     f"{int(vma['anon_vma']):#x}", space.traits(vma)))
    show(("START", "END", "PROT", "PGOFF", "PAGES", "MERGED", "ZERO", "ANON_VMA", "TRAITS"), rows)


def pte(given: list[str]) -> None:
    """pte PID ADDR: the page-table entries of an address, level by level, each bit in words; what a
    read or a write would do next, and which function would handle it. Sets $pfn to its frame."""
    who, where = words(given, 2, 2, "pte PID ADDR")
    mm, address, entry = process.space_of(who), number(where), None
    rows = []
    for level, entry in space.walk(mm, address):
        rows.append((space.LEVELS[level], address >> space.level_shift(level) & 511,
                     f"{entry.slot:#x}", f"{entry.value:#018x}",
                     f"{entry.pfn:#x}" if entry.present else "-", entry.words()))
    show(("LEVEL", "INDEX", "SLOT", "ENTRY", "FRAME", "MEANS"), rows, left=("LEVEL",))
    lowest = entry if len(rows) == len(space.LEVELS) else None
    vma = space.area_of(mm, address)
    if vma:
        print(f"\narea   {int(vma['vm_start']):#x}-{int(vma['vm_end']):#x}"
              f" {space.protection(vma)} {space.traits(vma)}".rstrip())
        print(f"index  {space.page_index(vma, address):#x}")
    else:
        print("\narea   none")
    if lowest and lowest.present:
        gdb.set_convenience_variable("pfn", lowest.pfn)
        print(f"frame  {lowest.pfn:#x}: {pages.page_of(lowest.pfn).state()}"
              f" (`page {lowest.pfn:#x}` tells more)")
    print(f"read   {faults.next_read(vma, lowest)}")
    print(f"write  {faults.next_write(vma, lowest)}")


# ---- frames ----

def page(given: list[str]) -> None:
    """page PFN|ADDR: a frame: its state, its counts beside what the page tables say, who maps it.

    ADDR may be physical, in the direct map, or the address of a struct page."""
    it = pages.page_of(pages.pfn_of(number(words(given, 1, 1, "page PFN|ADDR")[0])))
    mappings = space.all_mappings().get(it.pfn, [])
    print(f"frame    {it.pfn:#x} (physical {it.pfn << 12:#x}, struct page"
          f" {pages.page_address(it.pfn):#x})")
    print(f"state    {it.state()}")
    print(f"flags    {it.flag_names()}")
    print(f"refcount {it.refcount}{beside(it.refcount >= len(mappings), 'entries', mappings)}")
    print(f"mapcount {it.mapcount}{beside(it.mapcount == len(mappings), 'entries', mappings)}")
    if it.refcount:  # of user memory: elsewhere these fields serve their owner
        print(f"mapping  {it.mapping_words()}")
        print(f"index    {it.index:#x}")
    record = merging.candidate(kernel.at(pages.page_address(it.pfn), "page"))
    print(f"scanner  {record.state_words()}, linked in: {record.where_words()}, hash"
          f" {record.hash:#x}, {count(record.visits, 'visit')} without a change")
    if mappings:
        print()
        show(("PID", "ADDRESS", "ENTRY", "MEANS"),
             [(m.pid, f"{m.address:#x}", f"{m.entry.value:#018x}", m.entry.words())
              for m in mappings])


def beside(right: bool, what: str, found: Sequence[object]) -> str:
    """The count that the page tables give, and whether it agrees."""
    return f" (page tables: {len(found)} {what}{'' if right else ': WRONG'})"


def rmap_command(given: list[str]) -> None:
    """rmap PFN: the reverse map of a page. From its mapping it goes through anon_vma and
    anon_vma_chain, or through its object's i_mmap, to each area that may map it, and shows what
    stands in the page table there."""
    it = pages.page_of(pages.pfn_of(number(words(given, 1, 1, "rmap PFN")[0])))
    print(f"frame {it.pfn:#x}: {it.state()}, mapcount {it.mapcount}, mapping {it.mapping_words()}")
    places = rmap.places(it)
    if not places:
        print("no reverse map: the page is neither anonymous nor an object's")
    for place in places:
        show_place(it, place)
    found = len(rmap.slots(it))
    print(f"found {count(found, 'entry', 'entries')}, mapcount {it.mapcount}:"
          f" {'they agree' if found == it.mapcount else 'THEY DIFFER'}")


def tree_words(place: rmap.Place) -> str:
    """Whose tree of areas it is: an object, or an anon_vma with its ancestors."""
    if place.of_object:
        return f"object {place.owner:#x}, index {place.index:#x}, areas in its i_mmap"
    line = rmap.family(place.owner)
    ancestry = " -> ".join(f"{address:#x}" for address, _ in line)
    own = line[0][1]
    return (f"anon_vma {ancestry}{' (root)' if len(line) == 1 else ' (root last)'},"
            f" index {place.index:#x}, refcount {kernel.atomic(own['refcount'])},"
            f" {int(own['num_children'])} children, {int(own['num_active_vmas'])} active areas")


def show_place(it: Page, place: rmap.Place) -> None:
    """One tree, and the areas in it."""
    print(f"\n{tree_words(place)}")
    rows = []
    for visit in rmap.visits_of(place):
        verdict = "maps it" if visit.maps(it) else "skipped"
        there = visit.entry.words() if visit.entry else "no page table"
        other = "" if visit.maps(it) or not (visit.entry and visit.entry.present) \
            else f"frame {visit.entry.pfn:#x}: "
        rows.append((int(visit.mm["pid"]), f"{int(visit.vma['vm_start']):#x}",
                     f"{visit.address:#x}", verdict, other + there))
    show(("PID", "AREA", "ADDRESS", "WALK", "ENTRY"), rows, left=("WALK",))


# ---- merging ----

def stable(given: list[str]) -> None:
    """stable: the stable tree, in the order of its keys: merged frames, nodes and records."""
    words(given, 0, 0, "stable")
    rows = []
    in_tree = list(merging.stable_tree())
    for node in in_tree:
        it = merging.node_page(node)
        rows.append((f"{int(node['hash']):#018x}", f"{it.pfn:#x}", it.refcount, it.mapcount,
                     int(node["records"]["nr"]), f"{int(node.address):#x}",
                     "stale: its page has gone" if merging.is_stale(node) else ""))
    show(("HASH", "FRAME", "REFS", "MAPPED", "RECORDS", "NODE", ""), rows)
    extra = len(merging.stable_nodes()) - len(in_tree)
    print(f"{count(len(rows), 'node')}{f', and {extra} not in the tree yet' if extra else ''}")


def unstable(given: list[str]) -> None:
    """unstable: the unstable tree, in the order of its keys: candidates that did not change, not
    write-protected, so a hint and no more."""
    words(given, 0, 0, "unstable")
    rows = []
    for item in merging.unstable_tree():
        it = pages.page_of(item.pfn)
        rows.append((f"{item.hash:#018x}", f"{item.pfn:#x}", item.visits, it.mapcount, it.state()))
    show(("HASH", "FRAME", "VISITS", "MAPPED", "STATE"), rows)
    print(count(len(rows), "candidate"))


def lists(given: list[str]) -> None:
    """lists: the scanner's lists (new, rescan, del), the sizes of both trees, and the counters."""
    words(given, 0, 0, "lists")
    rows = [("new", merging.new_list()), ("rescan", merging.rescan_list()),
            ("del", merging.del_list()), ("unstable", [c.pfn for c in merging.unstable_tree()]),
            ("stable", [int(node["pfn"]) for node in merging.stable_tree()])]
    show(("LIST", "FRAMES", "FIRST"),
         [(name, len(found), first_few(found)) for name, found in rows], left=("LIST",))
    print()
    show(("COUNTER", "VALUE"), merging.counters(), left=("COUNTER",))
    print(f"\n{count(merging.free_frames(), 'free frame')}")


def first_few(found: list[int]) -> str:
    more = " …" if len(found) > 6 else ""
    return " ".join(f"{pfn:#x}" for pfn in found[:6]) + more


def merge_walk(given: list[str]) -> None:
    """merge-walk [PFN]: stops at each step of the next merge. With PFN: the next that it takes
    part in. At each step it shows what has changed, with the values before and after, and what
    comes next. Ends when the merge has ended; the guest then stands at its last step, and
    $kpfn is the merged frame. Ctrl-C interrupts."""
    given = words(given, 0, 1, "merge-walk [PFN]")
    kernel.require_live("merge-walk")
    kpfn = MergeWalk(pages.pfn_of(number(given[0])) if given else None).run()
    if kpfn is not None:
        gdb.set_convenience_variable("kpfn", kpfn)


# ---- checks and events ----

def check_command(given: list[str]) -> None:
    """check: derives the invariants of mm/ anew from the stopped kernel, as mm_check() does inside.

    Counts against page tables, writable => exclusive => mapcount 1, merged pages read-only, the
    reverse map against a brute-force walk, areas, trees."""
    words(given, 0, 0, "check")
    total = check.run(lambda rule, found: print(
        f"{'ok   ' if not found else 'WRONG'}  {rule}{f': {found}' if found else ''}"))
    print(f"{total} violations")
    for thread in check.busy() if total else ():
        print(f"note: {thread} holds locks: what it works on may be half done")


def events_command(given: list[str]) -> None:
    """events [WORD]: how often each event has happened; WORD picks those that speak of it."""
    word = words(given, 0, 1, "events [WORD]")[0] if given else ""
    counted = events.counts()
    rows = []
    for name, event in events.numbers().items():
        text = events.table().get(name, Info()).text
        if word in name or word in text:
            rows.append((name, counted[event], armed(events.active(event)), text))
    show(("EVENT", "COUNT", "ARMED", "MEANS"), rows, left=("EVENT", "ARMED"))


def armed(bits: int) -> str:
    names = (("ACTIVE_TRACE", "trace"), ("ACTIVE_HOLD", "hold"), ("ACTIVE_GDB", "gdb"),
             ("ACTIVE_DELAY", "delay"))
    return " ".join(word for name, word in names if bits & kernel.const(name))


def break_event(given: list[str]) -> None:
    """break-event NAME [VALUE]: stops whenever the event passes; with VALUE only if its first
    field, for most events a frame number, is that. `events` lists the names; `delete` ends it."""
    given = words(given, 1, 2, "break-event NAME [VALUE]")
    kernel.require_live("break-event")
    value = number(given[1]) if len(given) == 2 else None
    made = EventBreakpoint((given[0],), value)
    fields = ", ".join(name for name in events.table().get(given[0], Info()).fields
                       if name != "none")
    print(f"breakpoint {made.number}: stops at event {given[0]} ({fields})")


def refuse(name: str) -> Callable[[list[str]], None]:
    """The answer to a command that cannot work here."""
    def answer(_given: list[str]) -> None:
        kernel.require_live(name)
        raise Refusal(f"`{name}` would start the kernel as a program of this machine; it runs in"
                      " QEMU: `make debug` boots it, `continue` lets it go on")

    answer.__doc__ = f"{name}: not here. The kernel runs in QEMU; `continue` lets it go on."
    return answer


COMMANDS: tuple[tuple[str, Callable[[list[str]], None], Completer], ...] = (
    ("ps", ps, nothing), ("vmas", vmas, process_words), ("pte", pte, process_words),
    ("page", page, nothing),
    ("rmap", rmap_command, nothing), ("stable", stable, nothing), ("unstable", unstable, nothing),
    ("lists", lists, nothing), ("merge-walk", merge_walk, nothing),
    ("check", check_command, nothing), ("events", events_command, lambda: list(events.numbers())),
    ("break-event", break_event, lambda: list(events.numbers())))


def overview(_given: list[str]) -> None:
    """merganser: lists the commands of this package."""
    show(("COMMAND", "DOES"), [((answer.__doc__ or "").partition(": ")[0],
                                first_sentence(answer.__doc__ or "")) for _, answer, _ in COMMANDS],
         left=("COMMAND",))


def first_sentence(doc: str) -> str:
    words_of = " ".join(doc.partition(": ")[2].split("\n\n")[0].split())
    return re.split(r"[.;] ", words_of)[0].rstrip(".")


class PageFunction(gdb.Function):
    """$page(PFN): the struct page of a frame, as a pointer."""

    def __init__(self) -> None:
        super().__init__("page")

    def invoke(self, pfn: gdb.Value) -> gdb.Value:
        where = pages.page_address(pages.pfn_of(int(pfn)))
        return gdb.Value(where).cast(kernel.struct_type("page").pointer())


def register() -> None:
    """Adds everything to GDB."""
    for name, answer, complete in COMMANDS:
        Command(name, answer, complete)
    Command("merganser", overview, nothing, needs_kernel=False)
    for name in ("run", "start", "starti"):
        Command(name, refuse(name), nothing, needs_kernel=False)
    PageFunction()
