# SPDX-License-Identifier: MIT
"""The tests there are, and how each kind is run.

    host/NAME     a unit test of tools/hosttest, run on the host under ASan and UBSan
    kernel/NAME   a KTEST(NAME) in the kernel, run at boot with ktest=
    user/NAME     user/tests/NAME.c, the only program of a boot of its own
    gdb/NAME, tool/NAME   a script in tools/gdb/tests or tools/tests: exit status 0 passes

The comment at the head of a user test or script may hold lines `key: value`:

    cpus: 1 2 4             processors, a boot for each (default 2); a script: of its guests
    mem: 512M               memory; several sizes: a boot for each
    cmdline: words          further words for the kernel command line
    args: words             arguments of the program
    timeout: 60             seconds on an idle machine; a busy one is given PATIENCE times that
    seconds: 60 3600        a stress: how long it goes on in the full suite and in the nightly one,
                            on the largest machine of `cpus:`; else once round (variable SECONDS)
    says: words; words      what the kernel log has to say, too
    expect: exit 0          or `signal N`, or `panic`, or `panic WORDS` that it says
    config: debug           or `release`, or `debug only`, or `kasan only`
    suite: check            the smallest suite it belongs to: check, test or all

A kernel source whose tests need the address sanitizer has the line `config: kasan only`, too.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Callable

from mglib import bundle, ktap, live, qemu
from mglib.config import Config, ROOT, variable

KEY = re.compile(r"^[\s/*#]*(cpus|mem|cmdline|args|timeout|seconds|says|expect|config|suite): +"
                 r"(.*?)[\s*/]*$")
KASAN_ONLY = re.compile(r"^ \* config: kasan only$", re.MULTILINE)
SUITES = ("check", "test", "all")
PATIENCE = 4


@dataclass(frozen=True)
class Header:
    """What a test says about itself."""

    cpus: tuple[int, ...] = (2,)
    mem: str = "512M"
    cmdline: str = ""
    args: tuple[str, ...] = ()
    timeout: int = 60
    seconds: tuple[int, ...] = ()
    says: tuple[str, ...] = ()
    expect: str = "exit 0"
    config: str = "debug"
    suite: str = "check"


@dataclass
class Result:
    """What came of one test on one machine."""

    name: str
    passed: bool
    expected: str = ""
    seen: str = ""
    tail: str = ""    # the last lines of what it printed
    output: str = ""  # everything, for the .output file
    repeat: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Case:
    """One thing to run; an in-kernel or host run brings several results."""

    name: str
    suite: str
    config: Config
    smp: int
    seed: int
    work: Callable[[Case], list[Result]]
    header: Header = field(default_factory=Header)
    path: Path = ROOT
    glob: str = "*"
    seconds: int = 0  # how long a stress goes on
    blocks: Path | None = None  # see qemu.Boot
    cpu_seconds: float = 0  # so, too

    @property
    def label(self) -> str:
        """The name with the machine it runs on."""
        machine = f" smp={self.smp}" if self.smp else ""
        memory = "" if self.header.mem == Header.mem else f" mem={self.header.mem}"
        variant = "" if self.config.variant == "debug" else f" {self.config.variant}"
        return f"{self.name}{machine}{memory}{variant}"

    def repeat(self, name: str = "") -> str:
        """The line that runs this again."""
        config = self.config
        words = [f"{flag}={getattr(config, flag.lower())}" for flag, default in
                 (("KASAN", 0), ("UBSAN", 1), ("LOCKDEP", 1))
                 if getattr(config, flag.lower()) != default]
        smp = f" -s {self.smp}" if self.smp else ""
        words += [f"SECONDS={self.seconds}"] if self.seconds else []
        return " ".join([*words, f"tools/mg test {name or self.name}{smp} --seed {self.seed}"])


def read_header(path: Path) -> Header:
    """The keys in the first forty lines of a file."""
    lines = path.read_text(errors="replace").splitlines()[:40]
    keys = {match[1]: match[2] for line in lines if (match := KEY.match(line))}
    plain = {key: keys[key] for key in ("mem", "cmdline", "expect", "config", "suite")
             if key in keys}
    return Header(cpus=tuple(int(n) for n in keys.get("cpus", "2").split()),
                  args=tuple(keys.get("args", "").split()),
                  seconds=tuple(int(n) for n in keys.get("seconds", "").split()),
                  says=tuple(filter(None, re.split(r"; +", keys.get("says", "")))),
                  timeout=PATIENCE * int(keys.get("timeout", "60")), **plain)


def as_announced(expected: str, seen: str) -> bool:
    """Whether a test ended as its header says; of a panic it names some words, or none."""
    if expected.startswith("panic"):
        words = expected.removeprefix("panic").strip()
        return seen.startswith("panic") and words in seen.removeprefix("panic")
    return seen == expected


def tail_of(text: str, lines: int = 15) -> str:
    return "\n".join(text.rstrip().splitlines()[-lines:])


def report_of(outcome: qemu.Outcome, stdout: bytes, stderr: bytes) -> str:
    """Everything a guest said, by port."""
    sections = (("standard output", stdout.decode(errors="replace")),
                ("standard error", stderr.decode(errors="replace")),
                ("results", outcome.results), ("kernel log", outcome.log))
    return "".join(f"--- {title}\n{text.rstrip()}\n" for title, text in sections)


def boot(case: Case, argv: list[str], words: str) -> tuple[qemu.Outcome, bytes, bytes]:
    """Boots the machine of a case with a program to run and words for the kernel."""
    header = case.header
    parts = bundle.boot_bundle(case.config.out, argv,
                               {"SEED": str(case.seed), "SECONDS": str(case.seconds)}, stdin=b"")
    cmdline = " ".join(filter(None, [words, f"seed={case.seed}", header.cmdline,
                                     variable("CMDLINE")]))
    stdout, stderr = bytearray(), bytearray()
    outcome = qemu.run(qemu.Boot(case.config.out / "kernel.elf", parts, cmdline, case.smp,
                                 header.mem, variable("ACCEL"), header.timeout + case.seconds,
                                 seed=case.seed, blocks=case.blocks,
                                 cpu_seconds=case.cpu_seconds),
                       stdout.extend, stderr.extend)
    return outcome, bytes(stdout), bytes(stderr)


def ending(outcome: qemu.Outcome) -> str:
    """How a guest ended, in the words that `expect:` uses."""
    verdict = outcome.verdict
    if verdict is qemu.Verdict.PANIC:
        return f"panic: {outcome.panic_line()}"
    if verdict in (qemu.Verdict.TIMEOUT, qemu.Verdict.RESET) or not outcome.ended:
        return verdict.value
    imbalance = outcome.imbalance()
    if verdict is qemu.Verdict.FAIL and outcome.ended == ("exit", 0) and not imbalance:
        imbalance = "but the verdict is FAIL"
    return f"{outcome.ended[0]} {outcome.ended[1]}{', ' if imbalance else ''}{imbalance}"


def run_user(case: Case) -> list[Result]:
    """Boots one user test and compares its end with the one it announces."""
    argv = [f"tests/{case.path.stem}", *case.header.args]
    outcome, stdout, stderr = boot(case, argv, "scanner=none")
    seen, expected = ending(outcome), case.header.expect
    unsaid = [words for words in case.header.says if words not in outcome.log]
    if unsaid and as_announced(expected, seen):
        seen += f", but the kernel log does not say '{unsaid[0]}'"
    passed = as_announced(expected, seen) and not unsaid
    said = stdout.decode(errors="replace") + stderr.decode(errors="replace")
    if outcome.verdict in (qemu.Verdict.PANIC, qemu.Verdict.RESET, qemu.Verdict.TIMEOUT):
        said += outcome.log_tail(24)
    return [Result(case.label, passed, expected, seen, tail_of(said),
                   report_of(outcome, stdout, stderr), case.repeat(), outcome.seconds)]


def from_points(case: Case, kind: str, text: str, problems: list[str],
                report: str) -> list[Result]:
    """One result for each KTAP line, and one more if the report as a whole is wrong."""
    points, wrong = ktap.parse(text)
    problems = problems + wrong
    machine = case.label[len(case.name):]
    results = [Result(f"{kind}/{p.name}{machine}", p.passed, "ok", "ok" if p.passed else "not ok",
                      p.said, report, case.repeat(f"{kind}/{p.name}")) for p in points]
    results = [r for r in results if fnmatch(r.name.split()[0], f"{kind}/{case.glob}")]
    if problems:
        results.append(Result(case.label, False, "a whole report", "; ".join(problems),
                              tail_of(report), report, case.repeat()))
    return results


def run_kernel(case: Case) -> list[Result]:
    """Boots the in-kernel tests."""
    outcome, stdout, stderr = boot(case, [], f"ktest={case.glob} scanner=none")
    points, _ = ktap.parse(outcome.results)
    problems = []
    if outcome.verdict is not qemu.Verdict.PASS and all(p.passed for p in points):
        problems = [ending(outcome)]
    return from_points(case, "kernel", outcome.results, problems,
                       report_of(outcome, stdout, stderr))


def run_process(command: list[str], timeout: int) -> tuple[int | None, str]:
    """Runs a host program; its status (None: it took too long) and all it printed."""
    process = live.start(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    try:
        text = process.communicate(timeout=timeout)[0].decode(errors="replace")
        return process.returncode, text
    except subprocess.TimeoutExpired:
        live.end(process, grace=10)
        return None, process.communicate()[0].decode(errors="replace")
    finally:
        live.end(process)


def run_host(case: Case) -> list[Result]:
    """Runs the host unit tests."""
    command = [str(case.config.out / "host-test"), "--seed", str(case.seed), case.glob]
    status, text = run_process(command, case.header.timeout)
    failed_points = any(not point.passed for point in ktap.parse(text)[0])
    problems = []
    if status is None:
        problems = [f"timeout after {case.header.timeout} s"]
    elif status != int(failed_points):
        problems = [f"exit status {status}"]
    return from_points(case, "host", text, problems, text)


def run_script(case: Case) -> list[Result]:
    """Runs a script."""
    start = time.monotonic()
    command = [sys.executable if case.path.suffix == ".py" else "bash", str(case.path)]
    status, text = run_process(command, case.header.timeout)
    seen = f"timeout after {case.header.timeout} s" if status is None else f"exit {status}"
    return [Result(case.label, status == 0, "exit 0", seen, tail_of(text), text, case.repeat(),
                   time.monotonic() - start)]


def ktest_names(config: Config) -> list[str]:
    """The in-kernel tests that a variant has, as the sources name them."""
    pattern = re.compile(r"^KTEST\((\w+)", re.MULTILINE)
    sources = [path for top in ("kernel", "mm") for path in (ROOT / top).rglob("*.c")]
    texts = [path.read_text() for path in sources]
    return sorted(name for text in texts for name in pattern.findall(text)
                  if config.kasan or not KASAN_ONLY.search(text))
