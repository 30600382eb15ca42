# SPDX-License-Identifier: MIT
"""The command table: which file holds a command, and what `help` says about it."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys

from mglib.config import MgError, VARIABLES

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "[--iso]: boot headless, run the main story on INPUT, check all it claims"),
    "test": ("testing", "[GLOB] [--seed N] [-s CPUS]: the suite, or the tests whose name matches"),
    "check": ("testing", "the quick set of tests, within two minutes"),
    "test-all": ("testing", "every test on every machine: the nightly run"),
    "run": ("run", "boot to the shell on this terminal; Ctrl-A X leaves; GUI=1 opens a window"),
    "exec": ("execute", "[-I DIR] [-D NAME=V] [--file F] [-e NAME=V] prog.c... [-- ARGS]: run C"),
    "debug": ("debug", "boot stopped, waiting for GDB on a free port"),
    "gdb": ("debug", "attach GDB, with the package loaded, to what `debug` started"),
    "bench": ("bench", "[GLOB] [--against REV]: costs in guest instructions, beside limits"),
    "compare": ("compare", "the scanners at the same work (WORK=name|all): tables, plots"),
    "iso": ("iso", "build the GRUB image that boots under a BIOS and under UEFI"),
    "story": ("story", "print the story path, mm/story.list, as one booklet"),
    "loc": ("loc", "how large each folder is, how its functions are cut; the story path's budget"),
    "locks": ("locks", "the order of the locks, outer to inner, as the checker loads it"),
    "models": ("models", "[MODEL[/TRAP]]: search the models of tools/models with Spin"),
    "fuzz": ("fuzz", "[NAME...] [--seconds S] [--corpus]: the parsers of bytes from outside"),
    "mutate": ("mutate", "[PATH...] [--n N] [--seed S]: slips in mm/, and which no test sees"),
    "lint": ("lint", "[RULE...]: sixteen conventions; CONTRIBUTING.md lists them"),
    "doctor": ("doctor", "every tool: found, needed"),
}


# Commands that take so many words at most; the others look at theirs themselves.
MOST_WORDS = {"run": 0, "iso": 0, "story": 0, "loc": 0, "locks": 0, "models": 1, "doctor": 0}


def print_help() -> int:
    """The command table and the variables, with their present values."""
    print("tools/mg COMMAND (or `make COMMAND`, all but exec):\n")
    for name, (_, text) in COMMANDS.items():
        print(f"  {name:9} {text}")
    print("\nVariables (make VAR=value, or in the environment):\n")
    for name, (default, text) in VARIABLES.items():
        print(f"  {name:9} {text} [{os.environ.get(name, default)}]")
    return 0


def take_variables(argv: list[str]) -> list[str]:
    """Moves `NAME=value` arguments ahead of `--` into the environment, as make would.

    What follows -D or -e is a macro or a variable of the guest, whatever its name.
    """
    rest: list[str] = []
    for i, arg in enumerate(argv):
        if arg == "--":
            return rest + argv[i:]
        name, equals, value = arg.partition("=")
        if equals and name in VARIABLES and argv[max(i - 1, 0)] not in ("-D", "-e"):
            os.environ[name] = value
        else:
            rest.append(arg)
    return rest


def stop_on_signals() -> None:
    """Turns the signals that end a program into an exception, so that no QEMU stays behind.

    The first one counts: another must not end what mg does at its end.
    """
    numbers = (signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, _frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in numbers:
        signal.signal(number, stop)


def keep_descriptors() -> None:
    """Keeps what we open off the numbers 0, 1 and 2 if the caller has closed them.

    Standard input is empty then, and writing to the others an error, as it would be without.
    """
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def words_of(command: str, argv: list[str]) -> list[str]:
    """The command's own words; refuses those that it would not look at."""
    words = take_variables(argv)
    most = MOST_WORDS.get(command, len(words))
    if len(words) > most:
        raise MgError(f"{command} does not know '{words[most]}'")
    return words


def host_error(error: BaseException) -> str:
    """What the host refused, in a sentence."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def main(argv: list[str]) -> int:
    """Runs one command; returns the exit status."""
    keep_descriptors()
    if not argv or argv[0] in ("help", "-h", "--help"):
        return print_help()
    if argv[0] not in COMMANDS:
        print(f"mg: no command '{argv[0]}': `tools/mg help` lists them", file=sys.stderr)
        return 2
    stop_on_signals()
    try:
        module = importlib.import_module(f"mglib.{COMMANDS[argv[0]][0]}")
        return module.main(argv[0], words_of(argv[0], argv[1:]))
    except MgError as error:
        print(f"mg: {error}", file=sys.stderr)
        return error.status
    except (OSError, ValueError, OverflowError, subprocess.SubprocessError) as error:
        print(f"mg: {host_error(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nmg: interrupted", file=sys.stderr)
        return 130
