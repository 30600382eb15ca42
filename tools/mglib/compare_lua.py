# SPDX-License-Identifier: MIT
"""What the workload `lua` of `mg compare` needs in the guest: the Lua interpreter, a script
(user/compare/load.lua), the records that it loads, and what it has to compute of them.

The interpreter is built from Debian's sources, unchanged, with one macro that its authors provide
for it: the seed of its string hash, else made of the clock, so that processes which start in
different seconds would lay out their tables differently.
"""

from __future__ import annotations

import random
import string
import struct
from pathlib import Path

from mglib import build, debian
from mglib.config import Config, ROOT

SCRIPT = ROOT / "user/compare/load.lua"
NOT_OURS = ("lua.c", "luac.c")  # the one comes first, the other is a program of its own
SEED = "-Dluai_makeseed(L)=1"

RECORDS = 5000
BLOCK = 64  # bytes; a text is some of them
MASK = (1 << 64) - 1

Record = tuple[str, str, int, str]  # key, key of the next, value, text


def sources(version: str = "") -> list[str]:
    """The C files of the interpreter, by default of the version that Debian has now."""
    folder = debian.source("lua5.4", version) / "src"
    return [str(folder / "lua.c"), *(str(path) for path in sorted(folder.glob("*.c"))
                                     if path.name not in NOT_OURS)]


def records() -> list[Record]:
    """Always the same."""
    rng = random.Random(1)
    keys = [f"k{n}" for n in rng.sample(range(10 ** 7), RECORDS)]
    letters = string.ascii_letters + string.digits
    return [(key, rng.choice(keys), rng.randrange(10 ** 6),
             "".join(rng.choices(letters, k=BLOCK * rng.randrange(2, 8)))) for key in keys]


def hex64(number: int) -> str:
    return f"{number & MASK:016x}"


def expected(loaded: list[Record]) -> str:
    """The line that load.lua prints, computed here; its integers have 64 bits and wrap around."""
    value_of = {key: value for key, _, value, _ in loaded}
    mix = ahead = 0
    for _, following, _, text in loaded:
        for word in struct.unpack(f"<{len(text) // 8}q", text.encode()):
            mix = mix * 31 + word & MASK
        ahead = ahead * 31 + value_of[following] & MASK
    ranked = sum(rank * value_of[key] for rank, key in enumerate(sorted(value_of), 1))
    return f"{len(loaded)} {hex64(mix)} {hex64(ahead)} {ranked}\n"


def members(config: Config) -> dict[str, Path]:
    """The files, by their names in the guest."""
    folder = config.out / "lua"
    folder.mkdir(exist_ok=True)
    program, data, result = folder / "lua", folder / "data.txt", folder / "expected.txt"
    build.compile_program(config, sources(), program, [SEED])
    loaded = records()
    data.write_text("".join(f"{' '.join(map(str, record))}\n" for record in loaded),
                    encoding="ascii")
    result.write_text(expected(loaded), encoding="ascii")
    return {"bin/lua": program, "lua/load.lua": SCRIPT, "lua/data.txt": data,
            "lua/expected.txt": result}
