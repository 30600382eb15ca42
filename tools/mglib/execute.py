# SPDX-License-Identifier: MIT
"""`mg exec`: C files from anywhere, run as the only program of a guest.

Standard input, output and error pass byte for byte, and mg's exit status is the program's: 128 + n
if signal n killed it, 124 for a timeout, 125 for a kernel panic, 2 for a compile or usage error.
The last line on standard error says which. If standard output cannot be written, that is error 2 too,
but a reader that has gone is no error. Input that is typed has no end: Ctrl-D does not reach the
program.
"""

from __future__ import annotations

import argparse
import math
import os
import select
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from mglib import build, bundle, qemu
from mglib.config import Config, MgError, for_measuring, from_environment, number, variable

STATUS_ERROR = 2
STATUS_TIMEOUT = 124
STATUS_PANIC = 125


# What a program is called in the guest if its own name is longer than fits into the archive.
SHORT_NAME = "prog"
NAME_MAX = 80  # bytes


def seconds(text: str) -> float:
    """A time to wait, not for ever."""
    value = float(text)
    if not math.isfinite(value) or value < 0 or value > threading.TIMEOUT_MAX:
        raise ValueError
    return value


def parse(argv: list[str]) -> argparse.Namespace:
    """The command line; what follows `--` belongs to the program."""
    own, dashes, theirs = argv, False, []
    if "--" in argv:
        dashes = True
        own, theirs = argv[:argv.index("--")], argv[argv.index("--") + 1:]
    parser = argparse.ArgumentParser(prog="mg exec", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-s", dest="smp", type=int, default=number("SMP"), metavar="CPUS")
    parser.add_argument("-m", dest="mem", default=variable("MEM"), metavar="MEM")
    parser.add_argument("-t", dest="timeout", type=seconds, default=number("TIMEOUT"), metavar="SEC")
    parser.add_argument("--icount", action="store_true",
                        help="count guest instructions: the machine of `mg bench`, release build")
    parser.add_argument("--iso", action="store_true", help="boot by GRUB from a CD image")
    parser.add_argument("--cmdline", default=variable("CMDLINE"), help="kernel command line")
    parser.add_argument("sources", nargs="+", metavar="prog.c")
    args = parser.parse_args(own)
    args.argv = theirs if dashes else []
    return args


def read_input(timeout: float) -> bytes | None:
    """Standard input to its end; None if it is a terminal."""
    fd = 0
    if os.isatty(fd):
        return None
    data = bytearray()
    end = time.monotonic() + timeout
    while select.select([fd], [], [], max(0.0, end - time.monotonic()))[0]:
        chunk = os.read(fd, 1 << 20)
        if not chunk:
            return bytes(data)
        data += chunk
    raise MgError(f"timeout: standard input did not end within {timeout:g} s", STATUS_TIMEOUT)


def signal_name(n: int) -> str:
    """The name of signal n; the numbers are Linux's, in the guest as here."""
    try:
        return signal.Signals(n).name
    except ValueError:
        return "unknown"


def judge(outcome: qemu.Outcome, timeout: float) -> tuple[int, str]:
    """The exit status and the sentence that names it."""
    if outcome.verdict is qemu.Verdict.TIMEOUT:
        return STATUS_TIMEOUT, f"timeout after {timeout:g} s"
    if outcome.verdict is qemu.Verdict.PANIC:
        return STATUS_PANIC, f"kernel panic: {outcome.panic_line()}"
    if outcome.verdict is qemu.Verdict.RESET:
        return STATUS_PANIC, "kernel panic: the machine reset without a word (triple fault)"
    if outcome.ended is None:
        last = outcome.log.strip().rpartition("\n")[2]
        return STATUS_PANIC, f"the kernel stopped before the program ended: {last}"
    kind, value = outcome.ended
    if kind == "signal":
        return 128 + value, f"killed by signal {value} ({signal_name(value)})"
    return value, f"exit status {value}"


def boot_for(args: argparse.Namespace, config: Config, program: Path,
             stdin: bytes | None) -> qemu.Boot:
    """The guest that runs the program."""
    member = f"bin/{program.name}"
    parts = bundle.boot_bundle(config.out, [member, *args.argv], stdin=stdin,
                               initrd=bundle.initrd_of(program, member))
    return qemu.Boot(config.out / "kernel.elf", parts, args.cmdline, args.smp, args.mem,
                     variable("ACCEL"), args.timeout, args.icount, args.iso)


def main(_command: str, argv: list[str]) -> int:
    """Compiles, boots, runs."""
    args = parse(argv)
    config = for_measuring() if args.icount else from_environment()
    with tempfile.TemporaryDirectory(prefix="mg-exec-") as folder:
        name = Path(args.sources[0]).stem
        program = Path(folder) / (name if len(os.fsencode(name)) <= NAME_MAX else SHORT_NAME)
        build.compile_program(config, args.sources, program)
        stdin = read_input(args.timeout)
        boot = boot_for(args, config, program, stdin)
        terminal = 0 if stdin is None else None
        stdout, stderr = qemu.ToFd(1), qemu.ToFd(2)
        outcome = qemu.run(boot, stdout, stderr, terminal)
    stderr.end_line()
    qemu.keep_log(config, outcome)
    status, sentence = judge(outcome, args.timeout)
    if stdout.error and outcome.ended:
        status, sentence = STATUS_ERROR, f"standard output: {stdout.error.strerror}"
    if status == STATUS_PANIC and outcome.ended is None:
        print(outcome.log_tail(), file=sys.stderr)
    print(f"mg: {sentence}", file=sys.stderr)
    return status
