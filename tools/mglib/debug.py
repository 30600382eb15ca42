# SPDX-License-Identifier: MIT
"""`mg debug` boots stopped and waits for GDB; `mg gdb` attaches GDB to it.

    mg debug [PROGRAM [ARGS]]            PROGRAM: a member of the initrd, such as tests/oom
    mg gdb [GDB ARGUMENTS]               attaches to what `mg debug` started in this build folder
    mg gdb --boot PROGRAM [ARGS] -- [GDB ARGUMENTS]
                                         boots a guest of its own, runs GDB, ends the guest: for
                                         batch use, e.g. `mg gdb --boot tests/oom -- -batch -x FILE`
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

from mglib import build, bundle, live, qemu
from mglib.config import Config, MgError, ROOT, from_environment
from mglib.run import shell_boot
from mglib.terminal import lent


def port_file(config: Config) -> Path:
    """Where `debug` leaves its port for `gdb`."""
    return config.out / "gdb.port"


def stopped_boot(config: Config, program: list[str]) -> qemu.Boot:
    """A guest that waits for GDB; without a program it will run the shell."""
    boot = shell_boot(config, gdb_port=qemu.free_port())
    if program:
        with tarfile.open(config.out / "initrd.tar") as initrd:
            if program[0] not in initrd.getnames():
                raise MgError(f"no program of the initrd has the name '{program[0]}'")
        boot = replace(boot, bundle=bundle.boot_bundle(config.out, program, stdin=b""))
    return boot


def gdb_command(config: Config, port: int, arguments: list[str]) -> list[str]:
    """GDB with the kernel's symbols and the package; the architecture is set before connecting."""
    if not shutil.which("gdb"):
        raise MgError("gdb is missing: run tools/setup")
    first = ["set confirm off", "set pagination off", "set architecture i386:x86-64",
             f'directory "{ROOT}"', f"target remote 127.0.0.1:{port}"]
    package = ROOT / "tools/gdb/merganser.py"
    options = [word for line in first for word in ("-ex", line)]
    if package.exists():
        options += ["-ex", f"source {package}"]
    return [*live.leash(), "gdb", "-q", "-nx", str(config.out / "kernel.elf"), *options, *arguments]


def run_gdb(command: list[str]) -> int:
    """Runs GDB on this terminal; its exit status.

    A Ctrl-C is for GDB, which stops the guest; mg is told of it too, and goes on.
    """
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    with lent(), subprocess.Popen(command) as gdb:
        try:
            return gdb.wait()
        finally:
            gdb.kill()


def debug(argv: list[str]) -> int:
    """Boots stopped; standard output of the guest comes to this terminal."""
    config = from_environment()
    build.build_all(config)
    boot = stopped_boot(config, argv)
    try:
        port_file(config).write_text(f"{boot.gdb_port}\n")
        print(f"waiting for GDB on port {boot.gdb_port}: run `make gdb` in another terminal "
              "(Ctrl-A X leaves)", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="mg-") as folder:
            verdict = qemu.interactive(boot, Path(folder), window=False)
    finally:
        port_file(config).unlink(missing_ok=True)
    print(f"mg: {verdict.value}", file=sys.stderr)
    return 0


def attach(argv: list[str]) -> int:
    """Runs GDB on the guest that `mg debug` has started."""
    config = from_environment()
    if not port_file(config).exists():
        raise MgError(f"no guest waits for GDB in {config.build}: run `make debug` first")
    port = int(port_file(config).read_text())
    return run_gdb(gdb_command(config, port, argv))


def start_guest(boot: qemu.Boot, folder: Path) -> subprocess.Popen:
    """Starts a headless guest that waits for GDB, its ports in files."""
    command = qemu.qemu_command(boot, folder, f"file,path={qemu.escaped(folder / 'stdout')}",
                                str(folder / "stderr"))
    with open(folder / "qemu.words", "wb") as words:
        return live.start([*command, "-display", "none"], stdin=subprocess.DEVNULL, stderr=words)


def with_own_guest(argv: list[str]) -> int:
    """Boots, runs GDB, ends the guest; GDB's exit status."""
    program, arguments = argv, []
    if "--" in argv:
        program, arguments = argv[:argv.index("--")], argv[argv.index("--") + 1:]
    config = from_environment()
    build.build_all(config, quiet=True)
    boot = stopped_boot(config, program)
    with tempfile.TemporaryDirectory(prefix="mg-") as folder:
        guest = start_guest(boot, Path(folder))
        try:
            return run_gdb(gdb_command(config, boot.gdb_port, arguments))
        finally:
            live.end(guest)


def main(command: str, argv: list[str]) -> int:
    """`debug`, `gdb` and `gdb --boot`."""
    if command == "debug":
        return debug(argv)
    if argv[:1] == ["--boot"]:
        return with_own_guest(argv[1:])
    return attach(argv)
