# SPDX-License-Identifier: MIT
"""The stopped kernel: its constants, its memory, its lists and trees.

Names, offsets and constants come from the debug information, so nothing here has to follow when a
structure changes. Frames are read through the direct map, which is in every address space.
"""

from __future__ import annotations

import functools
import re
import struct
from typing import Iterator

import gdb

LIMIT = 1 << 20  # longest list or tree that is believed


class Refusal(Exception):
    """A sentence for the user: why a command cannot answer."""


# ---- constants ----

@functools.lru_cache(maxsize=None)
def macros() -> dict[str, str]:
    """The kernel's object-like macros, by name, as the compiler saw them in mm/space/fault.c."""
    text = gdb.execute("info macros handle_mm_fault", to_string=True)
    found = dict(re.findall(r"^#define (\w+) (.+)$", text, re.MULTILINE))
    if "PTE_P" not in found:
        raise Refusal("the kernel's debug information has no macros: build it with -g3")
    return found


def expression(text: str) -> int:
    """The value of a constant expression made of numbers, operators, BIT(n) and other macros."""
    text = re.sub(r"\bBIT\(", "1 << (", text)
    text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text)
    text = re.sub(r"\b[A-Za-z_]\w*\b", lambda name: str(const(name[0])), text)
    if not re.fullmatch(r"[\s0-9a-fA-FxX()|&~<>+*-]+", text):
        raise Refusal(f"not a constant: {text}")
    return eval(text, {"__builtins__": {}})  # noqa: S307 (digits and operators only)


@functools.lru_cache(maxsize=None)
def const(name: str) -> int:
    """The value of an enumerator or macro of the kernel."""
    try:
        return int(gdb.parse_and_eval(name))
    except gdb.error:
        pass
    if name not in macros():
        raise Refusal(f"the kernel has no constant {name}")
    return expression(macros()[name])


@functools.lru_cache(maxsize=None)
def enumerators(name: str) -> dict[str, int]:
    """The members of an enum, in order, without the end mark NR_…."""
    fields = gdb.lookup_type(f"enum {name}").fields()
    return {f.name: int(f.enumval) for f in fields if not f.name.startswith("NR_")}


def enum_name(enum: str, value: int, prefix: str = "") -> str:
    """The enumerator with this value, without the prefix and in lower case."""
    for name, number in enumerators(enum).items():
        if number == value:
            return name[len(prefix):].lower()
    return str(value)


# ---- symbols and memory ----

def has_symbol(name: str) -> bool:
    return bool(gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name))


def symbol(name: str) -> gdb.Value:
    """The value of a global or static variable."""
    found = gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name)
    if not found:
        raise Refusal(f"no symbol {name}: is this Merganser's kernel.elf, with its symbols?")
    return found.value()


# ---- what we look at: a live machine, a dump of one, or nothing ----

def connection() -> str:
    """Where GDB reads memory: "remote" a live machine, "core" a dump; "" the program file alone."""
    made = gdb.selected_inferior().connection
    return made.type if made else ""


def dumped_ranges() -> list[tuple[int, int]]:
    """The addresses of which the dump has the memory: [start, end)."""
    told = gdb.execute("info files", to_string=True)
    dump = told.partition("Local core dump file:")[2].partition("Local exec file:")[0]
    found = re.findall(r"^\s*(0x[0-9a-f]+) - (0x[0-9a-f]+) is load", dump, re.MULTILINE)
    return [(int(start, 16), int(end, 16)) for start, end in found]


def require_live(name: str) -> None:
    """Refuses what lets the machine go on, where there is none."""
    if connection() == "core":
        raise Refusal(f"`{name}` lets the machine run, and this is a dump: `make debug`, then"
                      " `make gdb`")


def require_booted() -> None:
    """Refuses while there is nothing to look at."""
    where = connection()
    if not where:
        raise Refusal("no kernel to look at: `make debug`, then `make gdb`; or `core-file DUMP`")
    known = symbol("max_pfn")
    if where == "core" and not any(start <= int(known.address) < end
                                   for start, end in dumped_ranges()):
        # GDB would answer from kernel.elf: the values that the linker put there
        raise Refusal("this dump has physical addresses only, none of the kernel's: take one with"
                      " page tables, `dump-guest-memory -p FILE` in QEMU's monitor")
    try:
        booted = int(known) > 0
    except gdb.MemoryError:
        booted = False
    except gdb.error as error:
        raise Refusal(f"no kernel to look at ({error}): `make debug`, then `make gdb`") from None
    if not booted:
        raise Refusal("the kernel in this dump had not built its frame map yet" if where == "core"
                      else "the kernel has not built its frame map yet: `continue`, then Ctrl-C")


