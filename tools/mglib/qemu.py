# SPDX-License-Identifier: MIT
"""Booting a guest and telling how it ended.

Serial ports: COM1 standard input and output, COM2 kernel log, COM3 standard error, COM4 results.
Each run has a folder of its own; no QEMU outlives the mg that started it.
"""

from __future__ import annotations

import enum
import errno
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Callable

from mglib import iso, live, symbols
from mglib.config import Config, MgError, memory_bytes
from mglib.terminal import lent

Sink = Callable[[bytes], None]

CMDLINE_MAX = 1023  # bytes: kernel/x86/bootinfo.h keeps so many
CTRL_D = b"\x04"
PT_LOAD = 1
LOADER_ROOM = 256 << 10  # bytes: QEMU keeps the end of memory for tables of the firmware
CPU_LOOK = 0.2  # seconds from one look at the processors' time to the next
LAST_WORDS = 2.0  # seconds for a reader to take the last output of a guest that was ended

KERNEL_TEXT = "0xffffffff80000000+0x1000000"  # and more, as -dfilter wants it
BENCH_CPU = "max,-rdrand,-rdseed,-erms,-la57"


class Verdict(enum.Enum):
    """How a guest ended: the first three are the kernel's own word."""

    PASS = "PASS"
    FAIL = "FAIL"
    PANIC = "PANIC"
    TIMEOUT = "TIMEOUT"
    RESET = "RESET"  # the machine reset or switched off without a verdict: a triple fault


# isa-debug-exit with value v ends QEMU with status 2v + 1.
EXIT_STATUS = {0x10 * 2 + 1: Verdict.PASS, 0x11 * 2 + 1: Verdict.FAIL, 0x12 * 2 + 1: Verdict.PANIC,
               0: Verdict.RESET}


PANIC = re.compile(r"kernel panic: (.*)")


@dataclass(frozen=True)
class Boot:
    """What to boot, on which machine."""

    kernel: Path
    bundle: bytes
    cmdline: str = ""
    smp: int = 2
    mem: str = "512M"
    accel: str = "tcg"
    timeout: float | None = 120
    icount: bool = False
    iso: bool = False
    uefi: bool = False  # the image, under UEFI; its words and GRUB's come on COM1 too
    gdb_port: int = 0  # > 0: wait there for GDB before the first instruction
    seed: int = 1
    blocks: Path | None = None  # where QEMU writes each block of the kernel that it translates
    cpu_seconds: float = 0  # > 0: a further limit, in seconds of the host's processors


@dataclass
class Outcome:
    """What came of a boot."""

    verdict: Verdict
    log: str
    results: str
    seconds: float
    ended: tuple[str, int] | None = field(init=False)  # ("exit" or "signal", number)

    def __post_init__(self) -> None:
        lines = re.findall(r"^# (exit|signal) (\d+)\s*$", self.results, re.MULTILINE)
        self.ended = (lines[-1][0], int(lines[-1][1])) if lines else None

    def imbalance(self) -> str:
        """What init found when the program had ended: broken invariants, memory not come back."""
        found = [f"mm_check: {n} violations" for n in
                 re.findall(r"^# mm_check ([1-9]\d*|-\d+) violations", self.results, re.MULTILINE)]
        pattern = r"^# ([a-z ]+) before (\d+) after (\d+)"
        for name, before, after in re.findall(pattern, self.results, re.MULTILINE):
            if before != after:
                found.append(f"{name}: {before} before, {after} after")
        return "; ".join(found)

    def panic_line(self) -> str:
        """The kernel's first words about its end."""
        found = PANIC.search(self.log)
        return found[1].strip() if found else "no word in the kernel log"

    def log_tail(self, lines: int = 40) -> str:
        """The log from the panic on, or its last lines."""
        log = self.log.splitlines()
        first = next((i for i, line in enumerate(log) if PANIC.search(line)), len(log) - lines)
        return "\n".join(log[max(first, 0):][:lines])


def free_port() -> int:
    """A TCP port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def escaped(path: Path | str) -> str:
    """A path as QEMU's options want it: commas doubled."""
    return str(path).replace(",", ",,")


def host_cpus() -> int:
    """The processors on which our guests may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def accelerator(accel: str, smp: int) -> str:
    """What QEMU is told of `-accel`.

    More emulated processors than real ones take turns in one thread: in threads of their own they
    would spin for a lock or a shootdown whose other side is not running.
    """
    return "tcg,thread=single" if accel == "tcg" and smp > host_cpus() else accel


def threads(accel: str, smp: int) -> int:
    """How many real processors a guest keeps busy."""
    return 1 if accelerator(accel, smp).endswith("thread=single") else smp


def machine_options(boot: Boot) -> list[str]:
    options = ["-machine", "q35", "-m", boot.mem, "-no-reboot", "-nodefaults", "-no-user-config",
               "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    if boot.icount:
        return options + ["-cpu", BENCH_CPU, "-accel", "tcg,thread=single", "-smp", "1",
                          "-icount", "shift=0,sleep=off", "-seed", "1",
                          "-rtc", "base=2024-01-01T00:00:00,clock=vm"]
    cpu = "host" if boot.accel == "kvm" else "max"
    return options + ["-cpu", cpu, "-accel", accelerator(boot.accel, boot.smp),
                      "-smp", str(boot.smp), "-seed", str(boot.seed)]


def uefi_options() -> list[str]:
    """UEFI instead of QEMU's BIOS."""
    firmware = iso.ovmf()
    if not firmware or not iso.modules("UEFI"):
        raise MgError("UEFI for QEMU (OVMF) or GRUB's modules for it are missing: run tools/setup")
    return ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={firmware}"]


