# SPDX-License-Identifier: MIT
"""What the tests of other people's programs share: a compiler for the guest that their own build
takes as CC, and their own build, run in a copy of the sources.

The copy lies beside the sources, below build/debian, and is made again when libc's headers or the
compiler's options have changed; the libraries that a Linux keeps apart are all in libc.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Mapping, Sequence

from support import ROOT

from mglib import build
from mglib.config import MgError, from_environment
from mglib.debian import FOLDER, source

SCRIPT = """#!/bin/sh
# A compiler for the guest: `mg exec`'s options, made by tools/tests/lib/ported.py.
link=yes
for word; do
	shift
	case $word in
	-c|-S|-E|-M|-MM) link=no ;;
	-lm|-lpthread|-lrt) continue ;;
	-l*) echo "cc: no such library: $word" >&2; exit 1 ;;
	esac
	set -- "$@" "$word"
done
if [ $link = no ]; then
	exec {compiler} {cflags} -w {headers} "$@"
fi
exec {compiler} {cflags} {ldflags} -w {headers} -T {script} {crt} "$@" {libc} -lgcc
"""


def compiler() -> Path:
    """The guest's compiler, as a script."""
    config = from_environment()
    build.make(config, "exec-base", quiet=True)
    answer = build.make(config, "-s", "print-exec", quiet=True).splitlines()
    program, cflags, ldflags, crt, _ = answer
    text = SCRIPT.format(
        compiler=program, cflags=cflags, ldflags=ldflags, script=ROOT / "libc/user.ld",
        headers=f"-isystem {ROOT / 'libc/include'} -I{ROOT / 'kernel'}",
        crt=" ".join(str(ROOT / part) for part in crt.split()), libc=config.out / "libc.a")
    path = config.out / "guest-cc"
    path.write_text(text)
    path.chmod(0o755)
    return path


def key_of(package: str, version: str, cc: Path, commands: Sequence[Sequence[str]]) -> str:
    """What a finished build depends on, in some letters."""
    seen = hashlib.sha256(repr((package, version, commands)).encode() + cc.read_bytes())
    for header in sorted((ROOT / "libc/include").rglob("*.h")):
        seen.update(header.read_bytes())
    return seen.hexdigest()[:16]


def built(package: str, version: str, commands: Sequence[Sequence[str]],
          environment: Mapping[str, str]) -> Path:
    """The folder in which a package's own commands have built it for the guest."""
    cc, original = compiler(), source(package, version)
    done = FOLDER / f"guest-{package}"
    key, stamp = key_of(package, version, cc, commands), done / ".built"
    with open(FOLDER / f".lock-{package}", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == key:
            return done
        shutil.rmtree(done, ignore_errors=True)
        shutil.copytree(original, done, symlinks=True)  # with their times, by which make goes
        for command in commands:
            said = subprocess.run(command, cwd=done, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False,
                                  env={**os.environ, "CC": str(cc), **environment})
            if said.returncode:
                raise MgError(f"{package}: {' '.join(command)} failed:\n{said.stdout[-3000:]}")
        stamp.write_text(key)
    return done
