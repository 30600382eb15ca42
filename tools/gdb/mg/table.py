# SPDX-License-Identifier: MIT
"""Columns of text."""

from __future__ import annotations

from typing import Iterable, Sequence


def render(head: Sequence[str], rows: Iterable[Sequence[object]], left: Sequence[str] = ()) -> str:
    """A table with numbers to the right; the columns named in `left`, and the last, to the left."""
    lines = [list(head)] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]

    def cell(text: str, i: int) -> str:
        if i == len(head) - 1:
            return text
        return text.ljust(widths[i]) if head[i] in left else text.rjust(widths[i])

    return "\n".join("  ".join(cell(text, i) for i, text in enumerate(line)).rstrip()
                     for line in lines)


def show(head: Sequence[str], rows: Iterable[Sequence[object]], left: Sequence[str] = ()) -> None:
    print(render(head, rows, left))


def count(n: int, one: str, many: str = "") -> str:
    """`1 page`, `2 pages`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
