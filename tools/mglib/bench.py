# SPDX-License-Identifier: MIT
"""`mg bench`: costs in guest instructions, the same from run to run.

    mg bench [GLOB]                                    the programs user/bench/GLOB.c
    mg bench --against REV [--most PERCENT] [GLOB]     this tree and another revision, side by side

Each program runs alone on one processor of a release build, where the clock counts instructions. It
prints lines `bench NAME[@SIZE] VALUE UNIT [REMARK]`; tools/bench.tbl says what they should be.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from mglib import against, build, bundle, cases, qemu
from mglib.config import Config, MgError, ROOT, for_measuring, variable

LINE = re.compile(r"^bench (\S+) (\d+(?:\.\d+)?) (\S+)(?: (.*))?$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """A line of tools/bench.tbl."""

    work: str
    linux: str
    limit: float


def table() -> dict[str, Row]:
    """The rows, by name."""
    lines = (ROOT / "tools/bench.tbl").read_text().splitlines()
    cells = ([cell.strip() for cell in line.split("|")] for line in lines
             if line.strip() and not line.startswith("#"))
    return {name: Row(work, linux, float(limit)) for name, work, linux, limit in cells}


def measure(config: Config, path: Path) -> str:
    """Runs one program; what it printed."""
    header = cases.read_header(path)
    parts = bundle.boot_bundle(config.out, [f"bench/{path.stem}", *header.args], stdin=b"")
    words = " ".join(filter(None, [header.cmdline, variable("CMDLINE")]))
    boot = qemu.Boot(config.out / "kernel.elf", parts, words, 1, header.mem, timeout=header.timeout,
                     icount=True)
    stdout = bytearray()
    outcome = qemu.run(boot, stdout.extend, qemu.ToFd(2))
    text = stdout.decode(errors="replace")
    seen = cases.ending(outcome)
    if seen != "exit 0":
        raise MgError(f"user/bench/{path.name} ended with {seen}\n{text}{outcome.log_tail(12)}", 1)
    if not LINE.search(text):
        raise MgError(f"user/bench/{path.name} measured nothing\n{text}", 1)
    return text


def title(name: str, rows: dict[str, Row]) -> str:
    """The work of a row in words, with its size."""
    base, _, size = name.partition("@")
    work = rows[base].work if base in rows else base
    return f"{work}, N={size}" if size else work


def values(text: str) -> against.Values:
    """What a program measured, by the names of the rows."""
    return {name: (float(value), unit) for name, value, unit, _ in LINE.findall(text)}


def show(match: re.Match[str], rows: dict[str, Row]) -> bool:
    """Prints one row; false if it is above what it should be."""
    name, value, unit, remark = match.groups()
    row = rows.get(name.partition("@")[0], Row(name, "-", 0))
    good = not row.limit or float(value) <= row.limit
    limit = f"{row.limit:,.0f}" if row.limit else "-"
    verdict = ("ok" if good else "ABOVE") if row.limit else ""
    shown = f"{float(value):,.1f}" if "." in value else f"{int(value):,}"
    print(f"{title(name, rows):62} {shown:>9} {unit:6} {row.linux:>12} {limit:>9} {verdict:5} "
          f"{remark or ''}".rstrip(), flush=True)
    return good


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mg bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glob", nargs="?", metavar="GLOB", default="*")
    parser.add_argument("--against", metavar="REV", help="a commit, a tag, a branch")
    parser.add_argument("--most", metavar="PERCENT", type=float, default=2.0,
                        help="how much dearer than REV a row may be (default 2)")
    return parser.parse_args(argv)


def main(_command: str, argv: list[str]) -> int:
    """Runs the programs and prints the table; status 1 if a row is above what it may be."""
    args = parse(argv)
    rows = table()
    if args.against:
        return against.compare(args.against, args.glob, args.most, values,
                               lambda path: measure(for_measuring(), path),
                               lambda name: title(name, rows))
    paths = [ROOT / program for program in against.programs(ROOT, args.glob)]
    if not paths:
        raise MgError("no benchmark has that name")
    config = for_measuring()
    build.build_all(config)
    print(f"{'guest instructions for':62} {'here':>9} {'unit':6} {'Linux 6.1':>12} {'to reach':>9}")
    above = 0
    for path in paths:
        above += sum(not show(match, rows) for match in LINE.finditer(measure(config, path)))
    if above:
        print(f"mg: {above} rows are above what is to be reached", file=sys.stderr)
    return int(above > 0)
