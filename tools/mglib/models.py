# SPDX-License-Identifier: MIT
"""`mg models`: the models of tools/models, searched to their ends by Spin; the rule on their names.

    mg models                  each scenario of each model, then each trap
    mg models MODEL            those of one model
    mg models MODEL/TRAP       the shortest counter-example of a trap, as a picture

What a model has stands in its head, one line each:

    lanes WHO | WHO            who does something, in the order of the @N of its printf()
    processes P | C | Q        names of "process N" in what is printed
    scenario NAME [-DX]: ...   who takes part; there must be no violation
    trap NAME in SCENARIO: ... what -DTRAP_NAME does wrong; there must be a violation
    harmless NAME in SCENARIO  the same, but there must be none
    own NAME ...               names of the model's own; all others are the code's
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from mglib import source
from mglib.config import MgError, ROOT
from mglib.rules import Findings, at, files

FOLDER = "tools/models"
COMPILE = ("gcc", "-O0", "-w", "-DSAFETY", "-DNOFAIR", "-DNOREDUCE", "-DMEMLIM=900")
LIMIT = 1200  # seconds for one search, on a busy machine
WIDTH = 99  # of a picture, and at most 48 for each who takes part

LANES = re.compile(r"^ \*   lanes (.*)$", re.MULTILINE)
PROCESSES = re.compile(r"^ \*   processes (.*)$", re.MULTILINE)
OWN = re.compile(r"^ \*   own (.*)$", re.MULTILINE)
SCENARIO = re.compile(r"^ \*   scenario ([\w-]+)((?: -D\w+)*): ", re.MULTILINE)
TRAP = re.compile(r"^ \*   (trap|harmless) ([\w-]+) in ([\w-]+): ", re.MULTILINE)
STEP = re.compile(r"^\s*@(\d+) (.*)$", re.MULTILINE)
ERROR = re.compile(r"pan:1: (assertion violated|invalid end state).* \(at depth (\d+)\)")
INLINE = re.compile(r"^(?:inline|#define) ([a-z]\w*)\(", re.MULTILINE)
TOLD = re.compile(r"@%?\d?d? ?(\w+): ")
PROCESS = re.compile(r"^proctype (\w+)\(", re.MULTILINE)
SPOKEN = re.compile(r"\b(\w+)\(\)")
CALLED = re.compile(r"\b([a-z_]\w*)\(")


@dataclass(frozen=True)
class Trap:
    """A step done wrong: a macro, and the scenario in which it shows."""

    name: str
    scenario: str
    harmful: bool

    @property
    def macro(self) -> str:
        return "-DTRAP_" + self.name.upper().replace("-", "_")


@dataclass(frozen=True)
class Model:
    """What the head of a model says."""

    path: Path
    text: str
    lanes: tuple[str, ...]
    processes: tuple[str, ...]
    scenarios: dict[str, tuple[str, ...]]
    traps: tuple[Trap, ...]

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass
class Search:
    """How a search ended."""

    states: int
    violation: str  # empty: none in all of them
    steps: int = 0
    picture: list[tuple[int, str]] = field(default_factory=list)


def parse(path: Path, text: str) -> Model:
    lanes, processes = (found[1].split(" | ") if found else []
                        for found in (LANES.search(text), PROCESSES.search(text)))
    return Model(path, text, tuple(lanes), tuple(processes),
                 {name: tuple(macros.split()) for name, macros in SCENARIO.findall(text)},
                 tuple(Trap(name, where, kind == "trap")
                       for kind, name, where in TRAP.findall(text)))


def models() -> list[Model]:
    """Every model of the tree."""
    return [parse(path, path.read_text(encoding="utf-8"))
            for path in sorted((ROOT / FOLDER).glob("*.pml"))]


def run(command: tuple[str, ...], folder: str) -> str:
    """What a program says; its status says nothing that its words do not."""
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                              timeout=LIMIT).stdout
    except FileNotFoundError:
        raise MgError(f"{command[0]} is missing: run tools/setup") from None
    except subprocess.TimeoutExpired:
        raise MgError(f"a search of more than {LIMIT} s") from None


def ending(said: str) -> tuple[str, int]:
    """The violation that pan reports, in words, and the steps that lead to it."""
    found = ERROR.search(said)
    if not found:
        return "", 0
    kind = "somebody waits for ever" if "end state" in found[1] else "an assertion fails"
    return kind, int(found[2]) + 1


def search(model: Model, macros: tuple[str, ...], shortest: bool) -> Search:
    """All states of a model; for a trap breadth first, so that what it finds is shortest."""
    with tempfile.TemporaryDirectory(prefix="mg-models-") as folder:
        said = run(("spin", *macros, "-a", str(model.path)), folder)
        run((*COMPILE, *(("-DBFS",) if shortest else ()), "-o", "pan", "pan.c"), folder)
        if not (Path(folder) / "pan").exists():
            raise MgError(f"{model.name}.pml {' '.join(macros)} does not compile: {said.strip()}")
        said = run(("./pan", "-m100000", "-n", "-w20"), folder)
        states = re.search(r"(\d+) states, stored", said)
        violation, steps = ending(said)
        if not states or not violation and ("not completed" in said or "errors: 0" not in said):
            raise MgError(f"{model.name}.pml {' '.join(macros)} did not end: {said[-500:]}")
        found = Search(int(states[1]), violation, steps)
        for trail in Path(folder).glob("*.trail"):
            shown = run(("spin", *macros, "-k", trail.name, "-t", str(model.path)), folder)
            found.picture = [(int(lane), words) for lane, words in STEP.findall(shown)]
        return found


def picture(model: Model, found: Search) -> str:
    """A counter-example, a column for each who takes part."""
    used = sorted({lane for lane, _ in found.picture})
    width = min(48, WIDTH // len(used))
    rows = [[model.lanes[lane] for lane in used]]
    for lane, words in found.picture:
        words = re.sub(r"process (\d)", lambda match: model.processes[int(match[1])], words)
        for line in textwrap.wrap(words, width - 2, subsequent_indent="  "):
            rows.append([line if lane == other else "" for other in used])
    lines = ["".join(cell.ljust(width) for cell in row).rstrip() for row in rows]
    lines.insert(1, "-" * (width * len(used) - 2))
    return "\n".join([*lines, f"=> {found.violation}"])


def check_scenarios(model: Model) -> int:
    """One line for each; how many have a violation."""
    failed = 0
    for name, macros in model.scenarios.items():
        found = search(model, macros, False)
        failed += bool(found.violation)
        verdict = found.violation or "no violation"
        print(f"{'FAIL' if found.violation else 'ok  '} {model.name:10} {name:34} "
              f"{found.states:9,} states  {verdict}", flush=True)
    return failed


def check_traps(model: Model) -> int:
    """One line for each; how many do not end as announced."""
    failed = 0
    for trap in model.traps:
        found = search(model, (*model.scenarios[trap.scenario], trap.macro), trap.harmful)
        wrong = bool(found.violation) != trap.harmful
        failed += wrong
        verdict = "no violation"
        if found.violation:
            verdict = f"{found.violation} after {found.steps} steps"
        what = f"{'trap' if trap.harmful else 'harmless'} {trap.name}"
        print(f"{'FAIL' if wrong else 'ok  '} {model.name:10} {what:34} "
              f"{found.states:9,} states  {verdict}", flush=True)
    return failed


def show(model: Model, name: str) -> int:
    """The picture of one trap."""
    trap = next((trap for trap in model.traps if trap.name == name and trap.harmful), None)
    if not trap:
        raise MgError(f"{model.name} has no trap '{name}'; it has "
                      f"{', '.join(t.name for t in model.traps if t.harmful)}")
    print(picture(model, search(model, (*model.scenarios[trap.scenario], trap.macro), True)))
    return 0


def main(_command: str, argv: list[str]) -> int:
    """All models, one, or one trap."""
    name, _, trap = (argv[0] if argv else "").partition("/")
    chosen = [model for model in models() if name in ("", model.name)]
    if not chosen:
        raise MgError(f"no model '{name}'; there are {', '.join(m.name for m in models())}")
    if trap:
        return show(chosen[0], trap)
    failed = sum(check_scenarios(model) + check_traps(model) for model in chosen)
    checked = sum(len(model.scenarios) + len(model.traps) for model in chosen)
    print(f"{checked - failed} as they should be, {failed} not")
    return int(failed > 0)


def names_of_code() -> set[str]:
    """Every function and macro that kernel and mm define or call."""
    found: set[str] = set()
    for path in files(("kernel", "mm"), (".c", ".h")):
        found |= set(CALLED.findall(source.code_text(path)))
    return found


def names_in(model: Model, code: set[str]) -> Findings:
    """Names that a model uses as the code's, and is wrong."""
    own = set(" ".join(OWN.findall(model.text)).split())
    processes = set(PROCESS.findall(model.text))
    for number, line in enumerate(model.text.splitlines(), 1):
        used = {*INLINE.findall(line), *TOLD.findall(line), *SPOKEN.findall(line)}
        for name in sorted(used - code - own - processes - {"printf"}):
            yield at(model.path, number,
                     f"{name} is no function of kernel or mm, and not listed as own")
    for name in sorted(own & code):
        yield at(model.path, 1, f"{name} is listed as the model's own, but the code has it")


def traps_in(model: Model) -> Findings:
    """Traps that are listed and not built in, or the other way round."""
    used = set(re.findall(r"TRAP_[A-Z0-9_]+", model.text))
    listed = {trap.macro[2:] for trap in model.traps}
    for macro in sorted(used ^ listed):
        what = "used, but not listed" if macro in used else "listed, but not used"
        yield at(model.path, 1, f"{macro} is {what}")
    for trap in model.traps:
        if trap.scenario not in model.scenarios:
            yield at(model.path, 1, f"no scenario {trap.scenario} for the trap {trap.name}")


def check_names() -> Findings:
    """A step of a model is called as the function whose step it is, unless it says otherwise."""
    code = names_of_code()
    for model in models():
        yield from names_in(model, code)
        yield from traps_in(model)
