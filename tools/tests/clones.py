# SPDX-License-Identifier: MIT
"""Proves that `make demo` succeeds in two fresh copies at once, one in a folder with a space in its
name and without git.

timeout: 900
suite: test
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, ROOT  # noqa: E402


def copy_tree(to: Path) -> None:
    """Copies the sources, not what was built from them."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns("build", ".git", "__pycache__"))


def start_demo(folder: Path) -> subprocess.Popen:
    """Starts `make demo` there, as from a terminal of its own."""
    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD", "INPUT")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.Popen(["make", "demo"], cwd=folder, env=environment, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)


def main() -> None:
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="mg-clones-") as name:
        folders = [Path(name) / "with a space", Path(name) / "plain"]
        for folder in folders:
            copy_tree(folder)
        subprocess.run(["git", "init", "-q"], cwd=folders[1], check=True)
        subprocess.run(["git", "add", "-A"], cwd=folders[1], check=True)
        demos = [start_demo(folder) for folder in folders]
        for folder, demo in zip(folders, demos):
            output, _ = demo.communicate()
            checks.equal(f"status in '{folder.name}'", demo.returncode, 0)
            if demo.returncode:
                print(output[-3000:])
    checks.finish()


if __name__ == "__main__":
    main()
