# SPDX-License-Identifier: MIT
"""`mg exec`: C files from anywhere, run as the only program of a guest.

    mg exec try.c -- ARGS
    mg exec -I include -D LEVEL=9 --file words.txt -e LANG=C main.c sub/part.c -- words.txt

Standard input, output and error pass byte for byte, and mg's exit status is the program's: 128 + n
if signal n killed it, 124 for a timeout, 125 for a kernel panic, 2 for a compile or usage error.
The last line on standard error says which. If standard output cannot be written, that is error 2
too, but a reader that has gone is no error. Input that is typed ends with the first Ctrl-D.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import select
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from mglib import build, bundle, qemu
from mglib.config import Config, MgError, for_measuring, from_environment, number, variable

MACRO = re.compile(r"[A-Za-z_]\w*(\([^)]*\))?(=|$)")
MEMBER_MAX = 99  # characters: what a ustar header holds in one piece

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
    parser.add_argument("-t", dest="timeout", type=seconds, default=number("TIMEOUT"),
                        metavar="SEC")
    parser.add_argument("--icount", action="store_true",
                        help="count guest instructions: the machine of `mg bench`, release build")
    parser.add_argument("--iso", action="store_true", help="boot by GRUB from a CD image")
    parser.add_argument("--uefi", action="store_true",
                        help="the same under UEFI, whose words go before the program's output")
    parser.add_argument("--cmdline", default=variable("CMDLINE"), help="kernel command line")
    parser.add_argument("-I", dest="include", action="append", default=[], metavar="DIR",
                        help="a folder in which #include looks")
    parser.add_argument("-D", dest="define", action="append", default=[], metavar="NAME[=VALUE]",
                        help="a macro")
    parser.add_argument("--file", dest="file", action="append", default=[],
                        metavar="HOST[:GUEST]",
                        help="a file, or a folder with all in it, that the guest finds as GUEST "
                        "(default: /NAME)")
    parser.add_argument("-e", dest="environment", action="append", default=[],
                        metavar="NAME=VALUE", help="a variable of the program's environment")
    parser.add_argument("sources", nargs="+", metavar="prog.c",
                        help="C files from anywhere; the program is named after the first")
    args = parser.parse_intermixed_args(own)  # options between the files too
    args.argv = theirs if dashes else []
    return args


def compiler_options(args: argparse.Namespace) -> list[str]:
    """-I and -D as the compiler takes them."""
    for folder in args.include:
        if not os.path.isdir(folder):
            raise MgError(f"no such folder: {folder}")
    for macro in args.define:
        if not MACRO.match(macro):
            raise MgError(f"-D takes NAME or NAME=VALUE, not '{macro}'")
    return [*(f"-I{os.path.abspath(folder)}" for folder in args.include),
            *(f"-D{macro}" for macro in args.define)]


def environment_of(args: argparse.Namespace) -> dict[str, str]:
    """The variables of -e."""
    for entry in args.environment:
        if entry.partition("=")[0] in ("", entry):
            raise MgError(f"-e takes NAME=VALUE, not '{entry}'")
    return dict(entry.split("=", 1) for entry in args.environment)


def member_of(args: argparse.Namespace) -> str:
    """The name of the program in the guest: that of the first source, if it is not too long."""
    name = Path(args.sources[0]).stem
    return f"bin/{name if len(os.fsencode(name)) <= NAME_MAX else SHORT_NAME}"


def members_of(args: argparse.Namespace) -> dict[str, Path]:
    """The files of --file by their names in the initrd; a folder stands for all files below it."""
    members: dict[str, Path] = {}
    for word in args.file:
        host, colon, guest = word.rpartition(":")
        if not colon or os.path.exists(word):
            host, guest = word, os.path.basename(os.path.abspath(word))
        if not os.path.exists(host):
            raise MgError(f"no such file: {host}")
        name = os.path.normpath(f"/{guest}").lstrip("/")
        inside = [path for path in Path(host).rglob("*") if path.is_file()]
        found = {f"{name}/{path.relative_to(host)}".lstrip("/"): path for path in inside}
        members |= found if os.path.isdir(host) else {name: Path(host)}
    for name, path in members.items():
        check_member(name, path)
        if name == member_of(args):
            raise MgError(f"--file: {name} is the program")
    return members


def check_member(name: str, path: Path) -> None:
    """Refuses what ustar and libc cannot hold."""
    if not name or len(name.encode("utf-8", "surrogateescape")) > MEMBER_MAX:
        raise MgError(f"--file: '{name}' cannot be a name in the guest")
    if not path.is_file() or not os.access(path, os.R_OK):
        raise MgError(f"--file: {path} is no file that can be read")


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


def boot_for(args: argparse.Namespace, config: Config, members: dict[str, Path],
             stdin: bytes | None) -> qemu.Boot:
    """The guest that runs the program, with the files that it finds there."""
    parts = bundle.boot_bundle(config.out, [member_of(args), *args.argv], environment_of(args),
                               bundle.initrd_of(config.out / "base.tar", members), stdin)
    return qemu.Boot(config.out / "kernel.elf", parts, args.cmdline, args.smp, args.mem,
                     variable("ACCEL"), args.timeout, icount=args.icount, iso=args.iso,
                     uefi=args.uefi)


def main(_command: str, argv: list[str]) -> int:
    """Compiles, boots, runs."""
    args = parse(argv)
    config = for_measuring() if args.icount else from_environment()
    options, members = compiler_options(args), members_of(args)
    environment_of(args)  # what is wrong with it is said before anything is compiled
    with tempfile.TemporaryDirectory(prefix="mg-exec-") as folder:
        program = Path(folder) / Path(member_of(args)).name
        build.compile_program(config, args.sources, program, options)
        stdin = read_input(args.timeout)
        boot = boot_for(args, config, {**members, member_of(args): program}, stdin)
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
