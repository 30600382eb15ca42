# SPDX-License-Identifier: MIT
"""Proves that the package tells a dump of a machine from a live one: on a dump with page tables its
commands answer, on one without, or with no machine at all, they say what is missing, and never
answer from the file of the kernel; what lets the machine run is refused.

timeout: 120
suite: test
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
from session import NEXT_CALL, Session  # noqa: E402

from mglib.config import ROOT, from_environment  # noqa: E402

LOOKS = ("ps", "lists", "check", "stable", "pte 1 0x400000", "page 1")
RUNS = ("merge-walk", "break-event replace", "run")
NO_TABLES = "dump-guest-memory -p FILE"


def expect(dump: str, facts: dict[str, str]) -> None:
    """Fails unless each command says its words in a GDB that has this dump, or nothing."""
    core = ["-ex", f"core-file {dump}"] if dump else []
    words = [word for command in facts
             for word in ("-ex", f"echo === {command}\\n", "-ex", command)]
    done = subprocess.run(
        ["gdb", "-q", "-nx", "-batch", *core, "-ex", f"source {ROOT / 'tools/gdb/merganser.py'}",
         *words, str(from_environment().out / "kernel.elf")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", check=False)
    print(f"--- dump '{dump}'\n{done.stdout}")
    for command, fact in facts.items():
        said = done.stdout.partition(f"=== {command}\n")[2].partition("===")[0]
        if fact not in said:
            print(f"`{command}` does not say '{fact}'")
            sys.exit(1)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mg-dump-") as folder:
        plain, paged, early = (f"{folder}/{name}" for name in ("plain", "paged", "early"))
        Session("tbreak kernel_main", "continue", f"monitor dump-guest-memory -p {early}",
                *NEXT_CALL, f"monitor dump-guest-memory {plain}",
                f"monitor dump-guest-memory -p {paged}", mem="96M")
        expect(paged, {"ps": "twins", "lists": "free frame", "check": "0 violations",
                       **dict.fromkeys(RUNS, "this is a dump")})
        expect(plain, dict.fromkeys(LOOKS, NO_TABLES))
        expect("", dict.fromkeys(LOOKS, "no kernel to look at"))
        expect(early, {"ps": "in this dump had not built its frame map"})


main()
