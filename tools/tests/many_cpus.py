# SPDX-License-Identifier: MIT
"""Proves that a machine with more processors than the kernel can use says which of them stay off.

suite: test
cpus: 1
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, Program  # noqa: E402

from mglib import config  # noqa: E402

MOST = 8
THERE = 16


def main() -> None:
    """Boots once; the kernel's log is where mg leaves it."""
    checks = Checks()
    done = Program("int main(void) { return 0; }").run(options=("-s", str(THERE)))
    checks.equal("status", done.returncode, 0)
    log = (config.from_environment().out / "kernel.log").read_text()
    named = re.findall(r"warning: the CPU with APIC ID (\d+) stays off: there are as many", log)
    checks.equal("the CPUs that stay off", named, [str(n) for n in range(MOST, THERE)])
    checks.true("the sum of it", f"{MOST} of {THERE} CPUs online" in log)
    checks.finish()


if __name__ == "__main__":
    main()
