# SPDX-License-Identifier: MIT
"""`mg iso`: the image that GRUB boots on any PC."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from mglib import build, bundle
from mglib.config import MgError, ROOT, from_environment, variable


def quoted(cmdline: str) -> str:
    """The words of a command line as GRUB's script hands them on unchanged."""
    if any(char in cmdline for char in "'\"\\"):
        raise MgError("GRUB hands no quotes and no backslashes on to the kernel: " + cmdline)
    return " ".join(f"'{word}'" for word in cmdline.split())


def make_iso(kernel: Path, bundle_file: Path, cmdline: str, image: Path) -> None:
    """Writes an image with the kernel, its bundle and boot/grub.cfg.

    The words @CMDLINE@ in boot/grub.cfg become the kernel command line.
    """
    if not shutil.which("grub-mkrescue"):
        raise MgError("grub-mkrescue is missing: run tools/setup")
    with tempfile.TemporaryDirectory(prefix="mg-iso-") as name:
        boot = Path(name) / "boot"
        (boot / "grub").mkdir(parents=True)
        shutil.copy(kernel, boot / "kernel.elf")
        shutil.copy(bundle_file, boot / "bundle")
        menu = (ROOT / "boot/grub.cfg").read_text()
        (boot / "grub/grub.cfg").write_text(menu.replace("@CMDLINE@", quoted(cmdline)))
        done = subprocess.run(["grub-mkrescue", "-o", str(image), name], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise MgError(f"grub-mkrescue failed:\n{done.stdout}")


def main(_command: str, _argv: list[str]) -> int:
    """Builds the image that boots to the shell."""
    config = from_environment()
    build.build_all(config)
    parts = config.out / "bundle"
    parts.write_bytes(bundle.boot_bundle(config.out, argv=[]))
    image = config.out / "merganser.iso"
    make_iso(config.out / "kernel.elf", parts, variable("CMDLINE"), image)
    print(f"{config.build / image.name}: {image.stat().st_size >> 20} MiB")
    return 0
