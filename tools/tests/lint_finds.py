# SPDX-License-Identifier: MIT
"""Proves that every check of `mg lint` can fail, and is content with a tree that is in order."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks  # noqa: E402

from mglib import floors, lint, story  # noqa: E402

SPDX = "/* SPDX-License-Identifier: MIT */\n"
THEORY = "/*\n" + " * theory\n" * 20 + " */\n"

GOOD = {
    "tools/floors": "kernel/lib\nkernel/core\nmm/frame\nmm/space mm/rmap\n",
    "kernel/lib/list.h": SPDX + "/* Takes two; never sleeps. */\nint take(int a, int b);\n",
    "kernel/lib/list.c": SPDX + "int take(int a, int b)\n{\n\treturn a + b;\n}\n",
    "mm/frame/buddy.c": SPDX + THEORY + '#include "kernel/lib/list.h"\n',
    "mm/story.list": "kernel/lib/list.c:take\n",
}

# Check, file, its text, words of the finding.
BAD = (
    ("spdx", "kernel/lib/a.c", "int a;\n", "kernel/lib/a.c:1: no SPDX"),
    ("lengths", "kernel/lib/a.c", SPDX + "void f(void)\n{\n" + "\tg();\n" * 90 + "}\n",
     "kernel/lib/a.c:2: f() has 93 lines"),
    ("lengths", "kernel/lib/a.c", SPDX + "/* */\n" * 600, "601 lines"),
    ("contracts", "kernel/lib/a.h", SPDX + "\nint f(void);\n", "kernel/lib/a.h:3: no contract"),
    ("contracts", "kernel/lib/a.h",
     SPDX + "\nstatic inline int f(int a)\n{\n\ta++;\n\ta++;\n\ta++;\n\treturn a;\n}\n",
     "kernel/lib/a.h:3: no contract"),
    ("contracts", "kernel/lib/a.h", SPDX + "/*\n" + " * x\n" * 9 + " */\nint f(void);\n",
     "more than"),
    ("theory", "mm/frame/a.c", SPDX + "/* short */\nint a;\n", "theory statement of 1 lines"),
    ("theory", "mm/frame/a.c", SPDX + "int a;\n", "theory statement of 0 lines"),
    ("words", "kernel/lib/a.c", SPDX + "/* TODO */\n", "a TODO without"),
    ("words", "kernel/lib/a.c", SPDX + 'void f(void)\n{\n\t__asm__("cli");\n}\n',
     "inline assembly"),
    ("format", "kernel/lib/a.c", SPDX + "int  a;\n", "kernel/lib/a.c:2: not as clang-format"),
    ("story", "mm/story.list", "kernel/lib/list.c:nothing\n", "names nothing in"),
    ("includes", "kernel/lib/a.c", SPDX + '#include "mm/frame/page.h"\n',
     "kernel/lib/a.c:2: includes mm/frame/page.h, but kernel/lib stands below mm/frame"),
    ("includes", "kernel/odd/a.c", SPDX, "on no floor"),
)


def findings(check: str, tree: dict[str, str]) -> str:
    """What a check says about a tree."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, text in tree.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        style = Path(lint.__file__).resolve().parents[2] / ".clang-format"
        (root / ".clang-format").write_text(style.read_text())
        for module in (lint, floors, story):
            module.ROOT = root
        floors.house.cache_clear()
        work = floors.includes if check == "includes" else getattr(lint, f"check_{check}")
        return "\n".join(work())


def check_references(checks: Checks) -> None:
    """A call upwards is found in the symbol tables."""
    defined = {"up": "mm/frame/a.c", "down": "kernel/lib/a.c"}
    wanted = [("kernel/lib/b.c", "up"), ("mm/frame/b.c", "down"), ("kernel/lib/b.c", "__ubsan_x")]
    found = [(user, symbol) for user, symbol in wanted
             if symbol in defined and floors.climbs(user, defined[symbol])]
    checks.equal("calls upwards", found, [("kernel/lib/b.c", "up")])
    checks.equal("one line, both ways", (floors.climbs("mm/rmap/a.c", "mm/space/a.c"),
                                         floors.climbs("mm/space/a.c", "mm/rmap/a.c")), ("", ""))


def main() -> None:
    checks = Checks()
    for check in sorted({check for check, *_ in BAD}):
        checks.equal(f"{check} on a tree in order", findings(check, GOOD), "")
    for check, path, text, words in BAD:
        found = findings(check, {**GOOD, path: text})
        checks.true(f"{check}: '{words}' in {found!r}", words in found)
    check_references(checks)
    checks.finish()


if __name__ == "__main__":
    main()
