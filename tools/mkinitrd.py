#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pack the user programs, without their debug information, into a ustar archive.

    mkinitrd.py --objcopy x86_64-linux-gnu-objcopy --root build/debug/user initrd.tar bin/sh …

The same programs give the same bytes: members are sorted, dated 0 and owned by 0.
"""

import argparse
import io
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path


def stripped(objcopy: str, program: Path) -> bytes:
    """The program without debug information."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "program"
        subprocess.run([objcopy, "--strip-debug", str(program), str(out)], check=True)
        return out.read_bytes()


def add_member(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o755
    tar.addfile(info, io.BytesIO(data))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objcopy", required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("archive", type=Path)
    parser.add_argument("members", nargs="*")
    args = parser.parse_args()
    unfinished = args.archive.with_name(f"{args.archive.name}.{os.getpid()}")
    with tarfile.open(unfinished, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(args.members):
            add_member(tar, name, stripped(args.objcopy, args.root / name))
    unfinished.replace(args.archive)


if __name__ == "__main__":
    main()
