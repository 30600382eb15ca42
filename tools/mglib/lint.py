# SPDX-License-Identifier: MIT
"""`mg lint`: the conventions that a program can check, each finding as `file:line: sentence`.

    mg lint [RULE...]      all rules, or those named; the rules themselves are in rules/
"""

from __future__ import annotations

from typing import Callable

from mglib import models
from mglib.config import MgError
from mglib.rules import Findings, contracts, house, layout, names, tables, words

Rule = Callable[[], Findings]

RULES: dict[str, Rule] = {
    "floors": house.check_floors,
    "format": layout.check_format,
    "lengths": layout.check_lengths,
    "contracts": contracts.check_contracts,
    "theory": contracts.check_theory,
    "words": words.check_words,
    "spdx": layout.check_spdx,
    "story": house.check_story,
    "matrix": tables.check_matrix,
    "literature": tables.check_literature,
    "models": models.check_names,
    "columns": layout.check_columns,
    "circles": house.check_circles,
    "names": names.findings,
    "plain": words.check_plain,
    "verbs": words.check_verbs,
}


def main(_command: str, argv: list[str]) -> int:
    """Runs all rules, or those named (`mg lint floors format`)."""
    if set(argv) & {"-h", "--help"}:
        print(f"mg lint [RULE...]: all of these rules, or those named:\n  {' '.join(RULES)}")
        return 0
    unknown = [name for name in argv if name not in RULES]
    if unknown:
        raise MgError(f"lint has no check '{unknown[0]}'; it has {', '.join(RULES)}")
    failed = 0
    for name in argv or RULES:
        found = list(RULES[name]())
        for finding in found:
            print(finding)
        print(f"{'FAIL' if found else 'ok  '} lint/{name}: {len(found)} findings", flush=True)
        failed += bool(found)
    print(f"{len(argv or RULES) - failed} passed, {failed} failed")
    return int(failed > 0)
