#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turn `nm -n kernel` into the table of function names that a panic's backtrace prints.

    nm -n kernel.pass1 | mkkallsyms.py > kallsyms.asm
    mkkallsyms.py --empty > kallsyms0.asm          a table without names, for the first link
    nm -n kernel.elf | mkkallsyms.py --check kallsyms.asm

The kernel sees `const struct { u64 addr; const char *name; } kallsyms_table[]`, sorted by address,
and `const u64 kallsyms_count`.
"""

import sys
from itertools import accumulate
from typing import Iterable

Symbol = tuple[int, str]


def functions(nm_lines: Iterable[str]) -> list[Symbol]:
    """The text symbols of an `nm -n` listing, in the order of their addresses."""
    fields = (line.split() for line in nm_lines)
    return sorted((int(f[0], 16), f[2]) for f in fields if len(f) == 3 and f[1] in "tTwW")


def render(symbols: list[Symbol]) -> str:
    """The table as NASM source."""
    offsets = accumulate((len(name) + 1 for _, name in symbols), initial=0)
    rows = [f"\tdq 0x{addr:016x}, names + {at}" for (addr, _), at in zip(symbols, offsets)]
    names = [f"\tdb '{name}', 0" for _, name in symbols]
    head = [
        "; Made by tools/mkkallsyms.py.",
        "global kallsyms_table, kallsyms_count",
        "section .kallsyms progbits alloc noexec nowrite align=8",
        f"kallsyms_count:\tdq {len(symbols)}",
        "kallsyms_table:",
    ]
    return "\n".join(head + rows + ["names:"] + names) + "\n"


def main() -> int:
    if sys.argv[1:] == ["--empty"]:
        sys.stdout.write(render([]))
        return 0
    text = render(functions(sys.stdin))
    if sys.argv[1:2] == ["--check"]:
        with open(sys.argv[2], encoding="ascii") as table:
            if table.read() == text:
                return 0
        print("mkkallsyms: the second link moved functions: .kallsyms must stand behind the text",
              file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
