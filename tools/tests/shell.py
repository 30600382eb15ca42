# SPDX-License-Identifier: MIT
"""Proves: the shell and the programs it is used with do what the host's /bin/sh and its programs
do. One script of many cases runs here and there; output and status of each must be the same to
the byte. Cases are written by hand (lib/shell.txt) or put together at random from pieces of
quoting, expansion and file names. What the host cannot tell (messages, usage, hexdump) is checked
by itself.

timeout: 240
suite: test
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg  # noqa: E402

WRITTEN = Path(__file__).parent / "lib/shell.txt"
SEED = int(os.environ.get("SEED", "1"))
RANDOM_CASES = 150

PIECES = (
    "a", "'b c'", '"d e"', "\\ ", '"$x"', "$x", "'$x'", '"\\$x"', '"a\\b"', "'a\\b'", '"\\\\"',
    "\\\\", '""', "''", '"*"', "*", "\\*", "?", "[fg]1", "'['ab]", "f*", "sub/*", "*/g*",
    "$(printf 'p q')", "`printf 'p q'`", '"$(printf "p  q")"', '"${x}"', "${y:-d e}",
    "${y-'d e'}", '"${y:-d  e}"', "${#x}", "$((1+2*3))", '"$((n*n))"', "$#", "$1", "${x%2*}",
    "${x#*1}", "${e:+no}", "${x:+yes}", "$e", '"$e"', "$u", "\"`printf 'p  q'`\"", "$(false)$?",
    ".*", "[!f]*", "[a-f]*", "\"'\"", "'\"'", "\\'", '\\"', "#b", '"$"', "~x", "=", "x=1",
    "a\\\nb")
ALONE = ('"$@"', "$@", '"$*"', "$*", "$")  # dash joins these with their neighbours in its own way

BEGIN = """mkdir battery battery/sub; cd battery
for file in f1 f2 g1 .hid sub/g2 sub/h 'a b'; do echo $file > "$file"; done
read v < f1; { read w; echo "$v $w"; } < f2
"""
CASE = """echo '== {number}'
(
set -- one 'two  three' last
x=' 1  2 ' e= n=7
{case}
)
echo "[$?]"
"""


def random_cases(chance: random.Random) -> list[str]:
    """Commands that show their arguments."""
    cases = []
    for _ in range(RANDOM_CASES):
        words = ""
        for _ in range(chance.randint(1, 4)):
            alone = chance.random() < len(ALONE) / (len(ALONE) + len(PIECES))
            words += f" {chance.choice(ALONE)} " if alone else \
                chance.choice(PIECES) + chance.choice(("", "", " "))
        cases.append(f"printf '<%s>' {words}; echo \" $?\"")
    return cases


def check_battery(checks: Checks) -> None:
    """The script, here and there."""
    written = [case.strip("\n") for case in WRITTEN.read_text().split("\n%%\n")]
    cases = written + random_cases(random.Random(SEED))
    script = BEGIN + "".join(CASE.format(number=number, case=case)
                             for number, case in enumerate(cases)) + "exit 7\n"
    with tempfile.TemporaryDirectory(prefix="mg test ") as folder:
        theirs = subprocess.run(["/bin/sh"], input=script.encode(), cwd=folder, check=False,
                                capture_output=True, env={"PATH": "/bin:/usr/bin", "LC_ALL": "C"})
    ours = mg("run", stdin=b"cd /tmp\n" + script.encode())
    checks.equal("status of the host's shell", theirs.returncode, 7)
    checks.equal(f"status: {ours.stderr[-800:]!r}", ours.returncode, 7)
    expected, seen = theirs.stdout.split(b"== "), ours.stdout.split(b"== ")
    checks.equal("cases here and there", len(seen), len(expected))
    checks.equal("cases", len(expected), len(cases) + 1)
    for number, case in enumerate(cases):
        if number + 1 < min(len(seen), len(expected)):
            checks.equal(f"case {case!r}", seen[number + 1], expected[number + 1])


MESSAGES = (
    ("nosuch", 127, b"sh: nosuch: not found"),
    ("/etc-no/such", 127, b"sh: /etc-no/such: not found"),
    ("echo x > /tmp/plain; /tmp/plain", 126, b"sh: /tmp/plain: Permission denied"),
    ("/tmp", 126, b"sh: /tmp: Permission denied"),
    ("cat < /nosuch", 2, b"sh: cannot open /nosuch: No such file or directory"),
    ("cd /nosuch", 1, b"sh: cd: /nosuch: No such file or directory"),
    ("cat /nosuch", 1, b"cat: /nosuch: No such file or directory"),
    ("echo 'a", 2, b"sh: syntax error: a quotation or bracket has no end"),
    ("echo a; )", 2, b"sh: syntax error: unexpected )"),
    ("if true; then", 2, b"sh: syntax error: unexpected end of input"),
    ("; echo", 2, b"sh: syntax error: unexpected ;"),
    ("sh /nosuch", 127, b"sh: /nosuch: No such file or directory"),
    ("fg", 2, b"sh: fg: %%: no such job"),
    ("sh -u -c 'echo 1 > /sys/kernel/mm/ksm/run'", 2, b"ksm/run: Permission denied"),
    ("sh -u -c 'cat /proc/1/maps'", 1, b"cat: /proc/1/maps: Permission denied"),
    ("sh -u -c 'sh -c \"rm /bin/ls; true\"'", 0, b"rm: /bin/ls: Operation not permitted"),
    ("sh -u -c 'cat /sys/kernel/mm/ksm/run /proc/self/maps'", 0, b""),
    ("sh -c 'kill -SEGV $$'", 139, b"Segmentation fault"),
    ("echo $((1/0))", 2, b"division by zero"),
    ("rm /nosuch", 1, b"rm: /nosuch: No such file or directory"),
    ("rm -f /nosuch", 0, b""),
    ("rm /tmp", 1, b"rm: /tmp: Is a directory"),
    ("rmdir /", 1, b"rmdir: /: "),
    ("mkdir /tmp", 1, b"mkdir: /tmp: File exists"),
    ("mv /nosuch /tmp", 1, b"No such file or directory"),
    ("cp /tmp /tmp/x", 1, b"/tmp"),
    ("ln /nosuch /tmp/l", 1, b"No such file or directory"),
    ("ln -s /bin/ls /tmp/l && ln /bin/ls /tmp/l", 1, b"File exists"),
    ("rm /tmp/l && ln /tmp /tmp/l", 1, b"Operation not permitted"),
    ("kill 99999", 1, b"kill: 99999: No such process"),
    ("grep '[a' /nosuch", 2, b"grep: "),
    ("time sh -c 'exit 3'", 3, b"real "),
    ("time /nosuch", 127, b"time: /nosuch: No such file or directory"),
    ("ls /nosuch", 1, b"ls: /nosuch: No such file or directory"),
)
USAGE = ("ls -q", "cat -q", "cp a", "mv a", "rm", "mkdir", "rmdir", "wc -q", "grep", "head -n x",
         "tail -n x", "hexdump -q", "/bin/kill", "sleep", "sleep x", "time", "stress -p 0", "touch",
         "printf", "ln a", "free -m", "ps aux", "pagemap abc", "pagemap 1x", "pagemap",
         "demo nofile", "memmap x", "memmap -n 0", "ksmstat x")

HEXDUMP = b"""00000000  00 01 02 41 42 43 7f 80  ff 0a 20 7e 30 31 32 33  |...ABC.... ~0123|
00000010  61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|
*
00000040  65 6e 64                                          |end|
00000043
"""
DUMPED = f"printf '\\000\\001\\002ABC\\177\\200\\377\\n ~0123{48 * 'a'}end'"


def check_messages(checks: Checks) -> None:
    """What is said when something is wrong, each in a shell of its own, in one guest."""
    commands = MESSAGES + tuple((command, 2, b"usage: ") for command in USAGE)
    script = ""
    for command, _, _ in commands:
        quoted = command.replace("'", "'\\''")
        script += f"sh -c '{quoted}' > /tmp/out 2> /tmp/said; echo \"== $?\"; cat /tmp/said\n"
    script += f"echo '== x'; {DUMPED} | hexdump -C; stress -p 2 -m 1 -t 1; echo $?\n"
    done = mg("run", stdin=script.encode())
    parts = done.stdout.split(b"== ")[1:]
    checks.equal("answers", len(parts), len(commands) + 1)
    for (command, status, words), part in zip(commands, parts):
        seen, _, said = part.partition(b"\n")
        checks.equal(f"status of {command}: {said!r}", seen, str(status).encode())
        checks.true(f"{command} says {words!r}: {said!r}", words in said)
        if status != 2 and not command.startswith("time"):
            checks.equal(f"lines that {command} says", said.count(b"\n"), int(bool(words)))
    checks.true(f"hexdump: {parts[-1]!r}", HEXDUMP in parts[-1])
    checks.true("stress", parts[-1].endswith(b"all pages held what was written\n0\n"))


def main() -> None:
    checks = Checks()
    check_battery(checks)
    check_messages(checks)
    checks.finish()


if __name__ == "__main__":
    main()
