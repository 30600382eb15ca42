# SPDX-License-Identifier: MIT
"""`mg fuzz [NAME...] [--seconds S] [--corpus]`: parsers of bytes from outside, under libFuzzer.

A fuzzer is a source of tools/fuzz/ whose head says `sources: …`, the real sources that it is
compiled with, `defines: NAME=VALUE …`, and `kernel: yes` where these are the kernel's. Its corpus,
the inputs with which it begins, is tools/fuzz/corpus/NAME.txt. `--corpus` only runs these.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from mglib.config import MgError, ROOT, from_environment

FOLDER = ROOT / "tools/fuzz"
LINE = re.compile(r"^ \* (sources|defines|kernel): (.*)$", re.MULTILINE)
FLAGS = ("-std=gnu17 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -fno-builtin "
         "-Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "
         "-iquote tools/hosttest/shim -iquote . -Ikernel").split()
KERNEL_FLAGS = ("-DCONFIG_HOSTTEST=1 -DCONFIG_KASAN=0 -DCONFIG_UBSAN=0 -DCONFIG_LOCKDEP=0 "
                "-fno-strict-aliasing -Wno-unknown-pragmas").split()
USER_FLAGS = "-idirafter libc/include".split()
# What libFuzzer says at its end: `#123 DONE cov: 45 ft: 67 corp: 8/90b …`
DONE = re.compile(r"^#(\d+)\s+(?:DONE|INITED)\s+cov: (\d+) ft: \d+ corp: (\d+)", re.MULTILINE)
MAX_LENGTH = 2048  # bytes of an input, or what the largest of the corpus has
FAIL, FAIL_NTH = 0x84, 16  # pretend.c's op; allocations that one request makes, and more
MAX_KEPT = 1200    # bytes of one that --keep keeps


@dataclass(frozen=True)
class Figures:
    """What came of a fuzzer: runs, edges of the code seen, inputs kept; what it found, or ""."""

    runs: int
    edges: int
    inputs: int
    finding: str

    def __str__(self) -> str:
        found = "1 finding" if self.finding else "0 findings"
        return f"{self.runs} runs, {self.edges} edges, {self.inputs} inputs, {found}"


def names() -> list[str]:
    """The fuzzers there are."""
    return sorted(path.stem for path in FOLDER.glob("*.c")
                  if "LLVMFuzzerTestOneInput(const" in path.read_text())


def head_of(name: str) -> dict[str, list[str]]:
    """The words of each key in the head of a fuzzer."""
    words: dict[str, list[str]] = {"sources": [], "defines": [], "kernel": []}
    for key, value in LINE.findall((FOLDER / f"{name}.c").read_text()):
        words[key] += value.split()
    return words


def compiler() -> str:
    """The clang that is there; libFuzzer comes with it."""
    for name in ("clang-14", "clang"):
        if shutil.which(name):
            return name
    raise MgError("the fuzzers need clang: tools/setup installs it")


def build(name: str) -> Path:
    """Compiles a fuzzer."""
    head = head_of(name)
    out = from_environment().out / "fuzz" / name
    out.parent.mkdir(parents=True, exist_ok=True)
    more = KERNEL_FLAGS if head["kernel"] else USER_FLAGS
    command = [compiler(), *FLAGS, *more, *(f"-D{define}" for define in head["defines"]),
               f"tools/fuzz/{name}.c", *head["sources"], "-o", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MgError(f"{name} does not compile:\n{done.stderr}")
    return out


def unpack(name: str, folder: Path) -> int:
    """Writes the inputs of a corpus, a line of hexadecimal digits each, as files; how many.

    To a server each is given once more for n = 1, 2, …, where the n-th allocation fails.
    """
    folder.mkdir(parents=True)
    corpus = FOLDER / "corpus" / f"{name}.txt"
    lines = corpus.read_text().split() if corpus.exists() else []
    able = "malloc=pretend_malloc" in head_of(name)["defines"]
    for i, line in enumerate(lines):
        for n in range(FAIL_NTH + 1 if able else 1):
            (folder / f"{i:04}.{n}").write_bytes((bytes((FAIL, n)) if n else b"")
                                                 + bytes.fromhex(line))
    return len(lines)


def keep(name: str, work: Path) -> None:
    """Makes the corpus of what reaches more of the code, and no more than that."""
    merged = work / "merged"
    merged.mkdir()
    subprocess.run([str(work.parent / name), "-merge=1", str(merged), str(work / "corpus")],
                   cwd=ROOT, capture_output=True, check=True)
    inputs = sorted({path.read_bytes() for path in merged.iterdir()}, key=lambda b: (len(b), b))
    small = [data for data in inputs if len(data) <= MAX_KEPT]
    (FOLDER / "corpus" / f"{name}.txt").write_text("".join(f"{data.hex()}\n" for data in small))


def run(name: str, seconds: int, keeps: bool = False) -> Figures:
    """Runs a fuzzer for some seconds, or (0) its corpus once."""
    program = build(name)
    work = program.parent / f"{name}.work"
    shutil.rmtree(work, ignore_errors=True)
    known = unpack(name, work / "corpus")
    length = max([MAX_LENGTH, *(path.stat().st_size for path in (work / "corpus").iterdir())])
    words = [f"-artifact_prefix={work}/", f"-max_len={length}", "-timeout=20",
             f"-max_total_time={seconds}" if seconds else "-runs=0"]
    done = subprocess.run([str(program), *words, str(work / "corpus")], cwd=ROOT, text=True,
                          capture_output=True, errors="replace", check=False)
    said = done.stdout + done.stderr
    if done.returncode:
        return Figures(0, 0, known, said)
    if keeps:
        keep(name, work)
    return Figures(*map(int, DONE.findall(said)[-1]), "")


def kept(name: str) -> Path | None:
    """The input that a fuzzer has found a defect with."""
    found = [path for path in (from_environment().out / "fuzz" / f"{name}.work").glob("*-*")
             if path.is_file()]
    return found[0] if found else None


def main(_command: str, argv: list[str]) -> int:
    """Runs fuzzers one after the other; status 1 if one found something."""
    parser = argparse.ArgumentParser(prog="mg fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", metavar="NAME", help="of: " + ", ".join(names()))
    parser.add_argument("--seconds", type=int, default=60, help="for each [60]")
    parser.add_argument("--corpus", action="store_true", help="only what is in tools/fuzz/corpus")
    parser.add_argument("--keep", action="store_true", help="makes the corpus anew from it")
    args = parser.parse_args(argv)
    bad = 0
    for name in args.name or names():
        if name not in names():
            raise MgError(f"no fuzzer '{name}': there are {', '.join(names())}")
        figures = run(name, 0 if args.corpus else args.seconds, args.keep)
        print(f"{'FAIL' if figures.finding else 'ok  '} fuzz/{name}: {figures}", flush=True)
        if figures.finding:
            bad += 1
            print("\n".join(figures.finding.splitlines()[-60:]))
            print(f"     repeat: {from_environment().out}/fuzz/{name} {kept(name)}")
    return 1 if bad else 0
