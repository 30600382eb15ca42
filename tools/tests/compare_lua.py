# SPDX-License-Identifier: MIT
"""Proves: of eight Lua interpreters that have loaded the same records, each scanner saves most,
under each key order and filter: nine tenths of the frames of seven of them; then each computes over
all it holds, while the scanner goes on, what the host computes. A wrong result is noticed.

timeout: 600
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MIB, PAGE, mg  # noqa: E402

from mglib import compare, compare_lua  # noqa: E402
from mglib.config import MgError, for_measuring  # noqa: E402

WORK, PROCESSES = "lua", 8
MOST = 0.9  # of what all but one hold
LEAST_SIZE = 3 * MIB  # of one


def check_saved(checks: Checks, figures: list[compare.Figures]) -> None:
    checks.equal("setups", [one.setup for one in figures], list(compare.STYLES))
    for one in figures:
        pages, saved = one.value["pages"], one.value["saved"]
        copies = pages * (PROCESSES - 1) // PROCESSES
        checks.true(f"{one.setup}: {pages} pages", pages * PAGE >= PROCESSES * LEAST_SIZE)
        checks.true(f"{one.setup}: {saved} frames saved of {copies}", saved >= MOST * copies)


def check_wrong(checks: Checks) -> None:
    """The same with a result that is none."""
    right = compare_lua.expected
    compare_lua.expected = lambda loaded: right(loaded[:-1])
    said = ""
    try:
        compare.measure(for_measuring(), WORK, ["pksm hash dirty"])
    except MgError as error:
        said = str(error)
    checks.true(f"a wrong result is noticed: {said}", "strcmp(seen, expected)" in said)


def main() -> None:
    checks = Checks()
    done = mg("compare", f"WORK={WORK}")
    checks.equal(f"status {done.stderr.decode()[-500:]}", done.returncode, 0)
    if not done.returncode:
        text = compare.folder_of(for_measuring()) / f"{WORK}.txt"
        check_saved(checks, compare.parse(text.read_text(encoding="utf-8")))
        check_wrong(checks)
    checks.finish()


if __name__ == "__main__":
    main()
