# SPDX-License-Identifier: MIT
"""Proves the contract of `mg exec`: bytes through every stream unchanged, many MiB of them too,
exit statuses as stated, the last line on standard error naming which, compile errors as the
compiler prints them; whatever the host refuses is a sentence and status 2.

timeout: 600
suite: test
"""

import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, MG, MIB, Program, ROOT, last_line, mg  # noqa: E402

from mglib import bundle, config, qemu  # noqa: E402

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


COPIES = """#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void say(int fd, const char *words)
{
	write(fd, words, strlen(words));
}
int main(int argc, char **argv)
{
	char *again[] = { argv[0], "again", NULL };
	if (argc > 1) {
		say(2, "child: 2 is 1\\n");
		return 0;
	}
	dup2(1, 3);
	dup2(2, 4);
	dup2(3, 2);
	say(2, "2 is 1\\n");
	if (!fork())
		execv("/bin/prog", again);
	wait(NULL);
	say(3, "3 is 1\\n");
	say(4, "4 is 2\\n");
	dup2(4, 1);
	say(1, "1 is 2\\n");
	return 0;
}
"""


def check_streams(checks: Checks) -> None:
    """Standard input to standard output, and every byte on standard error."""
    echo = Program(ECHO)
    every_byte = bytes(range(256))
    inputs = (b"", b"x", every_byte, every_byte * 16, os.urandom(300 * 1024 + 3),
              os.urandom(24 * MIB + 5))
    for data in inputs:
        done = echo.run(stdin=data)
        checks.equal(f"status after {len(data)} bytes", done.returncode, 0)
        checks.true(f"{len(data)} bytes come back unchanged", done.stdout == data)
        checks.equal("standard error", done.stderr, b"%d\nmg: exit status 0\n" % len(data))
    done = Program(STDERR).run()
    checks.equal("every byte on stderr", done.stderr, every_byte + b"\nmg: exit status 0\n")


def check_copied_streams(checks: Checks) -> None:
    """A descriptor's copy writes where it does, whatever its number, past fork() and exec."""
    done = Program(COPIES).run()
    checks.equal("onto standard output", done.stdout, b"2 is 1\nchild: 2 is 1\n3 is 1\n")
    checks.equal("onto standard error", done.stderr, b"4 is 2\n1 is 2\nmg: exit status 0\n")


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


FLOOD = r"""
#include <unistd.h>
int main(void)
{
	static char buf[65536];
	for (;;)
		write(1, buf, sizeof(buf));
}
"""

HELLO = r"""
#include <unistd.h>
int main(void)
{
	write(1, "hello", 5);
	return 3;
}
"""


