# SPDX-License-Identifier: MIT
"""Where the tree is, and the variables that shape a build and a run."""

from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MIB = 1 << 20

# The defaults of KASAN, UBSAN and LOCKDEP are those of the Makefile.
VARIABLES: dict[str, tuple[str, str]] = {
    "SMP": ("2", "processors of the guest"),
    "MEM": ("512M", "memory of the guest"),
    "ACCEL": ("tcg", "QEMU accelerator: tcg or kvm"),
    "TIMEOUT": ("120", "seconds a headless guest may run"),
    "CMDLINE": ("", "further words for the kernel command line"),
    "KASAN": ("0", "build with the address sanitizer"),
    "UBSAN": ("1", "build with the undefined-behaviour sanitizer"),
    "LOCKDEP": ("1", "build with the lock-order checker and the other debug checks"),
    "V": ("0", "show the commands of the build"),
    "BUILD": ("", "build folder (default: build/ and a name made from the three above)"),
    "INPUT": ("", "demo, compare: the file that several processes hold"),
    "PROG": ("", "run, iso: C files, each a program of /bin: PROG='a.c b.c'"),
    "WORK": ("all", "compare: the workload, or all"),
    "SECONDS": ("0", "test: how long a stress that is named goes on; 0: one round"),
    "GUI": ("0", "run: open a window"),
}


class MgError(Exception):
    """A sentence for the user; ends mg with the given status."""

    def __init__(self, sentence: str, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status


def variable(name: str) -> str:
    """The value of a variable: from the environment, else its default."""
    return os.environ.get(name, "") or VARIABLES[name][0]


def number(name: str) -> int:
    """A variable that must be a whole number."""
    text = variable(name)
    if not text.isdigit():
        raise MgError(f"{name} must be a number, not '{text}'")
    return int(text)


def memory_bytes(text: str) -> int:
    """`512M` or `1G` in bytes; a bare number counts MiB, as in QEMU."""
    match = re.fullmatch(r"(\d+)([KMG]?)", text.upper())
    if not match:
        raise MgError(f"MEM must be a size such as 512M or 1G, not '{text}'")
    return int(match[1]) << {"K": 10, "M": 20, "G": 30, "": 20}[match[2]]


@dataclass(frozen=True)
class Config:
    """A build variant."""

    kasan: int
    ubsan: int
    lockdep: int
    folder: str = ""  # explicit build folder; empty: named after the variant

    @property
    def variant(self) -> str:
        """The name of the variant; the Makefile makes the same one."""
        names = [n for n in ("kasan", "ubsan", "lockdep") if getattr(self, n)]
        name = "-".join(names)
        return {"": "release", "ubsan-lockdep": "debug"}.get(name, name)

    @property
    def build(self) -> Path:
        """The build folder as make is told it: relative to the tree unless BUILD is absolute."""
        return Path(self.folder or f"build/{self.variant}")

    @property
    def out(self) -> Path:
        """The build folder as a full path."""
        return ROOT / self.build

    def release(self) -> Config:
        """This configuration without sanitizers and checks, in a folder of its own."""
        folder = f"{self.folder}-release" if self.folder else ""
        return dataclasses.replace(self, kasan=0, ubsan=0, lockdep=0, folder=folder)

    def with_kasan(self) -> Config:
        """This configuration with the address sanitizer, in a folder of its own."""
        folder = f"{self.folder}-kasan" if self.folder and not self.kasan else self.folder
        return dataclasses.replace(self, kasan=1, folder=folder)


def from_environment() -> Config:
    """The variant that the variables ask for."""
    return Config(number("KASAN"), number("UBSAN"), number("LOCKDEP"), variable("BUILD"))


def for_measuring() -> Config:
    """The release variant, unless a sanitizer or check was asked for by name."""
    asked = any(os.environ.get(name) for name in ("KASAN", "UBSAN", "LOCKDEP"))
    return from_environment() if asked else from_environment().release()
