# SPDX-License-Identifier: MIT
"""Proves that the runner tells PASS, FAIL, PANIC and TIMEOUT apart, and lets no failure pass."""

import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, ROOT  # noqa: E402

from mglib import bundle, cases, config, execute, ktap, qemu, source, testing  # noqa: E402
from mglib.qemu import Outcome, Verdict  # noqa: E402

BALANCED = "# mm_check 0 violations\n# frames before 5 after 5\n"


def check_judge(checks: Checks) -> None:
    """The exit status of `mg exec` and its last line."""
    for verdict, log, results, expected in (
            (Verdict.PASS, "", "# exit 0\n", (0, "exit status 0")),
            (Verdict.FAIL, "", "# exit 3\n", (3, "exit status 3")),
            (Verdict.FAIL, "", "# signal 11\n", (139, "killed by signal 11 (SIGSEGV)")),
            (Verdict.TIMEOUT, "", "", (124, "timeout after 9 s")),
            (Verdict.PANIC, "a\nkernel panic: b\nc", "", (125, "kernel panic: b")),
            (Verdict.FAIL, "no NX", "",
             (125, "the kernel stopped before the program ended: no NX"))):
        seen = execute.judge(Outcome(verdict, log, results, 0), 9)
        checks.equal(f"{verdict.value} with {results!r}", seen, expected)
    status, sentence = execute.judge(Outcome(Verdict.RESET, "", "", 0), 9)
    checks.equal("triple fault", (status, "triple fault" in sentence), (125, True))


def check_endings(checks: Checks) -> None:
    """What a user test is held against."""
    for verdict, results, expected in (
            (Verdict.PASS, BALANCED + "# exit 0\n", "exit 0"),
            (Verdict.FAIL, BALANCED + "# signal 11\n", "signal 11"),
            (Verdict.FAIL, "# frames before 5 after 4\n# exit 0\n",
             "exit 0, frames: 5 before, 4 after"),
            (Verdict.FAIL, "# mm_check 2 violations\n# exit 0\n",
             "exit 0, mm_check: 2 violations"),
            (Verdict.FAIL, "# mm_check -1 violations\n# exit 0\n",
             "exit 0, mm_check: -1 violations"),
            (Verdict.FAIL, "# exit 0\n", "exit 0, but the verdict is FAIL"),
            (Verdict.TIMEOUT, "# exit 0\n", "TIMEOUT"),
            (Verdict.RESET, "", "RESET")):
        seen = cases.ending(Outcome(verdict, "", results, 0))
        checks.equal(f"{verdict.value} with {results!r}", seen, expected)
    for expected, seen, good in (
            ("exit 0", "exit 0", True), ("exit 0", "exit 0, frames: 5 before, 4 after", False),
            ("panic", "panic: a b", True), ("panic b", "panic: a b", True),
            ("panic c", "panic: a b", False), ("panic", "exit 0", False)):
        checks.equal(f"{seen!r} announced as {expected!r}", cases.as_announced(expected, seen),
                     good)


def check_machines(checks: Checks) -> None:
    """On how many machines of each variant a suite runs a test."""
    setting = config.Config(0, 1, 1)
    for suite, key, sanitized, expected in (
            ("check", "debug", True, {"debug": 1}),
            ("test", "debug", True, {"debug": 3, "release": 1, "kasan-ubsan-lockdep": 1}),
            ("test", "debug", False, {"debug": 3, "release": 1}),
            ("test", "debug only", True, {"debug": 3, "kasan-ubsan-lockdep": 1}),
            ("all", "debug", False, {"debug": 3, "release": 3, "kasan-ubsan-lockdep": 3}),
            ("test", "release", True, {"release": 3}),
            ("test", "kasan only", False, {"kasan-ubsan-lockdep": 3}),
            ("named", "kasan only", False, {"kasan-ubsan-lockdep": 3}),
            ("named", "debug", True, {"debug": 3})):
        header = cases.Header(cpus=(1, 2, 4), config=key)
        chosen = testing.machines(suite, header, setting, 4, sanitized)
        checks.equal(f"{suite} of a test with config {key}",
                     dict(Counter(variant.variant for _, variant in chosen)), expected)
    plain, sanitized = (set(cases.ktest_names(c)) for c in (setting, setting.with_kasan()))
    checks.equal("in-kernel tests that need the sanitizer",
                 plain < sanitized and {name[:6] for name in sanitized - plain}, {"kasan_"})


def check_reports(checks: Checks) -> None:
    """KTAP, whole and broken."""
    points, wrong = ktap.parse("KTAP version 1\n1..2\n# why\nnot ok 1 a\nok 2 - b # SKIP no disk\n")
    checks.equal("points", [(p.name, p.passed, p.said) for p in points],
                 [("a", False, "why"), ("b", True, "")])
    checks.equal("whole report", wrong, [])
    checks.equal("report cut short", ktap.parse("1..3\nok 1 a\n")[1],
                 ["3 tests were planned, 1 reported"])
    checks.equal("no report", ktap.parse("")[1], ["the report has no plan line"])
    setting = config.Config(0, 1, 1)
    case = cases.Case("kernel", "check", setting, 2, 7, cases.run_kernel)
    results = cases.from_points(case, "kernel", "1..3\nok 1 a\n", [], "")
    checks.equal("a report cut short fails", [r.passed for r in results], [True, False])
    checks.equal("repeat line", results[0].repeat, "tools/mg test kernel/a -s 2 --seed 7")


def check_source(checks: Checks) -> None:
    """Functions and code lines."""
    text = ('/* f() { */\nstatic int a = 1;\n\n/* doc */\nstatic int\nf(int x)\n{\n'
            '\treturn "/*"[x];\n}\n\nstruct s {\n\tint b;\n};\n\n'
            "int g(int c,\n      int d)\n{\n\treturn 0; // no\n}\n")
    checks.equal("functions", [(f.name, f.first, f.last) for f in source.functions(text)],
                 [("f", 5, 9), ("g", 15, 19)])
    checks.equal("code lines", source.count_code(source.blank_comments(text)), 14)


def check_bundle(checks: Checks) -> None:
    """Where the parts lie."""
    data = bundle.bundle({"init": b"x" * 5000, "args": bundle.arguments(["p", ""], {"A": "b"})})
    head = bundle.HEADER.unpack_from(data)
    parts = [bundle.PART.unpack_from(data, bundle.HEADER.size + n * bundle.PART.size)
             for n in range(2)]
    checks.equal("header", head, (b"MGBUNDLE", 1, 2))
    checks.equal("parts", [(name.rstrip(b"\0"), offset, size) for name, offset, size in parts],
                 [(b"init", 4096, 5000), (b"args", 12288, 9)])
    checks.equal("arguments", data[12288:12297], b"2\0p\0\0A=b\0")


def main() -> None:
    checks = Checks()
    for check in (check_judge, check_endings, check_machines, check_reports, check_source,
                  check_bundle):
        check(checks)
    checks.equal("memory sizes", [config.memory_bytes(text) for text in ("512M", "1G", "64")],
                 [512 << 20, 1 << 30, 64 << 20])
    checks.equal("commas in paths", qemu.escaped("a,b"), "a,,b")
    checks.equal("header keys", cases.read_header(ROOT / "tools/tests" / Path(__file__).name).cpus,
                 (2,))
    checks.finish()


if __name__ == "__main__":
    main()