def read(address: int, size: int) -> bytes:
    """Bytes of kernel memory."""
    return bytes(gdb.selected_inferior().read_memory(address, size))


def read_u64(address: int) -> int:
    return struct.unpack("<Q", read(address, 8))[0]


def phys_to_virt(phys: int) -> int:
    return phys + const("DIRECT_MAP")


@functools.lru_cache(maxsize=None)
def struct_type(name: str) -> gdb.Type:
    return gdb.lookup_type(f"struct {name}")


@functools.lru_cache(maxsize=None)
def offset_of(name: str, member: str) -> int:
    """Byte offset of a member, also of one within a member: `scan.node`."""
    kind, offset = struct_type(name), 0
    for part in member.split("."):
        bits, kind = field_of(kind, part)
        offset += bits // 8
    return offset


def field_of(kind: gdb.Type, name: str) -> tuple[int, gdb.Type]:
    """Bit position and type of a field, looked for in anonymous unions too."""
    for field in kind.strip_typedefs().fields():
        if field.name == name:
            return field.bitpos, field.type
        if not field.name and field.type.code in (gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_STRUCT):
            try:
                bits, inner = field_of(field.type, name)
                return field.bitpos + bits, inner
            except KeyError:
                pass
    raise KeyError(name)


def at(address: int, name: str) -> gdb.Value:
    """The struct at an address, read now and whole."""
    value = gdb.Value(address).cast(struct_type(name).pointer()).dereference()
    value.fetch_lazy()
    return value


def atomic(value: gdb.Value) -> int:
    return int(value["counter"])


def text(value: gdb.Value) -> str:
    """A char array up to its NUL."""
    return value.string(errors="replace").split("\0")[0]


def symbol_at(address: int) -> str:
    """`function+offset` for a code address."""
    words = gdb.execute(f"info symbol {address:#x}", to_string=True)
    return words.split(" in section")[0].strip().replace(" + ", "+")


# ---- lists and trees ----

def list_nodes(head: int) -> Iterator[int]:
    """The links of a list, without its head; a broken list is a refusal, not a hang."""
    link = read_u64(head)
    for _ in range(LIMIT):
        if link == head:
            return
        if link < const("DIRECT_MAP"):
            raise Refusal(f"the list at {head:#x} is broken: it leads to {link:#x}")
        yield link
        link = read_u64(link)
    raise Refusal(f"the list at {head:#x} does not end")


def list_entries(head: gdb.Value, name: str, member: str) -> Iterator[gdb.Value]:
    """The elements of a list whose head is a struct list_head."""
    offset = offset_of(name, member)
    for link in list_nodes(int(head.address)):
        yield at(link - offset, name)


def tree_nodes(node: int) -> Iterator[int]:
    """The nodes of a red-black tree in order."""
    left, right = offset_of("rb_node", "rb_left"), offset_of("rb_node", "rb_right")
    above: list[int] = []
    for _ in range(LIMIT):
        while node:
            above.append(node)
            node = read_u64(node + left)
            if len(above) > 64:
                raise Refusal("a tree is broken: more than 64 levels deep")
        if not above:
            return
        node = above.pop()
        yield node
        node = read_u64(node + right)
    raise Refusal("a tree does not end")


def tree_entries(root: gdb.Value, name: str, member: str) -> Iterator[gdb.Value]:
    """The elements of a tree whose root is a struct rb_root, in order."""
    offset = offset_of(name, member)
    for node in tree_nodes(int(root["rb_node"])):
        yield at(node - offset, name)


# ---- processors ----

def cpu_count() -> int:
    return int(symbol("nr_cpus"))


def number(word: str) -> int:
    """A number or any expression that GDB understands."""
    try:
        return int(word, 0)
    except ValueError:
        pass
    try:
        return int(gdb.parse_and_eval(word))
    except gdb.error as error:
        raise Refusal(f"'{word}' is no number: {error}") from None
