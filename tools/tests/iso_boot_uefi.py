# SPDX-License-Identifier: MIT
"""Proves that the GRUB image boots under UEFI too: with its bundle and command line, all memory and
CPUs.

timeout: 300
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, Program, last_line  # noqa: E402

from mglib import build, bundle, config, qemu  # noqa: E402

# A memory map with holes, of which nothing may be lost: 512 MiB less what firmware and kernel keep.
ENOUGH_MIB = 480

MACHINE = """
#include <merganser.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct kstat_mem mem;

	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) != sizeof(mem) || argc != 2 ||
	    strcmp(argv[1], "a b"))
		return 1;
	printf("%lu CPUs, memory %s\\n", mem.nr_cpus,
	       mem.total_frames >> 8 > ENOUGH_MIB ? "enough" : "lost");
	return 5;
}
"""


def check_program(checks: Checks, cpus: int) -> None:
    """A program tells of the machine that it finds; before it COM1 has the firmware's words."""
    program = Program(MACHINE)
    done = program.run("a b", options=("--uefi", "-s", str(cpus), "-m", "512M",
                                       f"-DENOUGH_MIB={ENOUGH_MIB}"))
    checks.true(f"firmware with {cpus} CPUs: {done.stdout[:300]!r}", b"UEFI" in done.stdout)
    checks.equal(f"output with {cpus} CPUs", last_line(done.stdout), f"{cpus} CPUs, memory enough")
    checks.equal(f"last line with {cpus} CPUs", last_line(done.stderr), "mg: exit status 5")


def check_kernel(checks: Checks, cpus: int) -> None:
    """The tests inside the kernel, page tables and frames among them, on this firmware's map."""
    setting = config.from_environment()
    build.build_all(setting)
    out = setting.out
    outcome = qemu.run(qemu.Boot(out / "kernel.elf", bundle.boot_bundle(out, []), "ktest=*", cpus,
                                 timeout=200, uefi=True), lambda _: None, lambda _: None)
    lines = outcome.results.splitlines()
    good = sum(line.startswith("ok ") for line in lines)
    checks.equal(f"in-kernel tests with {cpus} CPUs: verdict", outcome.verdict, qemu.Verdict.PASS)
    checks.equal(f"in-kernel tests with {cpus} CPUs: all", f"1..{good}" in lines and good > 0, True)
    checks.equal(f"in-kernel tests with {cpus} CPUs: failed",
                 [line for line in lines if line.startswith("not ok")], [])


def main() -> None:
    checks = Checks()
    check_program(checks, 1)
    check_program(checks, 2)
    check_kernel(checks, 2)
    checks.finish()


if __name__ == "__main__":
    main()
