# SPDX-License-Identifier: MIT
"""What may not stand in code: a bare TODO, inline assembly outside kernel/x86."""

from __future__ import annotations

import re

from mglib import source
from mglib.config import ROOT
from mglib.rules import Findings, KERNEL, at, files

TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!: \w+ \w+)")
# An empty template is a barrier for the compiler, not an instruction.
INLINE_ASM = re.compile(r"\b(__asm__|asm)\b\s*(volatile|goto)?\s*\((?!\s*\"\")")


def check_words() -> Findings:
    """No unexplained TODO anywhere; inline assembly only in kernel/x86."""
    for path in files(("kernel", "mm", "libc", "user", "boot"), (".c", ".h", ".asm")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if TODO.search(line):
                yield at(path, number, "a TODO without an explanation (`TODO: what and why`)")
    for path in files(KERNEL, (".c", ".h")):
        if path.is_relative_to(ROOT / "kernel/x86"):
            continue
        for number, line in enumerate(source.code_text(path).splitlines(), 1):
            if INLINE_ASM.search(line):
                yield at(path, number, "inline assembly belongs to kernel/x86")
