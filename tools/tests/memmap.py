# SPDX-License-Identifier: MIT
"""Proves: memmap and ksmstat show what the kernel counts. A program merges pages, shares some by
fork, stops the scanners and runs both; every letter of the map, frame by frame, is as often there
as the kernel says. -w paints anew until a key is pressed, and the terminal is then as it was
before. Who has no authority gets one sentence.

timeout: 240
suite: test
"""

from __future__ import annotations

import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, Program, mg  # noqa: E402
from two_terminals import Terminal  # noqa: E402

PAIRS, FORKED, OWN = 100, 70, 330

PROGRAM = f"""
#include <err.h>
#include <merganser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static char *pages(size_t n, int same, int advice)
{{
	char *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < n; i++) {{
		memset(p + i * PAGE, 1, PAGE);
		*(size_t *)(p + i * PAGE) = 1000 + i / (same ? 2 : 1);
	}}
	if (advice && madvise(p, n * PAGE, advice))
		err(1, "madvise");
	return p;
}}

static struct kstat_pksm pksm(void)
{{
	struct kstat_pksm st;

	if (mg_kstat(KSTAT_PKSM, &st, sizeof(st)) != sizeof(st))
		err(1, "kstat");
	return st;
}}

/* A child that has the memory of its parent, and none of its own, until the pipe is closed. */
static pid_t sharer(int ends[2])
{{
	char byte;
	pid_t pid;

	if (pipe(ends) || (pid = fork()) < 0)
		err(1, "fork");
	if (pid)
		return pid;
	close(ends[1]);
	_exit(read(ends[0], &byte, 1) != 0);
}}

int main(void)
{{
	int ends[2];
	pid_t pid;

	setbuf(stdout, NULL);
	prctl(PR_SET_MEMORY_MERGE, 0);
	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_N, 0);
	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_SLEEP_MILLISECS, 0);
	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 1);
	pages({2 * PAIRS}, 1, MADV_MERGEABLE);
	while (pksm().pages_shared < {PAIRS})
		usleep(10000);
	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 0);
	mg_kctl(KCTL_DRAIN, 0, 0);
	pages({FORKED}, 0, 0);
	pid = sharer(ends);
	pages({OWN}, 0, 0);
	printf("shared %lu sharing %lu merges %lu\\n", pksm().pages_shared, pksm().pages_sharing,
	       pksm().merges);
	fflush(stdout);
	system("memmap -n 1; echo status $?; ksmstat; echo status $?; memmap; echo status $?");
	printf("shared %lu sharing %lu merges %lu\\n", pksm().pages_shared, pksm().pages_sharing,
	       pksm().merges);
	close(ends[1]);
	waitpid(pid, NULL, 0);
	system("memmap | grep by | head -n 1");
	syscall(SYS_handle_close, HANDLE_KCAP);
	system("(memmap; echo status $?; ksmstat; echo status $?) 2>&1 | cat");
	return 0;
}}
"""

ROW = re.compile(r"^[0-9a-f]{10}  (\S+)$", re.M)
ENTRY = re.compile(r"(\S) +(\d+) (\S(?:.{0,7}\S)?) *(?= \S +\d+ |$)")
COUNTS = re.compile(r"^shared (\d+) sharing (\d+) merges (\d+)$", re.M)


def legend_of(picture: str) -> dict[str, tuple[int, str]]:
    """What is said of each letter: how many frames, and what it stands for."""
    lines = [line for line in picture.splitlines()[1:] if not ROW.match(line)]
    return {letter: (int(frames), name.strip())
            for line in lines for letter, frames, name in ENTRY.findall(line)}


def check_map(checks: Checks, picture: str, merged: int) -> None:
    """A map of single frames: letters, legend and the kernel agree."""
    seen = collections.Counter("".join(ROW.findall(picture)))
    legend = legend_of(picture)
    total = int(picture.split(None, 1)[0])
    checks.equal("cells", sum(seen.values()), total)
    checks.equal("merged frames in the map", seen["M"], merged)
    checks.equal("merged frames in the legend", legend.get("M"), (merged, "merged"))
    checks.equal("frames in the legend", {letter: frames for letter, (frames, _) in legend.items()
                                          if frames}, dict(seen))
    checks.true(f"shared by fork: {seen['S']}", seen["S"] >= FORKED)
    own = [frames for frames, name in legend.values() if name == "prog"]
    checks.true(f"the program's own frames: {own}", own and OWN <= max(own) < OWN + 60)
    for letter in ".KTF#":
        checks.true(f"some {letter}: {seen[letter]}", seen[letter] > 10)


