# SPDX-License-Identifier: MIT
"""Proves that ten minutes of each fuzzer find nothing in the parsers of bytes from outside.

cpus: 1
timeout: 7200
suite: all
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks  # noqa: E402

from mglib import fuzz  # noqa: E402

SECONDS = 600


def main() -> None:
    checks = Checks()
    for name in fuzz.names():
        figures = fuzz.run(name, SECONDS)
        print(f"{name}: {figures}", flush=True)
        checks.equal(f"findings of {name}", figures.finding, "")
    checks.finish()


if __name__ == "__main__":
    main()
