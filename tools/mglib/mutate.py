# SPDX-License-Identifier: MIT
"""`mg mutate`: makes slips in mm/ by itself, and shows which of them no test sees.

    mg mutate [PATH...] [--n N] [--seed S] [--jobs J]   N slips of these files (100, of mm)
    mg mutate --only NAME [--tests GLOB]                one of them: its text, all its tests
    mg mutate --report [PATH...] [--n N] [--seed S]     what the results say; nothing is run

Each slip goes into a copy of the tree; its kernel is built, and the tests that reach the changed
lines run at two processors until one fails, the likeliest and cheapest first, for PATIENCE seconds
of the host's processors: what else the host does makes no difference.
What came of it is kept in tools/mutate/results, and a slip that is settled there is not tried
again: the command goes on where it stopped. --again tries the survivors once more, for when there
are new tests. tools/mutate/README.md says what the verdicts mean.
"""

from __future__ import annotations

import argparse
import difflib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from mglib import cases, coverage, live, mutants, testing
from mglib.cases import Case
from mglib.config import Config, MgError, ROOT
from mglib.mutants import Mutant
from mglib.workshop import Workshop

RESULTS = ROOT / "tools/mutate/results"
FOLDER = ROOT / "build/mutate"
CPUS = 2
PATIENCE = 75.0  # seconds of the host's processors that the tests of one slip may take
LATE = 4  # a test hangs that takes LATE times the processors' time it should, and LATE_MORE
LATE_MORE = 8  # seconds
NAMED, NAMED_FILE = 50, 4  # how much earlier a test comes that names the function, or its file
HALTED = 4  # so does a guest that halts: for as many times those seconds of the clock
HEAD = """# What became of each slip (README.md); `mg mutate` writes this file, and keeps the notes.
# NAME | verdict | the test that failed, or how many did not | note
"""
SETTLED = ("caught", "equivalent", "same code")
UNSETTLED = ("survived", "not reached")


@dataclass
class Row:
    """A line of the results."""

    name: str
    verdict: str
    tests: str = ""
    note: str = ""

    def line(self) -> str:
        return " | ".join((self.name, self.verdict, self.tests, self.note)).rstrip(" |")


