# SPDX-License-Identifier: MIT
"""`mg compare [WORK=name|all]`: the scanners beside each other, at the same work.

Each workload of user/compare is booted once and runs under every scanner, key order and filter,
each for the same guest time at default speed, on one processor whose clock counts instructions. So
the same tree prints the same figures. The table goes to the terminal, the lines of the guest and
the plots to build/compare. INPUT is the file that the processes of the workload `file` hold
(default: the kernel). The workload `lua` builds the Lua interpreter from Debian's sources, which it
fetches once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, product
from pathlib import Path
from typing import Callable, Sequence

from mglib import build, bundle, cases, compare_lua, demo, qemu, svg
from mglib.config import Config, MgError, ROOT, for_measuring, variable

WORKS = {
    "identical": "1,024 pages, all alike",
    "pairs": "1,024 pages, 512 contents, neighbours alike",
    "processes": "two processes, 512 pages each, the same contents",
    "distinct": "1,024 pages, no two alike",
    "zero": "1,024 pages of zeros",
    "prefix": "1,024 pages with 4,000 bytes in common, no two alike",
    "churn": "1,024 pages in pairs; about a quarter of 256 hot ones written anew each 200 ms",
    "family": "seven processes forked from one, each writes every fourth of 256 pages",
    "short": "two processes stay, pairs of others live for 0.5 s; 256 pages each, all alike",
    "file": "four processes that hold the same file in malloc's memory",
    "lua": "eight Lua interpreters that have loaded the same records, and then compute over them",
}

# Here frames are saved and lost all the time.
RESTLESS = ("churn", "short")

# In this order in the table and the legends; bytes with checksum is the literature's KSM.
STYLES = {
    "pksm hash dirty": svg.Style("#0b5fa5", "", "o"),
    "pksm hash checksum": svg.Style("#0b5fa5", "7 4", "o", True),
    "pksm bytes dirty": svg.Style("#3fa0d8", "", "d"),
    "pksm bytes checksum": svg.Style("#3fa0d8", "7 4", "d", True),
    "ksm hash dirty": svg.Style("#e08214", "", "s"),
    "ksm hash checksum": svg.Style("#e08214", "7 4", "s", True),
    "ksm bytes dirty": svg.Style("#a6341b", "", "t"),
    "ksm bytes checksum": svg.Style("#a6341b", "7 4", "t", True),
    "ksm bytes first": svg.Style("#a6341b", "2 3", "t", True),
}
FIRST = "ksm bytes first"  # Linux 6.12's order of questions: checksum_first
assert sorted(STYLES) == sorted([FIRST, *(" ".join(words) for words in product(
    ("ksm", "pksm"), ("bytes", "hash"), ("checksum", "dirty")))])

LINE = re.compile(r'^compare work=(\w+) setup="([\w ]+)" (.*)$')
LOOK = re.compile(r"^look (\d+) (\d+) (-?\d+)$")
SECONDS = 300

NOTES = """\
saved: frames, in the buddy allocator, at the end; mean: over all the time;
could: those beyond one for each content
first: KSM's checksum, asked for before the stable tree is searched, as in Linux 6.12
hashed, compared: bytes; of a comparison those of both pages, up to the first difference
instr: guest instructions of the scanner's thread in 5 s of guest time; faults are not in it
wasted: merges that a write undid within the 200 ms in which they were made; only churn writes later
to merge: mean guest time from the start of the scanner, in steps of 50 ms; - if births go on
defaults: KSM has max_page_sharing 256 (1,024 equal pages need four frames) and use_zero_pages 0
metadata: nodes, records and KSM's items; struct page, the same under all, is not in it"""

COLUMNS = (("saved", 7), ("mean", 6), ("could", 6), ("instr", 12), ("hashed", 8), ("compared", 9),
           ("merges", 7),
           ("broken", 7), ("wasted", 7), ("to merge", 9), ("metadata", 9))


