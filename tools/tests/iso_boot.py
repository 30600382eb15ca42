# SPDX-License-Identifier: MIT
"""Proves that the GRUB image boots under a BIOS, with its bundle and its command line.

timeout: 240
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, Program, last_line, mg  # noqa: E402


def main() -> None:
    checks = Checks()
    program = Program('#include <stdio.h>\nint main(void) { puts("from the CD"); return 5; }\n')
    for cpus in ("1", "4"):
        done = program.run(options=("--iso", "-s", cpus))
        checks.equal(f"output on {cpus} CPUs", done.stdout, b"from the CD\n")
        checks.equal(f"last line on {cpus} CPUs", last_line(done.stderr), "mg: exit status 5")
    done = mg("iso")
    checks.equal("mg iso", done.returncode, 0)
    checks.true("it names the image", b"merganser.iso" in done.stdout)
    checks.true("the image is for both", b"boots under BIOS and UEFI" in done.stdout)
    checks.finish()


if __name__ == "__main__":
    main()
