# SPDX-License-Identifier: MIT
"""Proves that the demo holds on 1, 2 and 4 processors, by PVH and from the CD image, and with
inputs of every shape: one byte, around a page, random, zeros, the same page again and again.

timeout: 600
suite: test
"""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MIB, PAGE, demo  # noqa: E402


def main() -> None:
    checks = Checks()
    noise = random.Random(1).randbytes(MIB)
    for name, data in (("one byte", b"x"), ("a page less one", noise[:PAGE - 1]),
                       ("a page", noise[:PAGE]), ("a page and one", noise[:PAGE + 1]),
                       ("random", noise), ("zeros", bytes(MIB)),
                       ("one page repeated", noise[:PAGE] * (MIB // PAGE))):
        demo(checks, name, data, SMP="1")
    for cpus in ("1", "2", "4"):
        demo(checks, f"{cpus} processors", noise[:MIB // 2] * 2, SMP=cpus)
        demo(checks, f"{cpus} processors from a CD", noise[:MIB // 2] * 2, "--iso", SMP=cpus)
    checks.finish()


if __name__ == "__main__":
    main()
