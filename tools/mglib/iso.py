# SPDX-License-Identifier: MIT
"""`mg iso`: the image that GRUB boots on any PC, under a BIOS and under UEFI.

grub-mkrescue puts into it what GRUB has modules for; the two kinds of firmware each find their own.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from mglib import build, bundle
from mglib.config import MgError, ROOT, from_environment, variable


# The folders of GRUB's modules by the firmware they are for, and where distributions put them.
PLATFORMS = {"BIOS": "i386-pc", "UEFI": "x86_64-efi"}
GRUB_FOLDERS = ("/usr/lib/grub", "/usr/share/grub", "/usr/local/lib/grub")

# UEFI for a virtual machine: the code alone, its variables last as long as the machine.
# Debian, Ubuntu; Debian before the 4 MiB image; Fedora; Arch; QEMU's own, with Homebrew for one.
OVMF = ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd",
        "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
        "/usr/share/qemu/edk2-x86_64-code.fd", "/usr/local/share/qemu/edk2-x86_64-code.fd",
        "/opt/homebrew/share/qemu/edk2-x86_64-code.fd")


def modules(firmware: str) -> Path | None:
    """The folder of GRUB's modules for "BIOS" or "UEFI"; None if they are not installed."""
    folders = (Path(folder) / PLATFORMS[firmware] for folder in GRUB_FOLDERS)
    return next((folder for folder in folders if folder.is_dir()), None)


def ovmf() -> Path | None:
    """UEFI for QEMU; None if it is not installed."""
    return next((Path(name) for name in OVMF if Path(name).exists()), None)


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
    parts.write_bytes(bundle.boot_bundle(config.out, argv=[],
                                         initrd=build.initrd_with_programs(config)))
    image = config.out / "merganser.iso"
    make_iso(config.out / "kernel.elf", parts, variable("CMDLINE"), image)
    firmware = [name for name in PLATFORMS if modules(name)]
    print(f"{config.build / image.name}: {image.stat().st_size >> 20} MiB, boots under "
          f"{' and '.join(firmware)}")
    return 0
