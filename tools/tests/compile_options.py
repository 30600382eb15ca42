# SPDX-License-Identifier: MIT
"""Proves: a program is what it says whatever options its author compiles and links it with, and
wherever its variables happen to lie: user/tests/startup.c, built with each of these options, finds
its constructors, sections, thread-local variables and stack protector.

timeout: 600
suite: test
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, ROOT, last_line, mg  # noqa: E402

from mglib import build  # noqa: E402
from mglib.config import from_environment  # noqa: E402

OPTIONS = (
    "-O0", "-O1", "-O3", "-Os", "-Og", "-fPIE", "-fPIC -O3", "-flto", "-flto -O3 -fwhole-program",
    "-ffunction-sections -fdata-sections -Wl,--gc-sections", "-fstack-protector-all",
    "-fstack-protector-strong -O0", "-fsanitize=undefined -fsanitize-undefined-trap-on-error",
    "-fno-common -std=c11", "-fomit-frame-pointer -O3 -march=x86-64-v2",
    # No .tdata; then .data of all sizes modulo 64 before what is thread-local.
    *(f"-DNO_TDATA -DPAD={pad}" for pad in range(0, 64, 8)))

RUNNER = r"""
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int status = -1;
		pid_t pid = fork();
		if (!pid) {
			execl(argv[i], argv[i], NULL);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		printf("%d\n", status);
	}
	return 0;
}
"""


def main() -> None:
    """Builds one program with each set of options, and runs them in one guest."""
    checks, config = Checks(), from_environment()
    source = str(ROOT / "user/tests/startup.c")
    with tempfile.TemporaryDirectory(prefix="mg test ") as name:
        folder = Path(name)
        runner = folder / "runner.c"
        runner.write_text(RUNNER)
        files, paths = [], []
        for i, options in enumerate(OPTIONS):
            program = folder / f"startup{i}"
            build.compile_program(config, [source], program,
                                  [f"-I{ROOT}/user/tests", *options.split()])
            files += ["--file", f"{program}:bin/{program.name}"]
            paths.append(f"bin/{program.name}")
        done = mg("exec", "-m", "1G", *files, str(runner), "--", *paths)
    checks.equal("status", last_line(done.stderr), "mg: exit status 0")
    for options, status in zip(OPTIONS, [*done.stdout.decode().split(), *["none"] * 99]):
        checks.equal(f"wait status of startup.c built with {options}", status, "0")
    if checks.failed:
        print(done.stderr.decode(errors="replace"))
    checks.finish()


main()