def shell(script: str, *words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Runs a script of bash, to which $MG is mg and $1… are the words."""
    return subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, check=False,
                          env={**os.environ, "MG": str(MG)}, **options)


def check_ends(checks: Checks) -> None:
    """Streams that are closed, full, or whose other side goes early."""
    program = Program(HELLO)
    hello = str(program.path)
    done = shell('"$MG" exec "$1" <&-', hello)
    checks.equal("input closed", (done.returncode, done.stdout), (3, b"hello"))
    for redirection, why in ((">/dev/full", "No space left on device"),
                             (">&-", "Bad file descriptor")):
        done = shell(f'"$MG" exec "$1" {redirection}', hello)
        checks.equal(f"status with {redirection}", (done.returncode, last_line(done.stderr)),
                     (2, f"mg: standard output: {why}"))
    many = Program(FLOOD.replace("for (;;)", "for (int i = 0; i < 64; i++)"))
    done = shell('"$MG" exec "$1" | head -c 9 | wc -c; exit ${PIPESTATUS[0]}', str(many.path))
    checks.equal("a reader that goes early", (done.returncode, done.stdout.strip()), (0, b"9"))
    flood = Program(FLOOD)
    done = shell('{ "$MG" exec -t 4 "$1"; echo "status $?" >&2; } | sleep 20',
                 str(flood.path))
    words = done.stderr.decode().split("\n")
    checks.true("a reader that does not read", "mg: timeout after 4 s" in words)


def check_background(checks: Checks) -> None:
    """A job in the background of an interactive shell is not stopped for want of input."""
    program = Program(HELLO)
    pid, terminal = pty.fork()
    if not pid:
        os.environ["MG"] = str(MG)
        os.execvp("bash", ["bash", "-mc", '"$MG" exec "$1" & wait $!; echo "status $?"', "bash",
                           str(program.path)])
    said = b""
    try:
        while data := os.read(terminal, 4096):
            said += data
    except OSError:
        pass  # the terminal's other side has gone
    os.waitpid(pid, 0)
    checks.true(f"in the background: {said!r}", b"status 3" in said)


def check_host(checks: Checks) -> None:
    """What the host or the user got wrong."""
    long_name = Program("int main(void) { return 5; }\n", "n" * 200)
    checks.equal("a long name", long_name.run().returncode, 5)
    for words in (("exec", "-t", "inf", "x.c"), ("exec", "-t", "nan", "x.c"), ("run", "--foo"),
                  ("iso", "x"), ("doctor", "x"), ("loc", "x"), ("story", "x"), ("bench", "a", "b"),
                  ("test", "NOSUCH"), ("debug", "NOSUCH"), ("demo", "INPUT=" + "n" * 300)):
        done = mg(*words)
        checks.equal(f"status of {words}", done.returncode, 2)
        checks.true(f"last line of {words}: {done.stderr!r}",
                    last_line(done.stderr).startswith("mg"))
    with tempfile.NamedTemporaryFile() as file:
        done = mg("exec", str(long_name.path), BUILD=f"{file.name}/below")
        checks.equal("no build folder", (done.returncode, last_line(done.stderr)),
                     (2, f"mg: {file.name}/below: Not a directory"))
    done = mg("exec", "--cmdline", "x" * 1024, str(long_name.path))
    checks.equal("a long command line", done.returncode, 2)


def check_last_resorts(checks: Checks) -> None:
    """A kernel panic, input that does not fit, arguments that init cannot read, a script's end."""
    echo = Program(ECHO)
    for memory, data in (("64M", bytes(100 * MIB)), ("5M", b"")):
        done = mg("exec", "-m", memory, str(echo.path), stdin=data)
        checks.equal(f"status of a machine of {memory}", done.returncode, 2)
        checks.true(f"what is said of {memory}",
                    last_line(done.stderr).startswith(f"mg: a machine of {memory} is too small: "))
    done = mg("run", stdin=b"echo a\nexit 7\n")
    checks.equal("status of a script", done.returncode, 7)


# The part "args" of a bundle, damaged in each way that init tells apart, and what it says.
DAMAGED = {
    b"\0": "no number of words",
    b"1x\0tests/files\0": "no number of words",
    b"9999999": "the last one does not end",
    b"1\0tests/fi" + b"l" * 4100: "the last one does not end",
    b"3\0tests/files\0A=b\0": "fewer words than their number says",
}


def check_damaged_arguments(checks: Checks) -> None:
    """Arguments that init cannot read: it says why, and runs nothing."""
    out = config.from_environment().out
    parts = {"init": (out / "user/init").read_bytes(),
             "initrd": (out / "initrd.tar").read_bytes()}
    for args, why in DAMAGED.items():
        said = bytearray()
        data = bundle.bundle({**parts, "stdin": b"", "args": args})
        outcome = qemu.run(qemu.Boot(out / "kernel.elf", data), lambda _: None, said.extend)
        checks.equal(f"arguments {args[:20]!r}", (outcome.verdict, outcome.ended),
                     (qemu.Verdict.FAIL, ("exit", 126)))
        checks.equal(f"what init says of {args[:20]!r}", said.decode().strip(),
                     f"init: cannot read the program's arguments: {why}")


def check_small_machine(checks: Checks) -> None:
    """What the kernel says where a loader laid its programs over it, which mg prevents."""
    kernel = config.from_environment().out / "kernel.elf"
    with tempfile.TemporaryDirectory() as folder:
        boot = qemu.Boot(kernel, bytes(3 * MIB), mem="5M", smp=1)
        done = subprocess.run(["qemu-system-x86_64", *qemu.machine_options(boot),
                               *qemu.boot_options(boot, Path(folder)), "-display", "none",
                               "-serial", "stdio"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, check=False)
    checks.equal("a loader that overwrites", done.stdout.decode().strip(),
                 "This machine has too little memory for the kernel and its programs.")


def main() -> None:
    checks = Checks()
    for check in (check_streams, check_copied_streams, check_arguments, check_statuses,
                  check_failures, check_machine, check_ends, check_background, check_host,
                  check_last_resorts, check_damaged_arguments, check_small_machine):
        check(checks)
    checks.finish()


if __name__ == "__main__":
    main()