@dataclass(frozen=True)
class Figures:
    """What one workload made under one setup."""

    work: str
    setup: str
    value: dict[str, int]
    looks: list[tuple[int, int, int]]  # ms, instructions, frames saved

    def cells(self) -> list[str]:
        """The row of the table."""
        v = self.value
        to_merge = f"{v['birth_ms']} ms" if v["birth_ms"] >= 0 else "-"
        mean = sum(saved for _, _, saved in self.looks) / len(self.looks)
        return [f"{v['saved']:,}", f"{mean:,.0f}", f"{v['ideal']:,}", f"{v['instr']:,}",
                kib(v["hashed"]),
                kib(v["compared"]), f"{v['merges']:,}", f"{v['broken']:,}", f"{v['wasted']:,}",
                to_merge, kib(v["meta"])]


def kib(count: int) -> str:
    return f"{count / 1024:,.0f}K"


def parse(text: str) -> list[Figures]:
    """The figures in what a guest printed."""
    found: list[Figures] = []
    for line in text.splitlines():
        if match := LINE.match(line):
            value = {name: int(n) for name, n in
                     (word.split("=") for word in match[3].split())}
            found.append(Figures(match[1], match[2], value, []))
        elif found and (match := LOOK.match(line)):
            found[-1].looks.append((int(match[1]), int(match[2]), int(match[3])))
    return found


def held_file(config: Config) -> bytes:
    """What the processes of `file` hold."""
    path = variable("INPUT")
    if path:
        return demo.read_input(Path(path), variable("MEM"))
    return (config.out / "kernel.elf").read_bytes()


def files_for(config: Config, work: str) -> bytes | None:
    """The guest's files if the workload needs more than there are."""
    if work != "lua":
        return None
    return bundle.initrd_of(config.out / "initrd.tar", compare_lua.members(config))


def measure(config: Config, work: str, setups: Sequence[str] = tuple(STYLES)) -> str:
    """Boots one workload under some setups; what it printed."""
    stdin = held_file(config) if work == "file" else None
    parts = bundle.boot_bundle(config.out, ["bin/compare", work, *setups],
                               initrd=files_for(config, work), stdin=stdin)
    words = " ".join(filter(None, ["scanner=none seed=1", variable("CMDLINE")]))
    boot = qemu.Boot(config.out / "kernel.elf", parts, words, 1, variable("MEM"),
                     timeout=cases.PATIENCE * SECONDS, icount=True)
    stdout, stderr = bytearray(), bytearray()
    outcome = qemu.run(boot, stdout.extend, stderr.extend)
    seen = cases.ending(outcome)
    text = stdout.decode(errors="replace")
    if seen != "exit 0":
        said = stderr.decode(errors="replace")
        raise MgError(f"compare {work} ended with {seen}\n{said}{outcome.log_tail(12)}", 1)
    if [one.setup for one in parse(text)] != list(setups):
        raise MgError(f"compare {work} has not measured every setup\n{text}", 1)
    return text


def show(work: str, figures: list[Figures]) -> None:
    """Prints the table of one workload."""
    head = "".join(f" {name:>{width}}" for name, width in COLUMNS)
    print(f"\n{work}: {WORKS[work]}\n{'':20}{head}")
    for one in figures:
        row = "".join(f" {cell:>{width}}" for cell, (_, width) in zip(one.cells(), COLUMNS))
        print(f"{one.setup:20}{row}", flush=True)


def running_mean(values: list[float]) -> list[float]:
    """The mean of the first, of the first two, and so on."""
    return [total / n for n, total in enumerate(accumulate(values), 1)]


def curve(work: str, figures: list[Figures]) -> str:
    """Frames saved over instructions spent, a line for each setup; where frames come and go, their
    mean so far."""
    ideal = max(one.value["ideal"] for one in figures)
    restless = work in RESTLESS
    series = []
    for one in figures:
        frames: list[float] = [saved for _, _, saved in one.looks]
        heights = running_mean(frames) if restless else frames
        points = zip((instr for _, instr, _ in one.looks), heights)
        series.append(svg.Series(one.setup, STYLES[one.setup], [(0, 0), *points]))
    x = svg.Axis("instructions of the scanner (guest instructions, in 5 s of guest time)",
                 max(one.value["instr"] for one in figures))
    y = svg.Axis(f"frames saved{', mean since the start' if restless else ''} (4 KiB frames)",
                 ideal * 1.06)
    return svg.line_chart(f"Frames saved over instructions spent: {work}", WORKS[work], x, y,
                          series,
                          (f"all that could be saved: {ideal:,}", ideal))


