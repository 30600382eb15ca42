# SPDX-License-Identifier: MIT
"""`mg bench --against REV`: the costs of another revision beside those of this tree.

The revision is laid out in build/against/COMMIT, from the objects of this clone, and built there;
its own tools run its own programs. What they printed is kept beside that build, because another
run would print the same: remove the folder to measure anew, say after a change of the compiler.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Callable, Optional

from mglib import build
from mglib.config import MgError, ROOT, for_measuring, variable

FOLDER = Path("build/against")

# Run by Python in the folder of the other revision: prints what one of its programs measured.
DRIVER = """
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, "tools")
from pathlib import Path
from mglib import bench, build, config
measuring = config.for_measuring()
build.build_all(measuring, quiet=True)
print(bench.measure(measuring, config.ROOT / sys.argv[1]))
"""

Values = dict[str, tuple[float, str]]  # a row's value and unit, by its name


def git(*words: str) -> bytes:
    """What git says about this clone; a refusal ends mg with git's own words."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    except FileNotFoundError:
        raise MgError("git is missing: run tools/setup") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise MgError(said[-1] if said else f"git {words[0]} failed")
    return done.stdout


def commit_of(revision: str) -> str:
    """The full hash of a revision."""
    try:
        return git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    except MgError:
        raise MgError(f"this clone has no revision '{revision}'") from None


def lay_out(commit: str) -> Path:
    """The tree of a commit in a folder of its own, whole or not at all."""
    place = ROOT / FOLDER / commit
    if place.is_dir():
        return place
    unfinished = place.with_name(f"{commit}.{os.getpid()}")
    unfinished.mkdir(parents=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", commit))) as archive:
            archive.extractall(unfinished)
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return place


def measured_there(place: Path, program: str) -> str:
    """What a program of the other revision printed, now or when it was run last."""
    variant = for_measuring().variant
    kept = place / "build" / f"{variant}.bench" / f"{Path(program).stem}.txt"
    if kept.exists() and not variable("CMDLINE"):
        return kept.read_text()
    outer = ("BUILD", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    done = subprocess.run([sys.executable, "-c", DRIVER, program], cwd=place, env=environment,
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise MgError(f"{program} could not be measured in {place.relative_to(ROOT)}", 1)
    if not variable("CMDLINE"):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(done.stdout)
    return done.stdout


def programs(tree: Path, glob: str) -> list[str]:
    """The benchmarks of a tree whose names match."""
    return [str(path.relative_to(tree)) for path in sorted((tree / "user/bench").glob("*.c"))
            if fnmatch(path.stem, glob)]


@dataclass(frozen=True)
class Pair:
    """A row as both builds measured it; None where a build has no such row."""

    name: str
    before: Optional[float]
    now: Optional[float]
    unit: str

    def above(self, most: float) -> bool:
        """Whether it has become dearer by more than `most` per cent."""
        if self.before is None or self.now is None:
            return False
        return self.now > self.before * (1 + most / 100)

    def ratio(self) -> str:
        if self.before is None:
            return "new"
        if self.now is None:
            return "gone"
        return f"{self.now / self.before:.3f}" if self.before else "-"


def pairs(before: Values, now: Values) -> list[Pair]:
    """The rows of both, in the order of this tree; then those that it does not have any more."""
    names = [*now, *(name for name in before if name not in now)]
    return [Pair(name, before.get(name, (None, ""))[0], now.get(name, (None, ""))[0],
                 (now.get(name) or before[name])[1]) for name in names]


def number(value: Optional[float]) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def compare(revision: str, glob: str, most: float, values: Callable[[str], Values],
            measured_here: Callable[[Path], str], title: Callable[[str], str]) -> int:
    """Measures both, prints both; status 1 if a row has become dearer by more than `most` %."""
    commit = commit_of(revision)
    place = lay_out(commit)
    there, here = programs(place, glob), programs(ROOT, glob)
    if not there and not here:
        raise MgError("no benchmark has that name")
    build.build_all(for_measuring(), quiet=True)
    print(f"{'guest instructions for':62} {commit[:9]:>10} {'here':>10} {'unit':6} {'ratio':>6}")
    above = 0
    for program in dict.fromkeys([*here, *there]):
        before = values(measured_there(place, program)) if program in there else {}
        now = values(measured_here(ROOT / program)) if program in here else {}
        for pair in pairs(before, now):
            above += pair.above(most)
            print(f"{title(pair.name):62} {number(pair.before):>10} {number(pair.now):>10} "
                  f"{pair.unit:6} {pair.ratio():>6}{'  ABOVE' if pair.above(most) else ''}",
                  flush=True)
    if above:
        print(f"mg: {above} rows are above {commit[:9]} by more than {most:g} %", file=sys.stderr)
    return int(above > 0)
