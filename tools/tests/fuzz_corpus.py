# SPDX-License-Identifier: MIT
"""Proves that no parser of bytes from outside fails on the corpus of its fuzzer.

cpus: 1
timeout: 300
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks  # noqa: E402

from mglib import fuzz  # noqa: E402


def main() -> None:
    checks = Checks()
    names = fuzz.names()
    checks.true("there are fuzzers", {"fs", "init", "sysfs", "tty", "elf"} <= set(names))
    for name in names:
        figures = fuzz.run(name, 0)
        print(f"{name}: {figures}")
        checks.equal(f"findings of {name}", figures.finding, "")
        checks.true(f"inputs of {name}", figures.inputs > 1 and figures.edges > 10)
    checks.finish()


if __name__ == "__main__":
    main()
