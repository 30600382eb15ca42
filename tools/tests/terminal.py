# SPDX-License-Identifier: MIT
"""Proves what a program that reads from the terminal meets: lines that are edited before it gets
them, an exact end of file, Ctrl-C, Ctrl-\\ and Ctrl-Z for the foreground alone, none of what is
typed ahead lost, the background stopped when it reads; and that the log names a terminal server
that died.

timeout: 120
suite: test
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, Program  # noqa: E402
from two_terminals import Terminal  # noqa: E402

from mglib import config  # noqa: E402

PROMPT = r"merganser:/\$ "

KILLER = r"""
#include <fcntl.h>
#include <merganser.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	static struct kstat_proc proc[64];
	int tty = open("/dev/tty", O_RDWR), n = (int)mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (int i = 0; i < n / (int)sizeof(proc[0]); i++)
		if (strstr(proc[i].name, "tty"))
			kill(proc[i].pid, SIGKILL);
	while (write(tty, "x", 1) == 1)
		usleep(1000);
	for (int i = 0; i < 1000 && (tty = open("/dev/tty", O_RDWR)) < 0; i++)
		usleep(1000); /* init may not have heard of it yet */
	return tty < 0;
}
"""


def ctrl(letter: str) -> str:
    return chr(ord(letter) & 0x1f)


class Shell(Terminal):
    """The shell on a terminal; what is waited for is checked."""

    def __init__(self, checks: Checks) -> None:
        super().__init__("tools/mg", "run")
        self.checks = checks
        self.shows("the prompt", PROMPT)

    def shows(self, what: str, pattern: str) -> None:
        self.checks.true(what, self.wait_for(pattern))

    def start_cat(self) -> None:
        """A program in the foreground that says each line again."""
        self.type("cat\r")
        self.type("up\r")
        self.shows("cat runs", r"up\r*\nup\r*\n")


def check_lines(shell: Shell) -> None:
    """What cat gets is the line as it stands when it ends."""
    shell.start_cat()
    for keys, line in (("wrpng" + 3 * "\x7f" + "ong", "wrong"),
                       ("lost" + ctrl("U") + "kept", "kept"),
                       ("a word  gone" + ctrl("W") + "here", "a word  here")):
        shell.type(keys + "\r")
        shell.shows(f"{keys!r} gives {line!r}", rf"\r*\n{line}\r*\n")
    shell.type("part" + ctrl("D"))
    shell.shows("what there is of a line", "partpart")
    shell.type(ctrl("D"))
    shell.shows("Ctrl-D ends cat", PROMPT)


def check_signals(shell: Shell) -> None:
    """Keys that send signals; all keys behind them come at once, hence before the shell reads."""
    for key, status in ((ctrl("C"), 130), ("\x1c", 131)):
        shell.start_cat()
        shell.type("half" + key + "echo ahead $?\r")
        shell.shows("the key", rf"half\^{chr(ord(key) ^ 0x40)}".replace("\\^\\", "\\^\\\\"))
        shell.shows("the line that was typed ahead", rf"\nahead {status}\r*\n")
        shell.shows("the prompt", PROMPT)
    shell.start_cat()
    shell.type(ctrl("Z"))
    shell.shows("Ctrl-Z stops cat", r"Stopped  cat\r*\n")
    shell.type("fg\r")
    shell.shows("cat is in the foreground", r"\ncat\r*\n")
    shell.type("again\r")
    shell.shows("cat goes on", r"again\r*\nagain\r*\n")
    shell.type(ctrl("D"))
    shell.shows("Ctrl-D ends cat", PROMPT)


def check_background(shell: Shell) -> None:
    """Who reads in the background is stopped, and loses nothing to the shell."""
    shell.type("cat &\r")
    shell.shows("the job", r"\[1\] \d+\r*\n")
    shell.type("sleep 0.3; jobs\r")
    shell.shows("it is stopped", r"\[1\] \+ Stopped  cat")
    shell.type("fg\r")
    shell.shows("the foreground", r"\ncat\r*\n")
    shell.type("mine\r")
    shell.shows("cat reads", r"mine\r*\nmine\r*\n")
    shell.type(ctrl("C"))
    shell.shows("Ctrl-C ends cat", PROMPT)


def check_flood(shell: Shell) -> None:
    """A Ctrl-C is heard in the middle of much output."""
    shell.type("while true; do cat /bin/sh; done >/dev/tty\r")
    shell.shows("output", "ELF")
    shell.type(ctrl("C"))
    shell.type("\recho over\r")
    shell.shows("the shell is back", r"\nover\r*\n")


def check_log(checks: Checks) -> None:
    """A terminal server that is killed is told of, and followed by another."""
    done = Program(KILLER).run()
    checks.equal(f"a new server serves: {done.stderr!r}", done.returncode, 0)
    log = (config.from_environment().out / "kernel.log").read_text(errors="replace")
    checks.true("the log names who died", "init: servers/tty (pid " in log)


def main() -> None:
    checks = Checks()
    shell = Shell(checks)
    check_lines(shell)
    check_signals(shell)
    check_background(shell)
    check_flood(shell)
    shell.type("exit\r")
    checks.true("the shell ends", shell.ends())
    check_log(checks)
    checks.finish()


if __name__ == "__main__":
    main()
