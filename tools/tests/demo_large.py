# SPDX-License-Identifier: MIT
"""Proves that the demo holds with the largest INPUT, 64 MiB, on the machine that takes it:
random bytes, zeros, the same thousand pages again and again.

timeout: 600
suite: test
"""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MIB, PAGE, demo  # noqa: E402

LARGEST = 64 * MIB


def main() -> None:
    checks = Checks()
    noise = random.Random(1).randbytes(LARGEST)
    some = noise[:1000 * PAGE]
    for name, data in (("random", noise), ("zeros", bytes(LARGEST)),
                       ("repeated", (some * (LARGEST // len(some) + 1))[:LARGEST])):
        demo(checks, name, data, MEM="1G", TIMEOUT="1800")
    checks.finish()


if __name__ == "__main__":
    main()
