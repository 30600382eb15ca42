# SPDX-License-Identifier: MIT
"""Proves: the C compiler tcc builds against libc without a change of its sources and works inside
the guest: it builds its own runtime library there, compiles its own test programs, runs them in its
own memory (`tcc -run`) and every third of them as a program of its own, linked to libc and exec'ed,
with the bytes and the exit status that the same tcc gives on the host.

The only help it gets is in lib/tcc: dlsym() for `tcc -run`, and what libc/user.ld says to other
linkers. It knows no thread-local variables: the programs that it links get a libc with one errno.

timeout: 600
suite: test
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from ported import compiler  # noqa: E402
from support import Checks, ROOT, mg, same_lines  # noqa: E402

from mglib.config import from_environment  # noqa: E402
from mglib.debian import source  # noqa: E402

HELP = Path(__file__).parent / "lib/tcc"
# Its option --with-selinux: no page of a program is both written and run (mm/space/mmap.c, W^X).
DEFINES = ("-w", "-O2", "-DONE_SOURCE=1", "-DTCC_TARGET_X86_64", "-DHAVE_SELINUX")
CONFIG = '#define TCC_VERSION "0.9.27"\n'  # what its configure writes; the folders are options
HOME = "usr/lib/tcc"

LIBRARY = ("libtcc1.c", "va_list.c", "dsohandle.c", "alloca86_64.S", "alloca86_64-bt.S")
LEFT_OUT = {
    "34_array_assignment": "its Makefile leaves it out: not C",
    "73_arm64": "another machine",
    "98_al_ax_extend": "another machine",
    "99_fastcall": "another machine",
    "106_pthread": "libc has no pthread_condattr_init()",
    "112_backtrace": "prints addresses",
    "113_btdll": "makes shared libraries",
    **dict.fromkeys(("114_bound_signal", "115_bound_setjmp", "116_bound_setjmp2"),
                    "tcc -b needs glibc's own names"),
}
FLAGS = {
    "22_floating_point": "-lm", "24_math_library": "-lm", "60_errors_and_warnings": "-dt",
    "76_dollars_in_identifiers": "-fdollars-in-identifiers", "96_nodata_wanted": "-dt",
    "104_inline": "tests/104+_inline.c",
}
ARGUMENTS = {"31_args": "arg1 arg2 arg3 arg4 arg5", "46_grep": "[^*]*[:a:d:]+: tests/46_grep.c"}
ONLY_RUN = ("60_errors_and_warnings", "96_nodata_wanted")


def steps(tests: Path) -> str:
    """The commands: its library, then each test in both ways."""
    objects = [f"{HOME}/{name[:-2]}.o" for name in LIBRARY]
    lines = [f"tcc -c tcc/lib/{name} -o {made}" for name, made in zip(LIBRARY, objects)]
    lines.append(f"tcc -ar rcs {HOME}/libtcc1.a {' '.join(objects)}")
    for path in sorted(tests.glob("*.c")):
        name = path.stem
        if "+" in name or name in LEFT_OUT:
            continue
        flags, words = FLAGS.get(name, ""), ARGUMENTS.get(name, "")
        lines.append(f"tcc {flags} -run tests/{name}.c {words}")
        if name not in ONLY_RUN and int(name.split("_")[0]) % 3 == 0:
            lines += [f"tcc $LINK {flags} tests/{name}.c -o program", f"./program {words}"]
    return "\n".join(lines) + "\n"


def common_files(folder: Path, tcc: Path) -> None:
    """What both machines get."""
    shutil.copytree(tcc / "include", folder / HOME / "include")
    shutil.copytree(tcc / "lib", folder / "tcc/lib")
    shutil.copytree(tcc / "tests/tests2", folder / "tests")
    (folder / "config.h").write_text(CONFIG)
    (folder / "steps").write_text(steps(folder / "tests"))


def symbols(library: Path, table: Path) -> None:
    """The table for dlsym(): all names of libc."""
    said = subprocess.run(["nm", "-g", "--defined-only", "--format=posix", str(library)],
                          capture_output=True, text=True, check=True).stdout
    names = sorted({line.split()[0] for line in said.splitlines() if len(line.split()) > 2})
    lines = [f"extern const char {name}[];" for name in names]
    lines.append("const struct { const char *name; const void *address; } symbols[] = {")
    lines += [f'{{"{name}", {name}}},' for name in names] + ["{0, 0}};"]
    table.write_text("\n".join(lines) + "\n")


def guest_files(folder: Path, tcc: Path, scratch: Path) -> None:
    """tcc for the guest, and what it links to there."""
    config, cc = from_environment(), str(compiler())
    include, lib = folder / "usr/include", folder / "usr/lib"
    shutil.copytree(ROOT / "libc/include", include)
    shutil.copytree(ROOT / "kernel/abi", include / "abi")
    shutil.copy(HELP / "dlfcn.h", include)
    (folder / "bin").mkdir()
    lib.mkdir()
    symbols(config.out / "libc.a", scratch / "symbols.c")
    subprocess.run([cc, *DEFINES, "-fno-builtin", f'-DCONFIG_TCCDIR="/{HOME}"', f"-I{HELP}",
                    f"-I{scratch / 'both'}", str(tcc / "tcc.c"), str(HELP / "dlfcn.c"),
                    str(scratch / "symbols.c"), "-o", str(folder / "bin/tcc")], check=True)
    start = [str(scratch / name) for name in ("start.o", "linker.o")]
    subprocess.run([cc, "-c", "-D_Thread_local=", f"-I{ROOT / 'libc/src'}",
                    str(ROOT / "libc/src/start.c"), "-o", start[0]], check=True)
    subprocess.run([cc, "-c", str(HELP / "linker.c"), "-o", start[1]], check=True)
    crt0 = str(next((config.out / "obj/libc/src").glob("crt0*.o")))
    subprocess.run(["ld", "-r", crt0, *start, "-o", str(lib / "crt1.o")], check=True)
    shutil.copy(config.out / "libc.a", lib)
    for made in (lib / "libc.a", lib / "crt1.o", folder / "bin/tcc"):
        subprocess.run(["objcopy", "--strip-debug", str(made)], check=True)
    for name in ("libc.so", "libm.so", "libm.a", "crti.o", "crtn.o"):
        (lib / name).write_text("/* nothing */\n")  # a linker script


def host(both: Path, tcc: Path, scratch: Path) -> subprocess.CompletedProcess[bytes]:
    """The same tcc, the same steps."""
    programs = scratch / "host"
    programs.mkdir()
    subprocess.run(["gcc", *DEFINES, f'-DCONFIG_TCCDIR="{both / HOME}"', f"-I{both}",
                    '-DCONFIG_TRIPLET="x86_64-linux-gnu"', str(tcc / "tcc.c"), "-ldl", "-lpthread",
                    "-o", str(programs / "tcc")], check=True)
    subprocess.run(["gcc", "-w", str(HELP / "steps.c"), "-o", str(programs / "steps")], check=True)
    return subprocess.run([str(programs / "steps"), "steps"], cwd=both, capture_output=True,
                          check=False, env={"PATH": str(programs)})


def main() -> None:
    """One guest."""
    checks, tcc = Checks(), source("tcc")
    with tempfile.TemporaryDirectory(prefix="mg-tcc-") as folder:
        scratch = Path(folder)
        both, guest = scratch / "both", scratch / "guest"
        common_files(both, tcc)
        guest_files(guest, tcc, scratch)
        ours = mg("exec", "-e", "LINK=-static", "--file", f"{both}:/", "--file", f"{guest}:/",
                  str(HELP / "steps.c"), "--", "steps")
        theirs = host(both, tcc, scratch)
    checks.equal("the host's status", theirs.returncode, 0)
    checks.equal("status", ours.returncode, 0)
    checks.equal("standard error", ours.stderr, b"mg: exit status 0\n")
    checks.true("most of its tests ended well",
                theirs.stdout.count(b"\n-- status 0\n") > theirs.stdout.count(b"\n== ") * 9 // 10)
    same_lines(checks, ours.stdout, theirs.stdout)
    checks.finish()


main()
