# SPDX-License-Identifier: MIT
"""Proves: the Lua 5.4 interpreter builds against libc without a change of its sources, and runs
scripts to the same bytes and exit status as the host's own Lua of the same version. Its sources
come from Debian when the test runs; the scripts are in lib/lua.

timeout: 600
suite: test
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg, same_lines  # noqa: E402

from mglib import compare_lua  # noqa: E402
from mglib.debian import installed  # noqa: E402

Done = subprocess.CompletedProcess[bytes]

SCRIPTS = Path(__file__).parent / "lib/lua"

DATA = {
    "lines.txt": "first line\nsecond line\n12 -3.5e2 0x1F rest\n\nlast, without a newline",
    "numbers.txt": "1 2\n3.5 -4\n0x10 1e2\n",
    "module.lua": "local M = {}\nfunction M.greet(n) return 'hello, ' .. n end\nreturn M\n",
    "value.lua": "#!/usr/bin/lua\nreturn 42\n",
}
ALL = "for _, name in ipairs(arg) do print('== ' .. name) dofile(name) end\n"
STDIN = b"  17 rest of the line\nsecond\nthird"


def run_both(sources: list[str], folder: Path, names: list[str]) -> tuple[Done, Done]:
    """All scripts, one after the other in one interpreter, here and there."""
    words = ("all.lua", *names)
    theirs = subprocess.run(["lua5.4", *words], cwd=folder, input=STDIN, capture_output=True,
                            check=False, env={"PATH": "/bin", "LUA_TEST": "a value", "TZ": "UTC"})
    ours = mg("exec", "-e", "LUA_TEST=a value", "--file", f"{folder}:/", *sources, "--", *words,
              stdin=STDIN)
    return ours, theirs


def main() -> None:
    """One build, one guest."""
    checks = Checks()
    sources = compare_lua.sources(installed("lua5.4"))
    names = sorted(path.name for path in SCRIPTS.glob("*.lua"))
    names.sort(key=lambda name: name == "library.lua")  # which ends the program
    with tempfile.TemporaryDirectory(prefix="mg lua ") as scratch:
        folder = Path(scratch)
        (folder / "data").mkdir()
        for file, text in DATA.items():
            (folder / "data" / file).write_text(text)
        for name in names:
            (folder / name).write_bytes((SCRIPTS / name).read_bytes())
        (folder / "all.lua").write_text(ALL)
        ours, theirs = run_both(sources, folder, names)
    checks.equal("the host's Lua ended as the last script says", theirs.returncode, 7)
    checks.equal("status", ours.returncode, theirs.returncode)
    checks.equal("standard error", ours.stderr, theirs.stderr + b"mg: exit status 7\n")
    same_lines(checks, ours.stdout, theirs.stdout)
    checks.finish()


main()
