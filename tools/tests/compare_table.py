# SPDX-License-Identifier: MIT
"""Proves that `mg compare` prints every setup, the same from run to run, and draws whole plots.

cpus: 1
timeout: 120
suite: test
"""

import os
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg  # noqa: E402

from mglib import compare, svg  # noqa: E402
from mglib.config import for_measuring  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
WORK, PAGES = "zero", 1024


def table(text: str) -> dict[str, list[str]]:
    """The rows by setup: the cells."""
    found = {}
    for line in text.splitlines():
        for setup in compare.STYLES:
            if line.startswith(f"{setup} "):
                found[setup] = line[len(setup):].split()
    return found


def labels(picture: str) -> list[str]:
    """The labels of the axes of a plot, which must be well-formed XML."""
    root = ElementTree.fromstring(picture)
    return [node.text or "" for node in root.iter(f"{SVG}text")
            if node.get("class") == "axis-label"]


def check_table(checks: Checks, text: str) -> None:
    rows = table(text)
    checks.equal("setups", sorted(rows), sorted(compare.STYLES))
    for setup, cells in rows.items():
        saved, mean, could, instructions = (int(cell.replace(",", "")) for cell in cells[:4])
        checks.equal(f"{setup}: frames that could be saved", could, PAGES)
        checks.true(f"{setup}: {saved} saved", PAGES - 4 <= saved <= PAGES)
        checks.true(f"{setup}: {mean} on the average", 0 < mean < saved)
        checks.true(f"{setup}: {instructions} instructions", instructions > PAGES * 1000)


def check_plot(checks: Checks, folder: Path) -> None:
    picture = (folder / f"{WORK}.svg").read_text(encoding="utf-8")
    horizontal, vertical = sorted(labels(picture), key=lambda label: "frames saved" in label)
    checks.true("label with unit below", "guest instructions" in horizontal)
    checks.true("label with unit on the left", "4 KiB frames" in vertical)
    for setup in compare.STYLES:
        checks.true(f"{setup} in the legend", f">{setup}<" in picture)
    lines = ElementTree.fromstring(picture).findall(f"{SVG}polyline")
    checks.equal("lines", len(lines), len(compare.STYLES))


def check_summary(checks: Checks, folder: Path) -> None:
    figures = compare.parse((folder / f"{WORK}.txt").read_text(encoding="utf-8"))
    for metric in compare.METRICS:
        picture = compare.summary(metric, {WORK: figures})
        checks.equal(f"labels of the summary of {metric.name}", len(labels(picture)), 2)


def check_axes(checks: Checks) -> None:
    """Ticks begin at 0, reach the largest value and not much more."""
    for most in (0, 1, 7, 99, 1024, 1_234_567, 99_113_272):
        ticks = svg.Axis("", most).ticks()
        checks.true(f"ticks up to {most}: {ticks}",
                    ticks[0] == 0 and most <= ticks[-1] <= max(most * 1.35, 1.1)
                    and 3 <= len(ticks) <= 8)


def main() -> None:
    checks = Checks()
    check_axes(checks)
    folder = compare.folder_of(for_measuring())
    runs = [mg("compare", f"WORK={WORK}") for _ in range(2)]
    checks.equal(f"status {runs[0].stderr.decode()[-500:]}", runs[0].returncode, 0)
    check_table(checks, runs[0].stdout.decode())
    checks.equal("second run", table(runs[1].stdout.decode()), table(runs[0].stdout.decode()))
    check_plot(checks, folder)
    check_summary(checks, folder)
    checks.equal("status for an unknown workload", mg("compare", "WORK=nonsense").returncode, 2)
    checks.finish()


if __name__ == "__main__":
    main()
