# SPDX-License-Identifier: MIT
"""Proves: zlib builds against libc without a change of its sources, passes its own tests and gives
the bytes that it gives on the host: test/example.c and test/infcover.c, 4 MiB through every level
and back, a gzip file read with seeks, minigzip from standard input to standard output both ways.

example.c writes a file, compresses into it and reads it back.

timeout: 600
suite: test
"""

import gzip
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MIB, mg  # noqa: E402

from mglib.debian import source  # noqa: E402

ROUND_TRIP = Path(__file__).parent / "lib/round_trip.c"
Done = subprocess.CompletedProcess[bytes]


class Here:
    """The library's sources, and programs that use it, in the guest and on the host."""

    def __init__(self, folder: Path) -> None:
        self.zlib = source("zlib")
        self.library = [str(path) for path in sorted(self.zlib.glob("*.c"))]
        self.folder = folder

    def guest(self, main: Path, *words: str, stdin: bytes = b"",
              options: tuple[str, ...] = ()) -> Done:
        """Runs a program under `mg exec`."""
        return mg("exec", "-I", str(self.zlib), "-D", "HAVE_UNISTD_H", *options, str(main),
                  *self.library, "--", *words, stdin=stdin)

    def host(self, main: Path, *words: str, flags: tuple[str, ...] = ()) -> Done:
        """Builds the same for the host and runs it."""
        program = self.folder / main.stem
        subprocess.run(["gcc", "-w", "-O2", "-DHAVE_UNISTD_H", *flags, f"-I{self.zlib}", str(main),
                        *self.library, "-o", str(program)], check=True)
        return subprocess.run([str(program), *words], cwd=self.folder, capture_output=True,
                              check=False)


def same(checks: Checks, what: str, ours: Done, theirs: Done) -> None:
    """Both ended well, with the same bytes."""
    checks.equal(f"{what}: the host's status", theirs.returncode, 0)
    checks.equal(f"{what}: status", ours.returncode, 0)
    checks.true(f"{what}: the host says something", theirs.stdout + theirs.stderr)
    checks.equal(f"{what}: standard output", ours.stdout, theirs.stdout)
    checks.equal(f"{what}: standard error", ours.stderr, theirs.stderr + b"mg: exit status 0\n")


def check_own_tests(checks: Checks, here: Here) -> None:
    """What zlib brings to test itself."""
    example, cover = here.zlib / "test/example.c", here.zlib / "test/infcover.c"
    same(checks, "example", here.guest(example), here.host(example))
    same(checks, "infcover", here.guest(cover), here.host(cover))


def check_round_trip(checks: Checks, here: Here) -> None:
    """4 MiB at each level, and a compressed file."""
    lines = b"".join(b"line %d of a file that is read\n" % n for n in range(40000))
    file = here.folder / "lines.gz"
    file.write_bytes(gzip.compress(lines, mtime=0))
    same(checks, "round trip", here.guest(ROUND_TRIP, "lines.gz", options=("--file", str(file))),
         here.host(ROUND_TRIP, "lines.gz"))


def check_minigzip(checks: Checks, here: Here) -> None:
    """Compressed in the guest, unpacked here, and the other way round."""
    rng = random.Random(int(os.environ.get("SEED", "1")))
    words = [rng.randbytes(rng.randrange(2, 12)) for _ in range(500)]
    data = b" ".join(rng.choices(words, k=MIB // 2))[:3 * MIB]
    minigzip = here.zlib / "test/minigzip.c"
    done = here.guest(minigzip, stdin=data)
    checks.equal("minigzip: status", (done.returncode, done.stderr), (0, b"mg: exit status 0\n"))
    checks.true("minigzip: smaller", 20 < len(done.stdout) < len(data) * 3 // 4)
    checks.true("minigzip: unpacked here", gzip.decompress(done.stdout) == data)
    done = here.guest(minigzip, "-d", stdin=gzip.compress(data, 9))
    checks.equal("minigzip -d: status", (done.returncode, done.stderr), (0, b"mg: exit status 0\n"))
    checks.true("minigzip -d: the bytes", done.stdout == data)


def main() -> None:
    """All of it."""
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="mg zlib ") as folder:
        here = Here(Path(folder))
        check_own_tests(checks, here)
        check_round_trip(checks, here)
        check_minigzip(checks, here)
    checks.finish()


main()
