# SPDX-License-Identifier: MIT
"""A copy of the tree in which `mg mutate` tries one slip at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from mglib import build, live
from mglib.config import Config, MgError, ROOT
from mglib.mutants import Mutant

BUILD = "build/debug"
BUILT_FROM = ("kernel", "mm", "user", "libc", "boot")


class Workshop:
    """A copy, built, and what is known of it."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.config = Config(0, 1, 1, str(tree / BUILD))
        self.texts: dict[str, str] = {}
        self.code: dict[str, bytes] = {}
        self.refresh()
        if not self.make("all"):
            raise MgError(f"the copy in {tree} does not build")

    def refresh(self) -> None:
        """Brings the copy up to what git knows of; what is the same already stays untouched."""
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], check=True,
                                capture_output=True, text=True).stdout
        names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
        for name in sorted(names):
            there, here = ROOT / name, self.tree / name
            if not here.is_file() or here.read_bytes() != there.read_bytes():
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(there, here)
        for top in BUILT_FROM:
            for path in sorted((self.tree / top).rglob("*")):
                if path.is_file() and str(path.relative_to(self.tree)) not in names:
                    path.unlink()

    def make(self, target: str) -> bool:
        """Whether the copy could be built."""
        command = ["make", f"-j{os.cpu_count() or 1}", "--no-print-directory", "KASAN=0", "UBSAN=1",
                   "LOCKDEP=1", f"BUILD={BUILD}", target]
        process = live.start(command, cwd=self.tree, env=build.make_environment(),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return process.wait() == 0
        finally:
            live.end(process)

    def object_code(self, path: str) -> bytes:
        """A source's object code, but for the debug information."""
        there = self.tree / BUILD / "obj" / f"{path}.o"
        stripped = there.with_suffix(".stripped")
        subprocess.run(["objcopy", "--strip-debug", str(there), str(stripped)], check=True)
        return stripped.read_bytes()

    def put_in(self, mutant: Mutant) -> str:
        """Builds the kernel with a slip: empty, or the verdict that ends its trial."""
        file = self.tree / mutant.path
        if mutant.path not in self.texts:
            self.texts[mutant.path] = file.read_text(encoding="utf-8")
            self.code[mutant.path] = self.object_code(mutant.path)
        file.write_text(mutant.apply(self.texts[mutant.path]), encoding="utf-8")
        if not self.make("kernel"):
            return "does not compile"
        same = self.object_code(mutant.path) == self.code[mutant.path]
        return "same code" if same else ""

    def take_out(self, mutant: Mutant) -> None:
        """The text as it was."""
        (self.tree / mutant.path).write_text(self.texts[mutant.path], encoding="utf-8")
