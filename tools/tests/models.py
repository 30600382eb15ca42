# SPDX-License-Identifier: MIT
"""Proves that the models of switch_mm() and of a merge have no violation in any state, that each
trap put into them has one, and that a model that speaks of what the code has not is noticed.

cpus: 1
timeout: 1800
suite: test
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, ROOT, mg  # noqa: E402

from mglib import models  # noqa: E402

# The table "Why the steps stand in this order" of mm/README.md; the rules of mm/space/tlb.c, mm.c.
DUE = {
    "merge": {"compared-before-protecting", "protected-without-flush",
              "counted-before-protecting", "counted-before-flush",
              "replaced-before-appending", "replaced-without-flush", "exclusive-kept"},
    "switch_mm": {"mask-before-pte", "bit-set-after-cr3", "freed-before-acknowledged",
                  "no-barrier"},
}


def check_runs(checks: Checks) -> None:
    done = mg("models")
    said = done.stdout.decode()
    checks.equal(f"status: {said[-1500:]}{done.stderr.decode()[-500:]}", done.returncode, 0)
    for model in models.models():
        names = {trap.name for trap in model.traps if trap.harmful}
        checks.equal(f"traps that {model.name} lacks", DUE[model.name] - names, set())
        for scenario in model.scenarios:
            checks.true(f"{model.name} {scenario} was searched",
                        f"{model.name:10} {scenario} " in said)
    checks.equal("no states", [line for line in said.splitlines() if " 0 states" in line], [])


def check_chapter(checks: Checks) -> None:
    """Each trap has its counter-example in the chapter."""
    chapter = (ROOT / models.FOLDER / "README.md").read_text(encoding="utf-8")
    for model in models.models():
        for trap in model.traps:
            checks.true(f"{trap.name} in the chapter", f"`{trap.name}`" in chapter)


def check_names(checks: Checks) -> None:
    """The rule on names finds what the code has not."""
    checks.equal("names of the models", list(models.check_names()), [])
    path = ROOT / models.FOLDER / "merge.pml"
    broken = path.read_text(encoding="utf-8").replace("inline zap_pte(", "inline zap_entry(")
    found = list(models.names_in(models.parse(Path(path), broken), {"zap_range"}))
    checks.true("a step that is no function",
                any("zap_entry is no function" in line for line in found))


def main() -> None:
    checks = Checks()
    check_names(checks)
    check_chapter(checks)
    check_runs(checks)
    checks.finish()


if __name__ == "__main__":
    main()