def boot_options(boot: Boot, folder: Path) -> list[str]:
    """Hands the kernel and the bundle over, by PVH or on a CD."""
    bundle = folder / "bundle"
    bundle.write_bytes(boot.bundle)
    if boot.iso or boot.uefi:
        image = folder / "merganser.iso"
        iso.make_iso(boot.kernel, bundle, boot.cmdline, image)
        cdrom = f"file={escaped(image)},media=cdrom,format=raw,readonly=on"
        return ["-drive", cdrom, "-boot", "d", *(uefi_options() if boot.uefi else ())]
    return ["-kernel", str(boot.kernel), "-initrd", str(bundle), "-append", boot.cmdline]


def port_options(folder: Path, com1: str, com3: str) -> list[str]:
    """The four serial ports and the debug console."""
    options = ["-chardev", f"{com1},id=com1", "-serial", "chardev:com1"]
    files = {"com2": str(folder / "kernel.log"), "com3": com3, "com4": str(folder / "results")}
    for name, path in files.items():
        options += ["-chardev", f"file,id={name},path={escaped(path)}",
                    "-serial", f"chardev:{name}"]
    return options + ["-chardev", f"file,id=trace,path={escaped(folder / 'trace')}",
                      "-device", "isa-debugcon,iobase=0xe9,chardev=trace"]


def image_end(kernel: Path) -> int:
    """Where the kernel's image ends in physical memory: the end of its last ELF segment."""
    data = kernel.read_bytes()
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    ends = [0]
    for i in range(count):
        kind, _, _, _, addr, _, length = struct.unpack_from("<IIQQQQQ", data, offset + i * size)
        if kind == PT_LOAD:
            ends.append(addr + length)
    return max(ends)


def check_memory(boot: Boot) -> None:
    """Refuses a machine in which QEMU would lay the bundle over the kernel."""
    needed = image_end(boot.kernel) + len(boot.bundle) + LOADER_ROOM
    if memory_bytes(boot.mem) < needed:
        raise MgError(f"a machine of {boot.mem} is too small: kernel and programs take "
                      f"{needed / (1 << 20):.1f} MiB before the first program runs")


def check_cmdline(cmdline: str) -> None:
    """Refuses what the kernel would cut off."""
    if len(os.fsencode(cmdline)) > CMDLINE_MAX:
        raise MgError(f"the kernel command line has more than {CMDLINE_MAX} bytes")


def qemu_command(boot: Boot, folder: Path, com1: str, com3: str) -> list[str]:
    """The whole command line; QEMU dies with us where the system can arrange that."""
    program = shutil.which("qemu-system-x86_64")
    if not program:
        raise MgError("qemu-system-x86_64 is missing: run tools/setup")
    check_cmdline(boot.cmdline)
    check_memory(boot)
    gdb = ["-S", "-gdb", f"tcp:127.0.0.1:{boot.gdb_port}"] if boot.gdb_port else []
    trace = ["-d", "in_asm", "-dfilter", KERNEL_TEXT, "-D", str(boot.blocks)] if boot.blocks else []
    return [*live.leash(), program, *machine_options(boot), *boot_options(boot, folder),
            *port_options(folder, com1, com3), *gdb, *trace]


def pump(source: IO[bytes], sink: Sink) -> threading.Thread:
    """Hands on what comes, as it comes, until the other side closes."""
    def work() -> None:
        with source:
            while data := os.read(source.fileno(), 65536):
                sink(data)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def feed(process: subprocess.Popen, terminal: int) -> None:
    """Hands on what is typed, in a thread of its own; nothing if we are in the background.

    Our terminal keeps a Ctrl-D to itself and says end of file: that becomes the guest's Ctrl-D.
    """
    def work() -> None:
        assert process.stdin
        data = b" "
        try:
            while data:
                data = os.read(terminal, 4096)
                process.stdin.write(data or CTRL_D)
                process.stdin.flush()
        except OSError:
            pass  # the guest has ended, and its port with it

    signal.signal(signal.SIGTTIN, signal.SIG_IGN)  # reading fails instead, and mg is not stopped
    threading.Thread(target=work, daemon=True).start()


