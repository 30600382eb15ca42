# SPDX-License-Identifier: MIT
"""`mg run`: boots to the shell on this terminal."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from mglib import build, bundle, qemu, symbols
from mglib.config import Config, from_environment, number, variable
from mglib.execute import read_input


def shell_boot(config: Config, stdin: bytes | None = None, gdb_port: int = 0) -> qemu.Boot:
    """The guest with the shell in it, and the programs of PROG."""
    initrd = build.initrd_with_programs(config)
    return qemu.Boot(config.out / "kernel.elf",
                     bundle.boot_bundle(config.out, [], initrd=initrd, stdin=stdin),
                     variable("CMDLINE"), number("SMP"), variable("MEM"), variable("ACCEL"),
                     timeout=None, gdb_port=gdb_port)


def main(_command: str, _argv: list[str]) -> int:
    """Boots; commands on a standard input that is no terminal are run by the shell, whose exit
    status is ours then."""
    config = from_environment()
    build.build_all(config)
    stdin = read_input(number("TIMEOUT"))
    if stdin is not None:
        outcome = qemu.run(shell_boot(config, stdin), qemu.ToFd(1), qemu.ToFd(2))
        qemu.keep_log(config, outcome)
        if outcome.verdict is qemu.Verdict.PASS and outcome.ended:
            return outcome.ended[1] + (128 if outcome.ended[0] == "signal" else 0)
        return int(outcome.verdict is not qemu.Verdict.PASS)
    with tempfile.TemporaryDirectory(prefix="mg-") as name:
        verdict = qemu.interactive(shell_boot(config), Path(name), variable("GUI") == "1")
        log = symbols.annotate(qemu.text_of(Path(name) / "kernel.log"), config.out / "kernel.elf")
    (config.out / "kernel.log").write_text(log)
    # A status of 0 is Ctrl-A X: the terminal cannot tell it from a triple fault.
    if verdict in (qemu.Verdict.PASS, qemu.Verdict.RESET):
        return 0
    sys.stderr.write(f"{log[-4000:]}\nmg: {verdict.value}; the kernel log is "
                     f"{config.build / 'kernel.log'}\n")
    return 1
