# SPDX-License-Identifier: MIT
"""A small writer of line and bar charts as SVG, legible in print and without colour.

Every series has a colour, a dash and a mark of its own. Axes have a label with the unit; ticks
stand on round numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 820, 500
LEFT, RIGHT, TOP, BOTTOM = 84, 250, 56, 66
PLOT_W, PLOT_H = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
FONT = "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\""
PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class Style:
    """How a series is drawn."""

    colour: str
    dash: str = ""    # of an SVG stroke
    mark: str = "o"   # o circle, s square, d diamond, t triangle
    hollow: bool = False


@dataclass(frozen=True)
class Series:
    """A line, or one bar in each group."""

    name: str
    style: Style
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axis:
    """Its label, with the unit, and the largest value shown."""

    label: str
    most: float

    def ticks(self) -> list[float]:
        """Round numbers from 0 to the first at or above the largest value."""
        most = self.most if self.most > 0 else 1.0
        raw = most / 5
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
        return [step * n for n in range(math.ceil(most / step - 1e-9) + 1)]


def number(value: float) -> str:
    """1,500 as it is, 1.5M for 1,500,000."""
    if value < 1e4 and value == int(value):
        return f"{int(value):,}"
    for size, prefix in PREFIXES:
        if value >= size:
            return f"{value / size:.4g}{prefix}"
    return f"{value:.4g}"


def text(x: float, y: float, words: str, anchor: str = "start", size: int = 13,
         more: str = "") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
            f'{" " + more if more else ""}>{escape(words)}</text>')


def mark(x: float, y: float, style: Style) -> str:
    """The mark of a series at a point."""
    fill = f'fill="{"white" if style.hollow else style.colour}" stroke="{style.colour}" ' \
           'stroke-width="1.5"'
    if style.mark == "o":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {fill}/>'
    corners = {"s": ((-3.6, -3.6), (3.6, -3.6), (3.6, 3.6), (-3.6, 3.6)),
               "d": ((0, -5), (5, 0), (0, 5), (-5, 0)),
               "t": ((0, -5), (4.6, 3.6), (-4.6, 3.6))}[style.mark]
    return f'<polygon points="{" ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)}" {fill}/>'


def stroke(style: Style) -> str:
    dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    return f'fill="none" stroke="{style.colour}" stroke-width="1.8"{dash}'


def document(title: str, subtitle: str, body: list[str]) -> str:
    """The whole file."""
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(LEFT, 24, title, size=17, more='font-weight="bold"'),
        text(LEFT, 42, subtitle, more='fill="#444"'),
        *body, "</svg>", ""])


def frame() -> str:
    return (f'<path d="M{LEFT},{TOP} V{TOP + PLOT_H} H{LEFT + PLOT_W}" fill="none" stroke="black" '
            'stroke-width="1.2"/>')


def y_axis(axis: Axis) -> list[str]:
    """Grid lines, numbers and the label on the left."""
    ticks = axis.ticks()
    lines = []
    for value in ticks:
        y = TOP + PLOT_H * (1 - value / ticks[-1])
        lines.append(f'<path d="M{LEFT},{y:.1f} h{PLOT_W}" stroke="#ccc" stroke-width="0.7"/>')
        lines.append(text(LEFT - 8, y + 4.5, number(value), "end"))
    middle = TOP + PLOT_H / 2
    lines.append(text(24, middle, axis.label, "middle", 14,
                      f'class="axis-label" transform="rotate(-90 24 {middle:.1f})"'))
    return lines


def x_axis(axis: Axis) -> list[str]:
    """Numbers and the label below."""
    ticks, lines = axis.ticks(), []
    for value in ticks:
        x = LEFT + PLOT_W * value / ticks[-1]
        lines.append(f'<path d="M{x:.1f},{TOP + PLOT_H} v5" stroke="black"/>')
        lines.append(text(x, TOP + PLOT_H + 20, number(value), "middle"))
    lines.append(text(LEFT + PLOT_W / 2, TOP + PLOT_H + 46, axis.label, "middle", 14,
                      'class="axis-label"'))
    return lines


def legend(series: Sequence[Series], bars: bool = False) -> list[str]:
    """Names on the right, in the order given."""
    lines = []
    x = LEFT + PLOT_W + 22
    for row, one in enumerate(series):
        y = TOP + 12 + row * 24
        if bars:
            lines.append(bar(x + 10, y - 8, 18, 14, one.style))
        else:
            lines.append(f'<path d="M{x},{y} h38" {stroke(one.style)}/>')
            lines.append(mark(x + 19, y, one.style))
        lines.append(text(x + 46, y + 4.5, one.name))
    return lines


def line_chart(title: str, subtitle: str, x: Axis, y: Axis, series: Sequence[Series],
               limit: tuple[str, float] | None = None) -> str:
    """Lines with a mark at the last point; `limit` is a named horizontal line."""
    right, top = x.ticks()[-1], y.ticks()[-1]

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return (LEFT + PLOT_W * point[0] / right,
                TOP + PLOT_H * (1 - max(point[1], 0.0) / top))

    body = [*y_axis(y), *x_axis(x), frame()]
    if limit:
        level = place((0, limit[1]))[1]
        body.append(f'<path d="M{LEFT},{level:.1f} h{PLOT_W}" stroke="black" stroke-width="1" '
                    'stroke-dasharray="1 4"/>')
        body.append(text(LEFT + PLOT_W - 4, level - 6, limit[0], "end", 12, 'fill="#444"'))
    for one in series:
        spots = [place(point) for point in one.points]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in spots)
        body.append(f'<polyline points="{path}" {stroke(one.style)}/>')
    body += [mark(*place(one.points[-1]), one.style) for one in series]
    body += legend(series)
    body.append(text(LEFT + PLOT_W + 22, TOP + 22 + len(series) * 24, "mark: at the end", size=12,
                     more='fill="#444"'))
    return document(title, subtitle, body)


def bar(x: float, y: float, width: float, height: float, style: Style) -> str:
    """Filled or hollow, so that print tells them apart."""
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'fill="{"white" if style.hollow else style.colour}" stroke="{style.colour}" '
            'stroke-width="1.2"/>')


def bar_chart(title: str, subtitle: str, x_label: str, y: Axis, groups: Sequence[str],
              series: Sequence[Series]) -> str:
    """Groups of bars; a series has the points (group number, value)."""
    top = y.ticks()[-1]
    each = PLOT_W / len(groups)
    width = each * 0.8 / len(series)
    body = y_axis(y)
    for n, one in enumerate(series):
        for group, value in one.points:
            height = PLOT_H * value / top
            body.append(bar(LEFT + each * (group + 0.1) + n * width, TOP + PLOT_H - height,
                            max(width - 1.6, 1), height, one.style))
    for group, name in enumerate(groups):
        x = LEFT + each * (group + 0.5)
        lower = 14 * (group % 2) if len(groups) > 6 else 0
        body.append(text(x, TOP + PLOT_H + 16 + lower, name, "middle", 12))
    body.append(text(LEFT + PLOT_W / 2, TOP + PLOT_H + 52, x_label, "middle", 14,
                     'class="axis-label"'))
    return document(title, subtitle, [*body, frame(), *legend(series, bars=True)])