class ToFd:
    """A sink that writes to a descriptor, and nothing more once its reader is gone or it fails."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.gone = False
        self.error: OSError | None = None
        self.last = b"\n"

    def __call__(self, data: bytes) -> None:
        self.last = data[-1:]
        try:
            while data and not self.gone:
                data = data[os.write(self.fd, data):]
        except BrokenPipeError:
            self.gone = True
        except OSError as error:  # a full disk: the guest goes on, mg says so at the end
            self.gone, self.error = True, error

    def end_line(self) -> None:
        """Begins a new line unless one has just begun."""
        if self.last != b"\n":
            self(b"\n")


def cpu_seconds(process: subprocess.Popen) -> float:
    """What a process that nobody has waited for has used of the host's processors."""
    text = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8")
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def wait_within(process: subprocess.Popen, boot: Boot) -> int | None:
    """Waits for QEMU: its status; nothing if one of the limits was reached first.

    Where processors' time is counted, the clock's is counted in looks: a host that leaves us no
    time for them has none for the guest either.
    """
    waited = 0.0
    step = CPU_LOOK if boot.cpu_seconds else boot.timeout
    while boot.timeout is None or waited < boot.timeout:
        try:
            return process.wait(step)
        except subprocess.TimeoutExpired:
            waited += step or 0
            if boot.cpu_seconds and cpu_seconds(process) > boot.cpu_seconds:
                return None
    return None


def verdict_of(process: subprocess.Popen, boot: Boot, folder: Path) -> Verdict:
    """Waits for QEMU and reads its status; a QEMU that could not start ends mg with its words."""
    status = wait_within(process, boot)
    if status is None:
        return Verdict.TIMEOUT
    if status in EXIT_STATUS:
        return EXIT_STATUS[status]
    words = (folder / "qemu.words").read_text(errors="replace").split("\n")
    said = "; ".join(line.strip() for line in words if line.strip())
    raise MgError(f"QEMU ended with status {status}: {said or 'without a word'}")


def headless(boot: Boot, folder: Path, stdout: Sink, stderr: Sink, terminal: int | None) -> Verdict:
    """Boots in `folder`, hands on what the ports say, and waits for the end."""
    read_end, write_end = os.pipe()
    command = qemu_command(boot, folder, "stdio,signal=off", f"/dev/fd/{write_end}")
    command += ["-display", "none"]
    with open(folder / "qemu.words", "wb") as words:
        process = live.start(
            command, stdin=subprocess.DEVNULL if terminal is None else subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=words, pass_fds=[write_end])
    patience: float | None = LAST_WORDS
    try:
        os.close(write_end)
        assert process.stdout
        pumps = [pump(process.stdout, stdout), pump(os.fdopen(read_end, "rb"), stderr)]
        if terminal is not None:
            feed(process, terminal)
        verdict = verdict_of(process, boot, folder)
        patience = LAST_WORDS if verdict is Verdict.TIMEOUT else None
        return verdict
    finally:
        live.end(process)
        for thread in pumps:
            thread.join(patience)


def text_of(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def run(boot: Boot, stdout: Sink, stderr: Sink, terminal: int | None = None) -> Outcome:
    """Boots headless and returns what came of it; `terminal` is a descriptor to take input from."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mg-") as name:
        folder = Path(name)
        verdict = headless(boot, folder, stdout, stderr, terminal)
        log = symbols.annotate(text_of(folder / "kernel.log"), boot.kernel)
        return Outcome(verdict, log, text_of(folder / "results"), time.monotonic() - start)


def keep_log(config: Config, outcome: Outcome) -> None:
    """Leaves the kernel log of the last run in the build folder."""
    path = config.out / "kernel.log"
    unfinished = path.with_name(f"kernel.log.{os.getpid()}")
    unfinished.write_text(outcome.log)
    unfinished.replace(path)


def terminal_closed() -> bool:
    """Whether the window of our terminal has been closed."""
    try:
        termios.tcgetattr(0)
    except termios.error as error:
        return error.args[0] == errno.EIO
    return False


def wait_on_terminal(process: subprocess.Popen) -> int:
    """Waits for QEMU, but no longer than there is a terminal; its status.

    The hang-up of a closed window goes to the leader of its session alone; where that is make, it
    waits for us.
    """
    while True:
        try:
            return process.wait(1)
        except subprocess.TimeoutExpired:
            if terminal_closed():
                process.kill()


def interactive(boot: Boot, folder: Path, window: bool) -> Verdict:
    """Boots with COM1 on this terminal (Ctrl-A X leaves) or in a window."""
    with lent():
        read_end, write_end = os.pipe()
        com1 = "vc" if window else "stdio,mux=on,signal=off"
        command = qemu_command(boot, folder, com1, f"/dev/fd/{write_end}")
        command += ["-vga", "std"] if window else ["-display", "none", "-mon", "com1"]
        with subprocess.Popen(command, pass_fds=[write_end]) as process:
            try:
                os.close(write_end)
                pump(os.fdopen(read_end, "rb"), ToFd(sys.stderr.fileno()))
                return EXIT_STATUS.get(wait_on_terminal(process), Verdict.FAIL)
            finally:
                process.kill()
