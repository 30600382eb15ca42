# SPDX-License-Identifier: MIT
"""Calling make, and compiling a program that is not in the tree."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator, Sequence

from mglib import bundle
from mglib.config import Config, MgError, ROOT, variable


@contextlib.contextmanager
def locked(config: Config) -> Iterator[None]:
    """Keeps a second mg out of this build folder while make works in it."""
    config.out.mkdir(parents=True, exist_ok=True)
    with open(config.out / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_command(config: Config, targets: tuple[str, ...]) -> list[str]:
    flags = [f"KASAN={config.kasan}", f"UBSAN={config.ubsan}", f"LOCKDEP={config.lockdep}"]
    jobs = f"-j{min(os.cpu_count() or 1, 8)}"
    return ["make", jobs, "--no-print-directory", *flags, f"V={variable('V')}",
            f"BUILD={config.build}", *targets]


def make_environment() -> dict[str, str]:
    """The environment without what an outer make left there."""
    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
    return {name: value for name, value in os.environ.items() if name not in outer}


def make(config: Config, *targets: str, quiet: bool = False) -> str:
    """Runs make; returns what it printed if quiet, else lets it print. A failure ends mg."""
    command = make_command(config, targets)
    with locked(config):
        done = subprocess.run(command, cwd=ROOT, env=make_environment(), text=True, check=False,
                              stdout=subprocess.PIPE if quiet else None,
                              stderr=subprocess.PIPE if quiet else None)
    if done.returncode:
        sys.stderr.write((done.stdout or "") + (done.stderr or ""))
        raise MgError(f"the build failed: make {' '.join(targets)}")
    return done.stdout or ""


def build_all(config: Config, quiet: bool = False) -> None:
    """The kernel, init and the initrd."""
    make(config, "all", quiet=quiet)


def compile_program(config: Config, sources: list[str], output: Path,
                    options: Sequence[str] = ()) -> None:
    """Compiles and links C files from anywhere against libc, with further options (-I, -D).

    One call of the compiler takes them all: files of equal names in different folders do not
    meet. Its words are shown only if it fails, or V=1: the program's stderr stays its own.
    Leaves the program without debug information in `output`, with it in `output`.debug.
    """
    for source in sources:
        if not os.path.isfile(source):
            raise MgError(f"no such file: {source}")
    make(config, "exec-base", quiet=True)
    answer = make(config, "-s", "print-exec", quiet=True).splitlines()
    compiler, cflags, ldflags, crt, objcopy = answer
    debug = output.with_name(f"{output.name}.debug")
    command = [compiler, *cflags.split(), *ldflags.split(), *options,
               "-isystem", str(ROOT / "libc/include"), f"-I{ROOT / 'kernel'}",
               "-T", str(ROOT / "libc/user.ld"), *(str(ROOT / part) for part in crt.split()),
               *sources, str(config.out / "libc.a"), "-lgcc", "-o", str(debug)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode or variable("V") == "1":
        sys.stderr.buffer.write(done.stdout)
        sys.stderr.flush()
    if done.returncode:
        raise MgError("compile error")
    subprocess.run([objcopy, "--strip-debug", str(debug), str(output)], check=True)


def initrd_with_programs(config: Config) -> bytes | None:
    """The initrd with each C file of PROG as a program in /bin; None if there is none."""
    sources = shlex.split(variable("PROG"))
    if not sources:
        return None
    with tempfile.TemporaryDirectory(prefix="mg-") as name:
        members = {f"bin/{Path(source).stem}": Path(name) / Path(source).stem
                   for source in sources}
        if len(members) < len(sources):
            raise MgError("two files of PROG would have the same name in /bin")
        for source, program in zip(sources, members.values()):
            compile_program(config, [source], program)
        return bundle.initrd_of(config.out / "initrd.tar", members)
