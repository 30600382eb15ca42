# SPDX-License-Identifier: MIT
"""Proves that the demo holds at the shell beside other processes that merge and that look at its
pages, that Ctrl-C ends it with all its processes and leaves the scanner as it was, and that twins
shows what `help` says.

timeout: 240
suite: test
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks  # noqa: E402
from two_terminals import CTRL_C, Terminal  # noqa: E402

PROMPT = r"merganser:/[a-z]*\$ "
KNOBS = ("cd /sys/kernel/mm/pksm; cat run sleep_millisecs pages_to_scan ../ksm/run > /tmp/knobs; "
         "cd /")


def check_twins(checks: Checks, shell: Terminal) -> None:
    """Two processes, each of whose pages is merged with the other's."""
    shell.type("twins -n 20 &\r")
    checks.true("twins says what it has", shell.wait_for(r"have 20 equal pages each"))
    merged = "$(pagemap $! | grep -c merged)"
    shell.type(f"until test {merged} -ge 20; do sleep 0.2; done; echo all me''rged\r")
    checks.true("all are merged", shell.wait_for("all merged"))


def check_beside(checks: Checks, shell: Terminal) -> None:
    """The demo, with twins and with looks in between."""
    shell.type("demo > /tmp/d & n=0; until grep claims /tmp/d > /tmp/k; do n=$((n + 1))\r")
    shell.type("ksmstat > /tmp/k; memmap > /tmp/k; pagemap self > /tmp/k; ps > /tmp/k; done\r")
    checks.true("it ends", shell.wait_for(PROMPT))
    shell.type("test $n -gt 3; echo look''ed $?\r")
    checks.true("it was looked at all the time", shell.wait_for(r"looked 0"))
    shell.type("wait %2; grep FALSE /tmp/d; tail -1 /tmp/d\r")
    checks.true("its claims hold", shell.wait_for(r"\nAll \d+ claims were checked and hold"))
    shell.type("demo > /tmp/d & sleep 0.5; demo; echo st''atus $?\r")
    checks.true("a second one is refused", shell.wait_for(r"another demo is under way"))
    checks.true("with status 2", shell.wait_for(r"status 2"))
    shell.type("kill $!; wait $!; echo st''atus $?\r")
    checks.true("the first is killed", shell.wait_for(r"status 143"))


def knobs(shell: Terminal) -> str:
    """The scanner's settings, as the shell shows them."""
    shell.type(f"{KNOBS}; echo writ''ten\r")
    shell.wait_for(r"\nwritten\r*\n")
    shell.type("echo kn''obs; cat /tmp/knobs; echo en''d\r")
    match = shell.wait_for(r"\nknobs\r*\n([\s\S]*?)end\r*\n")
    return match[1] if match else "none"


def check_interrupt(checks: Checks, shell: Terminal, before: str) -> None:
    """Ctrl-C in each part of the story."""
    for where in ("INPUT has", r"The scan", r"pksmd runs"):
        shell.type("demo\r")
        checks.true(where, shell.wait_for(where))
        shell.type(CTRL_C)
        checks.true("the prompt is back", shell.wait_for(PROMPT))
        shell.type("ps > /tmp/p; grep -c demo /tmp/p; echo le''ft\r")
        checks.true(f"nobody is left after '{where}'", shell.wait_for(r"\n0\r*\nleft"))
        checks.equal(f"knobs after '{where}'", knobs(shell), before)


def main() -> None:
    checks = Checks()
    shell = Terminal("tools/mg", "run")
    checks.true("the prompt", shell.wait_for(PROMPT))
    before = knobs(shell)
    check_twins(checks, shell)
    check_beside(checks, shell)
    check_interrupt(checks, shell, before)
    shell.type("kill %1; sleep 0.5; ps > /tmp/p; grep -c twins /tmp/p; echo le''ft\r")
    checks.true("no twin is left", shell.wait_for(r"\n0\r*\nleft"))
    shell.type("exit\r")
    checks.true("exit leaves", shell.ends())
    checks.finish()


if __name__ == "__main__":
    main()