def figures_of(table: str) -> dict[str, list[str]]:
    """What ksmstat says of a figure: PKSM's, KSM's, the unit."""
    rows = [line.split() for line in table.splitlines()]
    return {row[0]: row[1:4] for row in rows if len(row) >= 3}


def check_pictures(checks: Checks) -> None:
    """Both programs, once each."""
    done = Program(PROGRAM).run()
    said = done.stdout.decode(errors="replace")
    checks.equal(f"status: {done.stderr[-500:]!r}", done.returncode, 0)
    parts = re.split(r"^status (\d+)\n", said, flags=re.M)
    counts = COUNTS.findall(said)
    if len(parts) != 11 or len(counts) != 2:
        checks.equal(f"answers in {said[-3000:]}", (len(parts), len(counts)), (11, 2))
        return
    checks.equal("the counters before and after", counts[0], counts[1])
    checks.equal("status of each", parts[1::2], ["0", "0", "0", "1", "1"])
    shared, sharing, merges = counts[0]
    checks.true(f"merged frames: {shared}", int(shared) >= PAIRS)
    check_map(checks, parts[0].split("\n", 1)[1], int(shared))
    figures = figures_of(parts[2])
    for name, value, unit in (("pages_shared", shared, "frames"), ("merges", merges, "pages"),
                              ("pages_sharing", sharing, "pages")):
        checks.equal(name, figures.get(name), [value, "0", unit])
    checks.equal("run", figures.get("run"), ["stopped", "stopped"])
    rate, seconds = figures["merge_rate"][0], re.search(r"([\d.]+) s after boot", parts[2])
    exact = seconds and int(merges) / float(seconds[1])
    checks.true(f"merge_rate {rate}, computed {exact}",
                exact and abs(float(rate) - exact) <= 0.01 * exact + 0.1)
    checks.equal("volatile pages", figures["pages_volatile"][0], "-")
    rows = ROW.findall(parts[4])
    checks.true(f"a picture for a window: {len(rows)} rows", 4 < len(rows) <= 16)
    checks.true("it shows merged frames", "M" in "".join(rows))
    checks.equal("and says how many", legend_of(parts[4])["M"][0], int(shared))
    checks.true(f"nothing like so many are shared when the child has gone: {parts[6]!r}",
                legend_of("\n" + parts[6].split("\n", 1)[1])["S"][0] < FORKED)
    for part, program in ((parts[6].splitlines()[-1], "memmap"), (parts[8], "ksmstat")):
        checks.equal(f"sentences of {program}", part.count("\n"), int(program == "ksmstat"))
        checks.true(f"why {program} has nothing to show: {part!r}",
                    part.startswith(f"{program}: no authority to ask the kernel"))


def check_live(checks: Checks) -> None:
    """-w on a terminal; keys end it and nothing else is left of them."""
    shell = Terminal("tools/mg", "run")
    checks.true("the prompt", shell.wait_for(r"merganser:/\$ "))
    for command, picture, key in (
            ("memmap -w 0.2", r"\x1b\[H\d+ frames of 4 KiB", "q"),
            ("ksmstat -w 0.2", r"\x1b\[H +pksm +ksm  unit +[\d.]+ s after boot", "\x03")):
        shell.type(command + "; echo $?; cat\r")
        for n in range(3):
            checks.true(f"{command}: picture {n}", shell.wait_for(picture))
        shell.type(key)
        checks.true(f"{command}: {key!r} ends it", shell.wait_for(r"\x1b\[\?25h0\r*\n"))
        shell.type("wrongx\x7fly\r")
        checks.true("a line is edited as before",
                    shell.wait_for(r"wrongx[\b ]+ly\r*\nwrongly\r*\n"))
        shell.type("\x04")
        checks.true("the prompt", shell.wait_for(r"merganser:/\$ "))
    shell.type("exit\r")
    checks.true("the shell ends", shell.ends())


def check_usage(checks: Checks) -> None:
    """What is refused, and what help names."""
    done = mg("run", stdin=b"for x in 'memmap -n 0' 'memmap -w 0' 'memmap x' 'ksmstat -q'; do\n"
              b"$x 2>&1 | tail -n 1; done; help\n")
    said = done.stdout.decode()
    checks.equal(f"usage in {said!r}", said.count("usage: "), 4)
    checks.true("help names both", "memmap -w" in said and "ksmstat -w" in said)


def main() -> None:
    checks = Checks()
    check_pictures(checks)
    check_live(checks)
    check_usage(checks)
    checks.finish()


if __name__ == "__main__":
    main()
