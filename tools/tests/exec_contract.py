# SPDX-License-Identifier: MIT
"""Proves the contract of `mg exec`: bytes through every stream unchanged, exit statuses as stated,
the last line on standard error naming which, compile errors as the compiler prints them.

timeout: 400
suite: test
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, Program, last_line, mg  # noqa: E402

ECHO = r"""
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	static char buf[65536];
	ssize_t n;
	size_t total = 0;
	while ((n = read(0, buf, sizeof(buf))) > 0) {
		for (ssize_t done = 0; done < n; )
			done += write(1, buf + done, n - done);
		total += n;
	}
	if (n < 0)
		return 9;
	fprintf(stderr, "%zu\n", total);
	return 0;
}
"""

STDERR = r"""
#include <unistd.h>
int main(void)
{
	for (int i = 0; i < 256; i++) {
		unsigned char c = i;
		write(2, &c, 1);
	}
	return 0;
}
"""

ARGS = r"""
#include <stdio.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("[%s]", argv[i]);
	return argc;
}
"""


def check_streams(checks: Checks) -> None:
    """Standard input to standard output, and every byte on standard error."""
    echo = Program(ECHO)
    every_byte = bytes(range(256))
    inputs = (b"", b"x", every_byte, every_byte * 16, os.urandom(300 * 1024 + 3))
    for data in inputs:
        done = echo.run(stdin=data)
        checks.equal(f"status after {len(data)} bytes", done.returncode, 0)
        checks.true(f"{len(data)} bytes come back unchanged", done.stdout == data)
        checks.equal("standard error", done.stderr, b"%d\nmg: exit status 0\n" % len(data))
    done = Program(STDERR).run()
    checks.equal("every byte on stderr", done.stderr, every_byte + b"\nmg: exit status 0\n")


def check_arguments(checks: Checks) -> None:
    """Arguments arrive as they are, empty ones too."""
    words = ("a", "", "two words", "-s", "--", "ü'\"$*")
    done = Program(ARGS).run(*words)
    checks.equal("argc", done.returncode, len(words) + 1)
    checks.equal("argv", done.stdout.decode(), "".join(f"[{word}]" for word in words))


def check_statuses(checks: Checks) -> None:
    """Exit statuses and signals."""
    for body, status, sentence in (
            ("return 0;", 0, "mg: exit status 0"),
            ("return 3;", 3, "mg: exit status 3"),
            ("return 255;", 255, "mg: exit status 255"),
            ("return 256 + 7;", 7, "mg: exit status 7"),
            ("*(volatile int *)0 = 1; return 0;", 139, "mg: killed by signal 11 (SIGSEGV)"),
            ("kill(getpid(), SIGKILL); return 0;", 137, "mg: killed by signal 9 (SIGKILL)"),
            ("abort();", 134, "mg: killed by signal 6 (SIGABRT)"),
            ("__builtin_trap();", 132, "mg: killed by signal 4 (SIGILL)")):
        program = Program("#include <signal.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
                          f"int main(void)\n{{\n\t{body}\n}}\n")
        done = program.run()
        checks.equal(f"status of {body}", done.returncode, status)
        checks.equal(f"last line of {body}", last_line(done.stderr), sentence)


def check_failures(checks: Checks) -> None:
    """What never runs, or never ends."""
    done = Program("int main(void)\n{\n\tfor (;;)\n\t\t;\n}\n").run(options=("-t", "4"))
    checks.equal("timeout", (done.returncode, last_line(done.stderr)),
                 (124, "mg: timeout after 4 s"))
    done = Program("int main(void) { return missing; }\n").run()
    checks.equal("compile error", (done.returncode, last_line(done.stderr)),
                 (2, "mg: compile error"))
    checks.true("the compiler's words", b"prog.c:1:25: error:" in done.stderr)
    checks.equal("no such file", mg("exec", "/nowhere.c").returncode, 2)
    checks.equal("no file", mg("exec").returncode, 2)
    checks.equal("bad option", mg("exec", "-s", "many", "x.c").returncode, 2)


def check_machine(checks: Checks) -> None:
    """Processors as asked for, and the counting machine."""
    count = Program("#include <unistd.h>\n"
                    "int main(void) { return sysconf(_SC_NPROCESSORS_ONLN); }\n")
    for cpus in (1, 2, 4):
        checks.equal(f"-s {cpus}", count.run(options=("-s", str(cpus))).returncode, cpus)
    checks.equal("--icount", count.run(options=("--icount",)).returncode, 1)


def main() -> None:
    checks = Checks()
    for check in (check_streams, check_arguments, check_statuses, check_failures, check_machine):
        check(checks)
    checks.finish()


if __name__ == "__main__":
    main()
