# SPDX-License-Identifier: MIT
"""The boot bundle: the one file that goes into the guest's memory beside the kernel.

Page 0 is the header; the parts follow, each from a page boundary:

    char magic[8] = "MGBUNDLE"; u32 version, nparts;
    struct { char name[16]; u64 offset, size; } part[nparts];
"""

from __future__ import annotations

import io
import os
import struct
import tarfile
from pathlib import Path

PAGE = 4096
HEADER = struct.Struct("<8sII")
PART = struct.Struct("<16sQQ")


def padded(data: bytes) -> bytes:
    """The data, filled up with zeros to whole pages."""
    return data + bytes(-len(data) % PAGE)


def bundle(parts: dict[str, bytes]) -> bytes:
    """The bundle with these parts, in this order."""
    head = HEADER.pack(b"MGBUNDLE", 1, len(parts))
    offset = PAGE
    for name, data in parts.items():
        head += PART.pack(name.encode(), offset, len(data))
        offset += len(padded(data))
    return padded(head) + b"".join(padded(data) for data in parts.values())


def strings(words: list[str]) -> bytes:
    return b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in words)


def arguments(argv: list[str], environment: dict[str, str]) -> bytes:
    """The part "args": how many arguments, the arguments, the environment."""
    return strings([str(len(argv)), *argv,
                    *(f"{name}={value}" for name, value in environment.items())])


def initrd_of(base: Path, members: dict[str, Path]) -> bytes:
    """The archive `base` and these files by their names there; a name of both is theirs."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        with tarfile.open(base) as packed:
            for info in packed:
                if info.name not in members:
                    tar.addfile(info, packed.extractfile(info))
        for name, path in sorted(members.items()):
            info = tarfile.TarInfo(name)
            info.size = path.stat().st_size
            info.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            with path.open("rb") as source:
                tar.addfile(info, source)
    return out.getvalue()


def boot_bundle(build: Path, argv: list[str], environment: dict[str, str] | None = None,
                initrd: bytes | None = None, stdin: bytes | None = None) -> bytes:
    """What a boot needs: init and the initrd of a build folder, the program to run, its input."""
    parts = {"init": (build / "user/init").read_bytes(),
             "initrd": (build / "initrd.tar").read_bytes() if initrd is None else initrd}
    if stdin is not None:
        parts["stdin"] = stdin
    if argv:
        parts["args"] = arguments(argv, {"PATH": "/bin", **(environment or {})})
    return bundle(parts)
