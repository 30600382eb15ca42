# SPDX-License-Identifier: MIT
"""`mg doctor`: every tool, what was found, what is needed, and for what."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mglib import iso


@dataclass(frozen=True)
class Tool:
    """A program we call: the first of `names` that is there counts."""

    names: tuple[str, ...]
    needed: tuple[int, ...]
    purpose: str
    flag: str = "--version"


TOOLS = (
    Tool(("x86_64-elf-gcc", "x86_64-linux-gnu-gcc"), (12,), "the kernel and its programs"),
    Tool(("nasm",), (2, 14), "assembly", "-v"),
    Tool(("make",), (4,), "the build"),
    Tool(("python3",), (3, 9), "tools/mg"),
    Tool(("qemu-system-x86_64",), (7, 2), "the machine (older ones lose page-table bits)"),
    Tool(("gcc",), (12,), "host unit tests"),
    Tool(("gdb",), (12,), "make gdb, GDB tests"),
    Tool(("grub-mkrescue",), (2,), "make iso"),
    Tool(("xorriso",), (1,), "make iso", "-version"),
    Tool(("mformat",), (), "make iso"),
    Tool(("clang-format",), (14,), "make lint"),
    Tool(("clang-14", "clang"), (11,), "make fuzz: libFuzzer"),
    Tool(("git",), (2,), "the demo's default INPUT, lint"),
)

# Where apt is: what `mg compare`, `mg models` and the tests need that build Debian's sources of
# Lua and zlib.
DEBIAN_TOOLS = (
    Tool(("dpkg-source",), (1,), "Lua and zlib in tests and compare"),
    Tool(("lua5.4",), (5, 4), "what the Lua test compares with", "-v"),
    Tool(("spin",), (6, 5), "make models", "-V"),
)


def version_of(program: str, flag: str) -> tuple[int, ...]:
    """The version a program prints about itself; empty if it prints none."""
    done = subprocess.run([program, flag], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    for line in lines[:3]:
        numbers = re.findall(r"\d+(?:\.\d+)+", line)
        if numbers:
            version = numbers[-1] if "gcc" in program else numbers[0]
            return tuple(int(n) for n in version.split("."))
    return ()


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(n) for n in version) or "any"


def row(tool: Tool) -> tuple[bool, str]:
    """Whether a tool will do, and its line in the table."""
    found = next((name for name in tool.names if shutil.which(name)), None)
    version = version_of(found, tool.flag) if found else ()
    good = found is not None and version >= tool.needed
    have = (dotted(version) if version else "yes") if found else "missing"
    name = found or tool.names[-1]
    mark = "ok" if good else "NO"
    return good, f"{mark:3} {name:22} {have:12} {dotted(tool.needed):8} {tool.purpose}"


def file_row(name: str, found: Path | None, purpose: str) -> tuple[bool, str]:
    """The same for what is no program but must lie somewhere."""
    mark, have = ("ok", "yes") if found else ("NO", "missing")
    return bool(found), f"{mark:3} {name:22} {have:12} {'any':8} {purpose}"


def main(_command: str, _argv: list[str]) -> int:
    """Prints the table; status 1 if something is missing or too old."""
    print(f"{'':3} {'tool':22} {'found':12} {'needed':8} for")
    rows = [row(tool) for tool in (*TOOLS, *(DEBIAN_TOOLS if shutil.which("apt-get") else ()))]
    rows += [file_row(f"GRUB for {firmware}", iso.modules(firmware), "make iso")
             for firmware in iso.PLATFORMS]
    rows.append(file_row("OVMF", iso.ovmf(), "the test that boots the ISO under UEFI"))
    for _, line in rows:
        print(line)
    if all(good for good, _ in rows):
        return 0
    print("\ntools/setup installs what is missing")
    return 1