class Results:
    """The file with the results; a note that was added by hand stays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, Row] = {}
        self.read()

    def read(self) -> None:
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        for line in text.splitlines():
            if line and not line.startswith("#"):
                words = [word.strip() for word in line.split("|", 3)]
                self.rows[words[0]] = Row(*words)

    def add(self, row: Row) -> None:
        """Keeps a row; what somebody has written into the file meanwhile stays."""
        self.read()
        old = self.rows.get(row.name)
        if old and old.verdict == "equivalent" and row.verdict in UNSETTLED:
            return
        if old and old.verdict == row.verdict:
            row.note = old.note
        self.rows[row.name] = row
        unfinished = self.path.with_name(f"results.{os.getpid()}")
        lines = "".join(f"{row.line()}\n" for row in self.rows.values())
        unfinished.write_text(HEAD + lines, encoding="utf-8")
        unfinished.replace(self.path)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mg mutate", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH", default=["mm"])
    parser.add_argument("--n", type=int, default=100, help="how many, the kinds in turn")
    parser.add_argument("--seed", type=int, default=1, help="which")
    parser.add_argument("--jobs", type=int, default=1, help="copies of the tree at work at once")
    parser.add_argument("--only", metavar="NAME", help="this one, with all tests that reach it")
    parser.add_argument("--tests", metavar="GLOB", help="with --only: these tests, without a map")
    parser.add_argument("--again", action="store_true", help="survivors too")
    parser.add_argument("--report", action="store_true", help="only say what the results are")
    return parser.parse_args(argv)


def tests_of(config: Config) -> list[Case]:
    """The tests that may be asked: of user programs one by one, of the kernel all in one."""
    found = [case for case in testing.user_cases("check", config, 1)
             if case.config == config and not case.header.expect.startswith("panic")]
    header = cases.Header(cpus=(CPUS,), timeout=300 * cases.PATIENCE)
    found.append(Case("kernel", "check", config, CPUS, 1, cases.run_kernel, header))
    return found


def make_map(shop: Workshop) -> tuple[coverage.Map, list[Case]]:
    """Which test reaches what, and the tests that pass without a slip."""
    known = coverage.Map(FOLDER / "coverage.json", shop.config.out / "kernel.elf")
    asked = []
    for case in tests_of(shop.config):
        fresh = case.name not in known.reach
        reach = known.add(case)
        if reach:
            asked.append(case)
        if fresh:
            said = f"{sum(map(len, reach.lines.values()))} lines" if reach else "fails, or is slow"
            print(f"map  {case.name}: {said}", flush=True)
    return known, asked


def tests_for(mutant: Mutant, known: coverage.Map, asked: list[Case]) -> list[Case]:
    """The tests that reach a slip: those first that cost little and see much of its file.

    Code that is inlined or moved may leave no instruction of a line; then its function counts.
    Lines that every boot comes to say nothing about a test; one whose text names the function,
    or else the file, was written for it.
    """
    for first, last in ((mutant.first, mutant.last), mutant.extent):
        found = [case for case in asked
                 if known.reach[case.name].touches(mutant.path, first, last)]
        if found:
            break

    def seen(case: Case) -> int:
        return len(known.reach[case.name].lines[mutant.path])

    least = min(map(seen, found), default=0)

    def order(case: Case) -> float:
        text = case.path.read_text(encoding="utf-8") if case.path.is_file() else ""
        named = NAMED if mutant.function in text else NAMED_FILE if mutant.path in text else 1
        return known.reach[case.name].seconds / (seen(case) - least + 1) / named

    return sorted(found, key=order)


def late(case: Case, known: coverage.Map) -> Case:
    """The case with limits that fit what it took before, if that is known."""
    if case.name not in known.reach:
        return case
    limit = int(LATE * known.reach[case.name].seconds) + LATE_MORE
    return replace(case, header=replace(case.header, timeout=HALTED * limit), cpu_seconds=limit)


def failures(case: Case) -> list[cases.Result]:
    return [result for result in testing.run_case(case) if not result.passed]


def run_tests(some: list[Case], config: Config, known: coverage.Map, seconds: float) -> Row:
    """Runs tests on a copy until one fails or the time is up; the verdict in a row without name."""
    spent = 0.0
    for number, case in enumerate(some):
        if spent > seconds:
            return Row("", "survived", f"{number} of {len(some)}")
        spent += known.reach[case.name].seconds if case.name in known.reach else 0
        case = replace(late(case, known), config=config)
        failed = failures(case)
        if failed and failed[0].seen == "TIMEOUT":
            failed = failures(case)  # a busy host may have kept it from its processors
        if failed and live.closed():
            raise MgError(failed[0].seen)
        if failed:
            return Row("", "caught", failed[0].name.split()[0], failed[0].seen.split("\n")[0][:60])
    return Row("", "survived" if some else "not reached", f"{len(some)} of {len(some)}")


def attempt(mutant: Mutant, shop: Workshop, known: coverage.Map, chosen: list[Case],
            seconds: float) -> Row:
    """One slip, from putting it in to taking it out."""
    verdict = shop.put_in(mutant)
    try:
        if verdict:
            return Row(mutant.name, verdict)
        row = run_tests(chosen, shop.config, known, seconds)
        row.name = mutant.name
        return row
    finally:
        shop.take_out(mutant)


def show(row: Row, seconds: float) -> None:
    print(f"{row.verdict:17} {row.name}  {row.tests} ({seconds:.0f} s)", flush=True)


def report(some: list[Mutant], results: Results) -> int:
    """The table by kinds, and the survivors; status 1 if there are any."""
    rows = [(mutant, results.rows[mutant.name]) for mutant in some if mutant.name in results.rows]
    columns = (*SETTLED, *UNSETTLED)
    print(f"\n{'kind':10}" + "".join(f"{name:>13}" for name in columns))
    for kind in (*mutants.KINDS, "all"):
        of_kind = [row.verdict for mutant, row in rows if kind in ("all", mutant.kind)]
        print(f"{kind:10}" + "".join(f"{of_kind.count(name):13}" for name in columns))
    left = [row for _, row in rows if row.verdict in UNSETTLED]
    for row in left:
        print(f"{row.verdict} ({row.tests}): tools/mg mutate --only {row.name}")
    print(f"{len(rows) - len(left)} of {len(rows)} caught or equivalent")
    return int(bool(left))


def show_text(mutant: Mutant, tree: Path) -> None:
    """What the slip changes."""
    text = (tree / mutant.path).read_text(encoding="utf-8")
    lines = difflib.unified_diff(text.splitlines(), mutant.apply(text).splitlines(), mutant.path,
                                 mutant.path, lineterm="")
    print("\n".join(lines), flush=True)


def try_one(name: str, args: argparse.Namespace) -> int:
    """One slip by its name; status 1 if it survives."""
    shop = Workshop(FOLDER / "only")
    found = [m for m in mutants.all_mutants(shop.tree, [name.split(":")[0]]) if m.name == name]
    if not found:
        raise MgError(f"there is no slip '{name}'")
    show_text(found[0], shop.tree)
    if args.tests:
        known = coverage.Map(FOLDER / "none.json", shop.config.out / "kernel.elf")
        chosen = [case for case in tests_of(shop.config) if fnmatch(case.name, args.tests)]
    else:
        known, asked = make_map(shop)
        chosen = tests_for(found[0], known, asked)
    start = time.monotonic()
    row = attempt(found[0], shop, known, chosen, float("inf"))
    show(row, time.monotonic() - start)
    results = Results(RESULTS)
    if row.verdict == "caught" or not args.tests:
        results.add(row)
    return int(row.verdict in UNSETTLED)


class Campaign:
    """The slips that are still to be tried, shared out among the copies of the tree."""

    def __init__(self, args: argparse.Namespace, shops: list[Workshop]) -> None:
        self.args = args
        self.results = Results(RESULTS)
        self.known, self.asked = make_map(shops[0])
        self.order = mutants.shuffled(mutants.all_mutants(shops[0].tree, args.paths), args.seed)
        self.next = 0
        self.counted: list[Mutant] = []
        self.lock = threading.Lock()

    def settled(self, mutant: Mutant) -> bool:
        row = self.results.rows.get(mutant.name)
        return bool(row) and not (self.args.again and row.verdict in UNSETTLED)

    def take(self) -> Mutant | None:
        """The next slip to try; those that are settled are counted on the way."""
        with self.lock:
            while self.next < len(self.order) and len(self.counted) < self.args.n:
                mutant = self.order[self.next]
                self.next += 1
                if not self.settled(mutant):
                    self.counted.append(mutant)
                    return mutant
                if self.results.rows[mutant.name].verdict != "does not compile":
                    self.counted.append(mutant)
        return None

    def keep(self, mutant: Mutant, row: Row, seconds: float) -> None:
        """What does not compile is no slip, and another takes its place."""
        with self.lock:
            self.results.add(row)
            if row.verdict == "does not compile":
                self.counted.remove(mutant)
            show(row, seconds)

    def work(self, shop: Workshop) -> None:
        """Tries slips in one copy until there are enough."""
        while mutant := self.take():
            start = time.monotonic()
            chosen = tests_for(mutant, self.known, self.asked)
            row = attempt(mutant, shop, self.known, chosen, PATIENCE)
            self.keep(mutant, row, time.monotonic() - start)


def main(_command: str, argv: list[str]) -> int:
    """Tries slips, or one, or only reports."""
    args = parse(argv)
    FOLDER.mkdir(parents=True, exist_ok=True)
    if args.only:
        return try_one(args.only, args)
    if args.report:
        counted = mutants.shuffled(mutants.all_mutants(ROOT, args.paths), args.seed)
        results = Results(RESULTS)
        known = [m for m in counted if m.name in results.rows
                 and results.rows[m.name].verdict != "does not compile"]
        return report(known[:args.n], results)
    shops = [Workshop(FOLDER / str(number)) for number in range(args.jobs)]
    campaign = Campaign(args, shops)
    pool = ThreadPoolExecutor(args.jobs)
    try:
        for future in [pool.submit(campaign.work, shop) for shop in shops]:
            future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        live.end_all()
        raise
    return report(campaign.counted, campaign.results)
