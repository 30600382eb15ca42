# SPDX-License-Identifier: MIT
"""Proves what a user at the shell's prompt meets: editing and history keys, a prompt that names the
directory, Ctrl-C that drops a line, lines that go on, jobs in the background that are stopped,
continued and killed, Ctrl-D that leaves.

timeout: 120
suite: test
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks  # noqa: E402
from two_terminals import Terminal  # noqa: E402

PROMPT = r"merganser:/[a-z]*\$ "
UP, DOWN, RIGHT, LEFT = (f"\x1b[{letter}" for letter in "ABCD")
HOME, END, DELETE, BACKSPACE = "\x1b[H", "\x1b[4~", "\x1b[3~", "\x7f"


def ctrl(letter: str) -> str:
    return chr(ord(letter) & 0x1f)


EDITED = (
    ("echo acb" + LEFT + LEFT + DELETE + RIGHT + "c", "abc"),
    ("cho one" + HOME + "e" + END + " two", "one two"),
    ("xecho start" + 2 * ctrl("A") + DELETE + ctrl("E") + " end", "start end"),
    ("echo wrongx" + BACKSPACE + "ly", "wrongly"),
    ("nonsense" + ctrl("U") + "echo killed", "killed"),
    ("echo kept lost" + 5 * LEFT + ctrl("K"), "kept"),
    ("echo a word  gone" + ctrl("W") + "here", "a word here"),
    ("echo dropped" + ctrl("C") + "echo after", "after"),
    ("echo after" + UP + UP, "a word here"),
    (UP + UP + DOWN + " again", "a word here again"),
)


def check_editing(checks: Checks, shell: Terminal) -> None:
    """What was typed, and what the command then prints on a line of its own."""
    for keys, printed in EDITED:
        shell.type(keys + "\r")
        checks.true(f"{keys!r} prints {printed!r}", shell.wait_for(rf"\n{printed}\r*\n"))
        checks.true("the prompt", shell.wait_for(PROMPT))
    shell.type("cd /tmp\r")
    checks.true("a prompt with the directory", shell.wait_for(r"merganser:/tmp\$ "))
    shell.type("echo 'two\r")
    checks.true("a prompt for the rest", shell.wait_for(r"\n?\r> "))
    shell.type("lines'\r")
    checks.true("both lines", shell.wait_for(r"\ntwo\r*\nlines"))
    checks.true("the prompt", shell.wait_for(PROMPT))


def check_jobs(checks: Checks, shell: Terminal) -> None:
    """A job by its number."""
    for command, answer in (
            ("sleep 1000 | cat &", r"\n\[1\] \d+\r*\n"),
            ("jobs", r"\[1\] \+ Running  sleep 1000 \| cat\r*\n"),
            ("kill -STOP %1; sleep 0.3; jobs", r"\[1\] \+ Stopped  sleep 1000 \| cat\r*\n"),
            ("bg", r"\[1\] \+ Running  sleep 1000 \| cat\r*\n"),
            ("kill -TERM %1; sleep 0.3", r"\[1\] \+ Failed  sleep 1000 \| cat\r*\n"),
            ("jobs; echo none", r"\nnone\r*\n"),
            ("sh -c 'kill -STOP $$; exit 3'", r"\[1\] \+ Stopped  sh -c"),
            ("echo status $?", r"\nstatus 147\r*\n"),
            ("fg; echo status $?", r"\nstatus 3\r*\n"),
            ("sh -c 'exit 4' & wait $!; echo status $?", r"\nstatus 4\r*\n")):
        shell.type(command + "\r")
        checks.true(f"{command} shows {answer}", shell.wait_for(answer))


def main() -> None:
    checks = Checks()
    shell = Terminal("tools/mg", "run")
    checks.true("the prompt", shell.wait_for(PROMPT))
    check_editing(checks, shell)
    check_jobs(checks, shell)
    shell.type(ctrl("D"))
    checks.true("Ctrl-D leaves", shell.ends())
    checks.finish()


if __name__ == "__main__":
    main()
