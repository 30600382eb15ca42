# SPDX-License-Identifier: MIT
"""`mg test`, `mg check` and `mg test-all`: choosing tests, running them, the report.

    mg test [GLOB] [--seed N] [-s CPUS]

GLOB is a name (`oom`), a kind and name (`user/oom`) or a pattern (`kernel/rb*`).
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from mglib import build, cases, live, qemu
from mglib.cases import Case, Result
from mglib.config import Config, MgError, ROOT, from_environment, number, variable

CPUS = (1, 2, 4)
MOST_AT_ONCE = 8
KASAN_EVERY = 3  # test of the short ones that are not about merging


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mg test", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glob", nargs="?", metavar="GLOB")
    parser.add_argument("--seed", type=int, default=1, help="seed of random tests and of the order")
    parser.add_argument("-s", dest="smp", type=int, metavar="CPUS")
    return parser.parse_args(argv)


def machines(suite: str, header: cases.Header, config: Config,
             turn: int = 0, sanitized: bool = True) -> list[tuple[int, Config]]:
    """The processors and variants on which a suite runs a test.

    The quick set takes one machine; the full one every processor count, and the release build and
    that with the address sanitizer on one of them in turn, the latter only if the test is
    `sanitized`; the nightly one takes the product. A test that was named runs on every processor
    count of the variant at hand.
    """
    if header.config == "release":
        config = config.release()
    if header.config == "kasan only":
        config = config.with_kasan()
    if suite == "check":
        return [(2 if 2 in header.cpus else header.cpus[-1], config)]
    debug = [(smp, config) for smp in header.cpus]
    if suite == "named" or config.variant != "debug":
        return debug
    release = [(smp, config.release()) for smp in header.cpus]
    kasan = [(smp, config.with_kasan()) for smp in header.cpus]
    if header.config == "debug only":
        release = []
    if suite == "all":
        return debug + release + kasan
    return debug + in_turn(release, turn) + in_turn(kasan if sanitized else [], turn + 1)


def in_turn(some: list[tuple[int, Config]], turn: int) -> list[tuple[int, Config]]:
    """One of them, if there is any."""
    return [some[turn % len(some)]] if some else []


def takes_kasan(name: str, header: cases.Header, turn: int) -> bool:
    """Whether `make test` runs a test under the address sanitizer as well."""
    short = header.timeout <= cases.Header.timeout * cases.PATIENCE
    return name.startswith(("merge_", "ksm_")) or (short and turn % KASAN_EVERY == 0)


def stress_seconds(suite: str, header: cases.Header, smp: int, config: Config) -> int:
    """How long a stress goes on: where one names it as long as SECONDS says, else see cases.py."""
    if not header.seconds:
        return 0
    if suite == "named":
        return number("SECONDS")
    if suite == "check" or smp != max(header.cpus) or config.variant != "debug":
        return 0
    return header.seconds[-1 if suite == "all" else 0]


def user_cases(suite: str, config: Config, seed: int) -> list[Case]:
    found = []
    for turn, path in enumerate(sorted((ROOT / "user/tests").glob("*.c"))):
        header = cases.read_header(path)
        found += [Case(f"user/{path.stem}", header.suite, variant, smp, seed, cases.run_user,
                       replace(header, mem=mem), path,
                       seconds=stress_seconds(suite, header, smp, variant))
                  for smp, variant in machines(suite, header, config, turn,
                                               takes_kasan(path.stem, header, turn))
                  for mem in header.mem.split()]
    return found


def script_cases(config: Config, seed: int) -> list[Case]:
    found = []
    for kind, folder in (("tool", "tools/tests"), ("gdb", "tools/gdb/tests")):
        for path in sorted((ROOT / folder).glob("*")):
            if path.suffix in (".py", ".sh"):
                header = cases.read_header(path)
                found.append(Case(f"{kind}/{path.stem}", header.suite, config, 0, seed,
                                  cases.run_script, header, path))
    return found


def many_in_one(kind: str, case: Case, glob: str, names: list[str]) -> list[Case]:
    """The case that runs all tests of a kind in one go, if any of them is wanted."""
    wanted = glob[len(kind) + 1:] if glob.startswith(f"{kind}/") else glob
    if "/" in wanted or not any(fnmatch(name, wanted) for name in names):
        return []
    return [replace(case, glob=wanted)]


def kernel_cases(suite: str, glob: str, config: Config, seed: int) -> list[Case]:
    """The in-kernel tests; those that only the address sanitizer has, if no other was named."""
    header = cases.Header(cpus=CPUS, timeout=300 * cases.PATIENCE)
    found = []
    for smp, variant in machines(suite, header, config):
        kernel = Case("kernel", "check", variant, smp, seed, cases.run_kernel, header)
        found += many_in_one("kernel", kernel, glob, cases.ktest_names(variant))
    if not found and suite == "named" and not config.kasan:
        return kernel_cases(suite, glob, config.with_kasan(), seed)
    return found


def select(suite: str, glob: str, config: Config, args: argparse.Namespace) -> list[Case]:
    """The cases of a suite whose names match."""
    single = user_cases(suite, config, args.seed) + script_cases(config, args.seed)
    chosen = [case for case in single if fnmatch(case.name, glob)
              or fnmatch(case.name.partition("/")[2], glob)]
    chosen += kernel_cases(suite, glob, config, args.seed)
    header = cases.Header(cpus=(1,), timeout=300 * cases.PATIENCE)
    host = Case("host", "check", config, 0, args.seed, cases.run_host, header)
    if any((ROOT / "tools/hosttest").glob("*.c")):
        chosen += many_in_one("host", host, glob, host_names())
    largest = cases.SUITES.index("all" if suite == "named" else suite)
    chosen = [case for case in chosen if cases.SUITES.index(case.suite) <= largest]
    if args.smp:
        chosen = [replace(case, smp=args.smp) if case.smp else case for case in chosen]
        chosen = list({case.label: case for case in chosen}.values())
    return chosen


def host_names() -> list[str]:
    """The host unit tests, as their sources name them."""
    pattern = re.compile(r"^(?:TEST|HOSTTEST)\((\w+)", re.MULTILINE)
    return [name for path in (ROOT / "tools/hosttest").glob("*.c")
            for name in pattern.findall(path.read_text())]


def build_for(chosen: list[Case]) -> None:
    """Builds each variant that a test needs, and the host tests."""
    guests = {case.config for case in chosen if case.smp}
    for config in sorted(guests, key=lambda config: config.variant):
        build.build_all(config)
    for config in {case.config for case in chosen if case.work is cases.run_host}:
        build.make(config, "host-test-build")


def run_case(case: Case) -> list[Result]:
    """Runs a case; what goes wrong on the way is a failed result."""
    try:
        return case.work(case)
    except (MgError, OSError) as error:
        return [Result(case.label, False, "a run", str(error), repeat=case.repeat())]


def write_output(folder: Path, result: Result) -> Path:
    """Leaves everything a test said in its own file."""
    name = re.sub(r"[^\w.=+-]+", "-", result.name)
    path = folder / f"{name}.output"
    path.write_text(f"# {result.name}: {'passed' if result.passed else 'failed'}\n"
                    f"# repeat: {result.repeat}\n{result.output}\n")
    return path


def show(result: Result, seed: int, output: Path) -> None:
    """One line for a test that passed, what one needs to know for one that failed."""
    took = f" ({result.seconds:.1f} s)" if result.seconds else ""
    print(f"{'ok  ' if result.passed else 'FAIL'} {result.name}{took}", flush=True)
    if result.passed:
        return
    for key, value in (("expected", result.expected), ("seen", result.seen), ("seed", seed),
                       ("repeat", result.repeat), ("output", os.path.relpath(output))):
        print(f"     {key + ':':9} {value}")
    for line in result.tail.splitlines():
        print(f"     | {line}")
    sys.stdout.flush()


def width(case: Case) -> int:
    """How many processors of the host a case keeps busy."""
    return qemu.threads(variable("ACCEL"), case.smp or max(case.header.cpus))


def run_group(group: list[Case], at_once: int, seed: int, folder: Path) -> list[Result]:
    """Runs some cases, so many at once; shows each result as it comes."""
    results: list[Result] = []
    pool = ThreadPoolExecutor(at_once)
    try:
        futures: list[Future] = [pool.submit(run_case, case) for case in group]
        for future in as_completed(futures):
            for result in future.result():
                show(result, seed, write_output(folder, result))
                results.append(result)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        live.end_all()
        raise
    pool.shutdown()
    return results


def run_all(chosen: list[Case], seed: int, folder: Path) -> list[Result]:
    """Runs the cases, as many at once as the host has processors for, in an order that the seed
    decides: first those that need one processor, then those that need two, and so on."""
    random.Random(seed).shuffle(chosen)
    results: list[Result] = []
    for wide in sorted({width(case) for case in chosen}):
        at_once = min(max(1, qemu.host_cpus() // wide), MOST_AT_ONCE)
        group = [case for case in chosen if width(case) == wide]
        results += run_group(group, at_once, seed, folder)
    return results


def main(command: str, argv: list[str]) -> int:
    """Runs a suite; status 1 if a test failed or none ran."""
    args = parse(argv)
    suite = {"check": "check", "test": "test", "test-all": "all"}[command]
    if args.glob:
        suite = "named"
    config = from_environment()
    chosen = select(suite, args.glob or "*", config, args)
    if not chosen:
        raise MgError(f"no test has the name '{args.glob}'")
    build_for(chosen)
    folder = config.out / "results"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    start = time.monotonic()
    results = run_all(chosen, args.seed, folder)
    failed = [result for result in results if not result.passed]
    print(f"\nseed {args.seed}, {time.monotonic() - start:.0f} s")
    for result in failed:
        print(f"FAIL {result.name}: {result.repeat}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not results else 0