def bars_in_vain(work: str, figures: list[Figures]) -> str:
    """Instructions spent where there is nothing to save."""
    series = [svg.Series(one.setup, STYLES[one.setup], [(0, one.value["instr"])])
              for one in figures]
    y = svg.Axis("instructions of the scanner (guest instructions)",
                 max(one.value["instr"] for one in figures))
    return svg.bar_chart(f"Instructions spent to save no frame: {work}", WORKS[work],
                         "setup, in the order of the legend", y, [""], series)


def plot(work: str, figures: list[Figures]) -> str:
    """The plot of one workload."""
    return (curve if figures[0].value["ideal"] else bars_in_vain)(work, figures)


@dataclass(frozen=True)
class Metric:
    """One figure of all workloads beside each other, for each page of work."""

    name: str   # of the file
    title: str
    label: str  # of the axis, with the unit
    of: Callable[[dict[str, int]], float]


METRICS = (
    Metric("instructions", "What the scanners spent",
           "scanner's work for each page (guest instructions)", lambda v: v["instr"] / v["pages"]),
    Metric("read", "What the scanners read", "hashed and compared for each page (bytes)",
           lambda v: (v["hashed"] + v["compared"]) / v["pages"]),
    Metric("merges", "Merges", "pages absorbed, for each page of work",
           lambda v: v["merges"] / v["pages"]),
    Metric("breaks", "Breaks", "merged pages parted, for each page of work",
           lambda v: v["broken"] / v["pages"]),
    Metric("wasted", "Merges in vain", "merges undone at once, for each page of work",
           lambda v: v["wasted"] / v["pages"]),
    Metric("birth-to-merge", "From birth to merge",
           "mean guest time (ms); no bar: births go on, or no merge",
           lambda v: max(v["birth_ms"], 0)),
    Metric("metadata", "Metadata", "nodes, records and items for each page of work (bytes)",
           lambda v: v["meta"] / v["pages"]),
)


def summary(metric: Metric, by_work: dict[str, list[Figures]]) -> str:
    """One metric, all workloads beside each other."""
    series = [svg.Series(setup, style,
                         [(n, next(metric.of(one.value) for one in figures if one.setup == setup))
                          for n, figures in enumerate(by_work.values())])
              for setup, style in STYLES.items()]
    most = max(value for one in series for _, value in one.points)
    return svg.bar_chart(metric.title, "in 5 s of guest time, at default speed", "workload",
                         svg.Axis(metric.label, most), list(by_work), series)


def chosen() -> list[str]:
    """The workloads that WORK names."""
    name = variable("WORK")
    if name == "all":
        return list(WORKS)
    if name not in WORKS:
        raise MgError(f"WORK must be all or one of {', '.join(WORKS)}, not '{name}'")
    return [name]


def folder_of(config: Config) -> Path:
    """Where figures and plots go."""
    return config.out / "compare" if config.folder else ROOT / "build/compare"


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def write_summaries(folder: Path, by_work: dict[str, list[Figures]]) -> None:
    for metric in METRICS:
        write(folder / f"summary-{metric.name}.svg", summary(metric, by_work))


def main(_command: str, argv: list[str]) -> int:
    """Measures, prints the tables, writes figures and plots."""
    if argv:
        raise MgError("usage: mg compare [WORK=name|all]")
    works = chosen()
    config = for_measuring()
    build.build_all(config)
    folder = folder_of(config)
    folder.mkdir(parents=True, exist_ok=True)
    by_work: dict[str, list[Figures]] = {}
    try:
        for work in works:
            text = measure(config, work)
            by_work[work] = parse(text)
            show(work, by_work[work])
            write(folder / f"{work}.txt", text)
            write(folder / f"{work}.svg", plot(work, by_work[work]))
    finally:  # where Lua cannot be fetched, the others have been measured
        if len(by_work) > 1:
            write_summaries(folder, by_work)
    print(f"\n{NOTES}\n\nplots and figures: {folder}")
    return 0
