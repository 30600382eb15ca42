# SPDX-License-Identifier: MIT
"""Proves that the benchmarks print the same figures from run to run.

cpus: 1
timeout: 300
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg  # noqa: E402


def main() -> None:
    checks = Checks()
    runs = [mg("bench") for _ in range(2)]
    tables = [[line for line in run.stdout.decode().splitlines() if not line.startswith("  ")]
              for run in runs]
    checks.equal("both runs", tables[1], tables[0])
    checks.equal("status: every row within its limit", runs[0].returncode, 0)
    checks.finish()


if __name__ == "__main__":
    main()
