# SPDX-License-Identifier: MIT
"""Proves that no QEMU outlives mg, however mg ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MG, Program, mg  # noqa: E402

FOREVER = '#include <unistd.h>\nint main(void)\n{\n\twrite(1, "up", 2);\n\tfor (;;)\n\t\t;\n}\n'


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(word) for word in
            Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def heed_interrupts() -> None:
    """Undoes that shells let their background jobs ignore SIGINT, which mg would inherit."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def gone(pid: int) -> bool:
    """Whether a process ends within ten seconds."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def main() -> None:
    checks = Checks()
    mg("exec", str(Program("int main(void) { return 0; }\n").path))  # builds
    program = Program(FOREVER)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with subprocess.Popen([str(MG), "exec", str(program.path)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              preexec_fn=heed_interrupts) as process:
            assert process.stdout
            checks.equal("the guest is up", process.stdout.read(2), b"up")
            qemu = children_of(process.pid)
            checks.equal("mg has one child", len(qemu), 1)
            process.send_signal(number)
            checks.true(f"QEMU is gone after {number.name}", all(gone(pid) for pid in qemu))
    checks.finish()


if __name__ == "__main__":
    main()
