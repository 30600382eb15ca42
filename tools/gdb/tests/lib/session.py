# SPDX-License-Identifier: MIT
"""A batch session of GDB with the guest of the tests: what each command prints, by command."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parents[2]))

from mglib import build, bundle, debug, live, qemu  # noqa: E402
from mglib.config import from_environment  # noqa: E402

# On which the guest stops: see twins.c.
NEXT_CALL = ("tbreak sys_getppid", "continue")
PAGES = {name: 0x10000000 + 4096 * i for i, name in enumerate(
    ("twin_a", "twin_b", "twin_c", "shared", "parted", "zero", "cleared", "untouched", "outside"))}
MARK = "=== "


class Session:
    """Runs commands one after the other and keeps what each printed."""

    def __init__(self, *commands: str, timeout: int = 90, mem: str = "512M") -> None:
        self.output: dict[str, list[str]] = {}
        lines = [word for command in commands
                 for word in ("-ex", f"echo {MARK}{command}\\n", "-ex", command)]
        self.all = run_guest(["-batch", *lines], timeout, mem)
        print(self.all)
        self.split()

    def split(self) -> None:
        command = ""
        for line in self.all.splitlines():
            if line.startswith(MARK):
                command = line[len(MARK):]
                self.output.setdefault(command, [])
            elif command:
                self.output[command].append(line)

    def said(self, command: str) -> str:
        """All that this command printed, the first time and later."""
        return "\n".join(self.output[command])

    def expect(self, command: str, *facts: str) -> None:
        """Fails unless each fact is in what the command printed."""
        for fact in facts:
            if fact not in self.said(command):
                self.fail(f"`{command}` does not say '{fact}'", command)

    def expect_not(self, command: str, *wrong: str) -> None:
        for fact in wrong:
            if fact in self.said(command):
                self.fail(f"`{command}` says '{fact}'", command)

    def fail(self, sentence: str, command: str) -> None:
        print(f"{self.said(command)}\n--- {sentence}")
        sys.exit(1)


def run_guest(arguments: list[str], timeout: int, mem: str) -> str:
    """Boots the guest stopped, runs GDB on it, ends it."""
    config = from_environment()
    with tempfile.TemporaryDirectory(prefix="mg-gdb-") as folder:
        program = Path(folder) / "twins"
        build.compile_program(config, [str(HERE / "twins.c")], program)
        initrd = bundle.initrd_of(config.out / "base.tar", {"bin/twins": program})
        parts = bundle.boot_bundle(config.out, ["bin/twins"], initrd=initrd, stdin=b"")
        boot = qemu.Boot(config.out / "kernel.elf", parts, smp=2, mem=mem,
                         gdb_port=qemu.free_port())
        guest = debug.start_guest(boot, Path(folder))
        try:
            done = subprocess.run(debug.gdb_command(config, boot.gdb_port, arguments),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace",
                                  timeout=timeout, check=False)
            return done.stdout
        except subprocess.TimeoutExpired as late:
            print(f"GDB took longer than {timeout} s; it had printed:")
            print((late.stdout or b"").decode(errors="replace"))
            sys.exit(1)
        finally:
            live.end(guest)
