# SPDX-License-Identifier: MIT
"""`mg demo [--iso]`: the main story on real data.

The program is user/demo; INPUT is its standard input. --iso boots by GRUB from a CD image.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from mglib import build, bundle, execute, qemu
from mglib.config import (Config, MIB, MgError, ROOT, from_environment, memory_bytes, number,
                          variable)

LARGEST = 64 * MIB
SMALLEST_DEFAULT = 4 * MIB
SECONDS = 600  # unless TIMEOUT is given

# Six processes with a private copy each when everything is parted, the bundle, and the kernel.
COPIES = 8
KERNEL_SHARE = 64 * MIB


def largest_input(mem: int) -> int:
    """How large an INPUT may be at this memory size."""
    return min(LARGEST, max(0, mem - KERNEL_SHARE) // COPIES)


def read_input(path: Path, mem_text: str) -> bytes:
    """The bytes of INPUT, or one clear sentence why not."""
    if not path.exists():
        raise MgError(f"INPUT '{path}' does not exist")
    if not path.is_file():
        raise MgError(f"INPUT '{path}' is not a regular file")
    size, most = path.stat().st_size, largest_input(memory_bytes(mem_text))
    if size == 0:
        raise MgError(f"INPUT '{path}' is empty")
    if size > most:
        hint = "" if most == LARGEST else f" with MEM={mem_text}; MEM=1G takes {LARGEST // MIB} MiB"
        raise MgError(f"INPUT '{path}' is too large: {size} bytes, where {most} are the most{hint}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise MgError(f"INPUT '{path}' cannot be read: {error.strerror}") from None


def source_files() -> list[Path]:
    """The files of the tree: what git tracks, or without git everything but what was built."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, text=True, check=True,
                                capture_output=True).stdout.split("\0")
        files = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        files = [path for path in ROOT.rglob("*")
                 if path.relative_to(ROOT).parts[0] not in ("build", ".git")]
    return sorted(path for path in files if path.is_file())


def add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    data = path.read_bytes()
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def default_input(config: Config) -> bytes:
    """A tar of the source tree and the kernel image, and of build products up to several MiB."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in source_files():
            add(tar, path, str(path.relative_to(ROOT)))
        add(tar, config.out / "kernel.elf", "kernel.elf")
        for path in sorted(config.out.rglob("*.o")):
            if out.tell() >= SMALLEST_DEFAULT:
                break
            add(tar, path, f"objects/{path.relative_to(config.out)}")
    data = out.getvalue()
    (config.out / "demo-input.tar").write_bytes(data)
    return data


def verdict(outcome: qemu.Outcome, seconds: float) -> int:
    """0 only if the program says so; else one sentence why not."""
    if outcome.ended == ("exit", 0) and outcome.verdict is qemu.Verdict.PASS:
        return 0
    _, sentence = execute.judge(outcome, seconds)
    sentence = "; ".join(filter(None, [sentence, outcome.imbalance()]))
    if outcome.verdict is not qemu.Verdict.PASS:
        print(outcome.log_tail(), file=sys.stderr)
    print(f"mg: the demo failed: {sentence}", file=sys.stderr)
    return 1


def main(_command: str, argv: list[str]) -> int:
    """Checks INPUT before anything is built or booted, then runs the demo."""
    if argv not in ([], ["--iso"]):
        raise MgError(f"demo takes INPUT=file and --iso, not '{' '.join(argv)}'")
    name = variable("INPUT")
    data = read_input(Path(name), variable("MEM")) if name else None
    config = from_environment()
    build.build_all(config)
    data = data or default_input(config)
    seconds = number("TIMEOUT") if os.environ.get("TIMEOUT") else SECONDS
    parts = bundle.boot_bundle(config.out, ["bin/demo"], stdin=data)
    boot = qemu.Boot(config.out / "kernel.elf", parts, variable("CMDLINE"), number("SMP"),
                     variable("MEM"), variable("ACCEL"), seconds, iso=bool(argv))
    outcome = qemu.run(boot, qemu.ToFd(1), qemu.ToFd(2))
    qemu.keep_log(config, outcome)
    return verdict(outcome, seconds)
