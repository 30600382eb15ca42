# SPDX-License-Identifier: MIT
"""Proves that who boots the ISO in a window sees Merganser and can use it: the first words of the
kernel and the shell's prompt stand on the screen, keys reach the shell, and a processor that is
refused, or a panic, is told of there too. The window is QEMU's; a screenshot and the keys go
through its monitor.

timeout: 240
suite: test
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, mg  # noqa: E402

from mglib import live  # noqa: E402
from mglib.config import from_environment  # noqa: E402

COLUMNS, ROWS = 80, 25
PATIENCE = 200
KEYS = {" ": "spc", "\n": "ret", "-": "minus", "/": "slash", ".": "dot", "$": "shift-4",
        "(": "shift-9", ")": "shift-0", "*": "shift-8", "\b": "backspace", "'": "apostrophe"}


class Window:
    """The ISO in a QEMU with a screen, whose monitor is ours."""

    def __init__(self, *options: str) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="mg-window-")
        path = Path(self.folder.name) / "monitor"
        image = from_environment().out / "merganser.iso"
        program = ["qemu-system-x86_64", *options, "-display", "none", "-serial", "null",
                   "-qmp", f"unix:{path},server=on,wait=off", "-m", "512M"]
        self.process = live.start([*live.leash(), *(word.replace("IMAGE", str(image))
                                                   for word in program)],
                                  stdin=subprocess.DEVNULL)
        while not path.exists() and self.process.poll() is None:
            time.sleep(0.1)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.monitor = self.socket.makefile("rw")
        self.monitor.readline()  # its greeting
        self.ask({"execute": "qmp_capabilities"})

    def ask(self, request: dict) -> None:
        """Sends a request and waits until it is answered; what happens meanwhile is passed over."""
        self.monitor.write(json.dumps(request) + "\n")
        self.monitor.flush()
        for line in self.monitor:
            if "return" in line or "error" in line:
                return

    def tell(self, command: str) -> None:
        """A command as one would type it into the monitor."""
        self.ask({"execute": "human-monitor-command", "arguments": {"command-line": command}})

    def dump(self, command: str) -> bytes:
        """The file that a command of the monitor writes."""
        path = Path(self.folder.name) / "dump"
        self.tell(command.format(path))
        return path.read_bytes()

    def text(self) -> list[str]:
        """The rows of the screen, from its memory."""
        cells = self.dump(f"pmemsave 0xb8000 {2 * COLUMNS * ROWS} \"{{}}\"")[::2]
        shown = "".join(chr(c) if 32 <= c < 127 else " " for c in cells)
        return [shown[row * COLUMNS:(row + 1) * COLUMNS].rstrip() for row in range(ROWS)]

    def shows(self, pattern: str) -> bool:
        """Whether a row of the screen comes to match."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if any(re.search(pattern, row) for row in self.text()):
                return True
            time.sleep(0.3)
        print("\n".join(self.text()) if self.process.poll() is None else "QEMU has ended")
        return False

    def type(self, keys: str) -> None:
        for key in keys:
            name = KEYS.get(key) or (f"shift-{key.lower()}" if key.isupper() else key)
            self.tell(f"sendkey {name} 20")
            time.sleep(0.05)  # the controller keeps sixteen numbers

    def end(self) -> None:
        live.end(self.process)
        self.socket.close()
        self.folder.cleanup()


def lit_cells(picture: bytes) -> list[list[bool]]:
    """Which cells of a screenshot (PPM) show anything."""
    match = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", picture)
    assert match
    width, height = int(match[1]), int(match[2])
    pixels, wide, high = picture[match.end():], width // COLUMNS, height // ROWS
    rows = [pixels[3 * width * y:3 * width * (y + 1)] for y in range(height)]
    return [[any(any(rows[row * high + y][3 * wide * column:3 * wide * (column + 1)])
                 for y in range(high - 4))  # below lies the cursor
             for column in range(COLUMNS)] for row in range(ROWS)]


def check_picture(checks: Checks, window: Window) -> None:
    """The screenshot is lit where the text is, and nowhere else; the prompt is in it."""
    text, lit = window.text(), lit_cells(window.dump("screendump {}"))
    checks.true("the prompt stands in the last row with text",
                [row for row in text if row][-1].startswith("merganser:/$"))
    for row, (line, cells) in enumerate(zip(text, lit)):
        checks.equal(f"row {row} of the screenshot, '{line}'",
                     "".join("x" if cell else " " for cell in cells).rstrip(),
                     re.sub(r"[^ ]", "x", line))


def check_shell(checks: Checks) -> None:
    """The shell in the window, as its user meets it."""
    window = Window("-cdrom", "IMAGE", "-cpu", "max")
    checks.true("the kernel's first words", window.shows("Merganser boots: RAM ends"))
    checks.true("the prompt", window.shows(r"^merganser:/\$"))
    check_picture(checks, window)
    window.type("echo Keys $((40-2*2)) 'x-Yz'\b\b\b'.\n")
    checks.true("keys reach the shell", window.shows(r"^Keys 36 x-\."))
    window.tell("sendkey up")
    window.type("\n")
    checks.true("the arrow brings it again",
                window.shows(r"^merganser:/\$ echo Keys") and
                sum(row == "Keys 36 x-." for row in window.text()) == 2)
    window.type("ls -l /bin\n")
    window.type("echo still here\n")
    checks.true("a screen that is full rolls up", window.shows("^still here"))
    window.end()


def check_refusals(checks: Checks) -> None:
    """What the machine says where it does not get far enough for a shell."""
    for cpu, words in (("qemu32", "This CPU has no 64-bit mode"), ("qemu64", "This CPU lacks")):
        window = Window("-hda", "IMAGE", "-cpu", cpu)
        checks.true(f"-cpu {cpu} is refused", window.shows(words))
        window.end()


def main() -> None:
    checks = Checks()
    checks.equal("mg iso", mg("iso").returncode, 0)
    check_shell(checks)
    check_refusals(checks)
    checks.finish()


if __name__ == "__main__":
    main()
