# SPDX-License-Identifier: MIT
"""Proves that every check of `mg lint` can fail, and is content with a tree that is in order."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, ROOT  # noqa: E402

from mglib import floors, lint  # noqa: E402
from mglib.rules import circles  # noqa: E402

SPDX = "/* SPDX-License-Identifier: MIT */\n"
THEORY = "/*\n" + " * theory\n" * 20 + " */\n"

GOOD = {
    "tools/floors": "kernel/lib\nkernel/core\nmm/frame\nmm/space mm/rmap\n",
    "kernel/lib/list.h": SPDX + "/* Takes two; never sleeps. */\nint take(int a, int b);\n",
    "kernel/lib/list.c": SPDX + "int take(int a, int b)\n{\n\treturn a + b;\n}\n",
    "mm/frame/buddy.c": SPDX + THEORY + '#include "kernel/lib/list.h"\n',
    "mm/story.list": "kernel/lib/list.c:take\n",
    "mm/README.md": "# Memory\n\n## 1. Frames (`frame/`)\n\n`take()` of [it](frame/buddy.c), buddy.c.\n"
                    "See \"Frames\" and [there](#memory).\n",
    "user/tests/frames.c": SPDX + "/*\n * Proves: nothing.  See mm/README.md,\n"
                           " * \"Frames\", and mm/frame/buddy.c, as in vmalloc().\n */\n",
    "tools/lint/outside.names": "vmalloc Linux\n",
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
    ("columns", "libc/src/a.c", SPDX + "/*\n *\t" + "x" * 93 + "\n */\n",
     "libc/src/a.c:3: 101 columns"),
    ("columns", "user/tests/a.c", SPDX + "int a; /* " + "x" * 90 + ' "y" */\n', ":2: 107 columns"),
    ("columns", "tools/a.py", '# "' + "x" * 99 + '"\n', "tools/a.py:1: 103 columns"),
    ("names", "kernel/lib/a.c", SPDX + "/* As mm/frame/body.c does. */\n",
     "kernel/lib/a.c:2: speaks of mm/frame/body.c, which is no file"),
    ("names", "kernel/lib/a.c", SPDX + "/*\n * As give() does. */\n",
     "kernel/lib/a.c:3: speaks of give(), which is no function"),
    ("names", "mm/README.md", "# Memory\n\n`vmalloc()` by way of `free_pages`.\n",
     "mm/README.md:3: speaks of free_pages, which is no name"),
    ("names", "user/tests/a.c", SPDX + '/*\n * Proves: it.\n * See mm/README.md, "Frames",\n * "No\n'
     ' * frames".\n */\n', 'user/tests/a.c:4: cites "No frames" of mm/README.md'),
    ("names", "kernel/lib/a.c", SPDX + '/* See "Nothing". */\n', 'cites "Nothing" of no chapter'),
    ("names", "README.md", "[a](mm/READ.md)\n", "README.md:1: links to mm/READ.md"),
    ("names", "README.md", "\n[a](mm/README.md#pages)\n", "README.md:2: links to #pages"),
    ("names", "tools/lint/outside.names", "abc Linux\nvmalloc Linux\n", ":1: nobody speaks of abc"),
    ("names", "tools/lint/outside.names", "vmalloc Linux\ntake Linux\n", ":2: take is a name of"),
)

# Files for which a line is not too wide, and who calls whom in a circle.
WIDE = {"kernel/lib/a.c": SPDX + 'char *a = "' + "x" * 99 + '";\n'}
SYMBOLS = {"fork": "mm/space/fork.c", "walk": "mm/rmap/rmap.c", "free": "mm/frame/free.c",
           "tree": "mm/merge/engine/tree.c", "node": "mm/merge/engine/node.c",
           "pass": "mm/merge/pksm/pksm.c"}
DOWN = [("mm/space/fork.c", "walk"), ("mm/rmap/rmap.c", "free"), ("mm/space/fork.c", "free"),
        ("mm/merge/pksm/pksm.c", "tree"), ("mm/merge/engine/tree.c", "node")]


def findings(check: str, tree: dict[str, str]) -> str:
    """What a check says about a tree."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, text in tree.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        style = Path(lint.__file__).resolve().parents[2] / ".clang-format"
        (root / ".clang-format").write_text(style.read_text())
        settle_in(root)
        rule = floors.includes if check == "includes" else {**lint.RULES, **lint.NAMED}[check]
        return "\n".join(rule())


def settle_in(root: Path) -> None:
    """Makes all of mglib look at another tree, and forget what it knows of the last one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("mglib.") and hasattr(module, "ROOT"):
            module.ROOT = root
            for function in vars(module).values():
                getattr(function, "cache_clear", int)()


def check_circles(checks: Checks) -> None:
    """Circles between two rooms, three rooms, two files of mm/merge/."""
    def found(*planted: tuple[str, str]) -> list[str]:
        return list(circles.circles_of(SYMBOLS, [*DOWN, *planted]))

    checks.equal("calls that all go down", found(), [])
    checks.equal("two rooms", found(("mm/rmap/rmap.c", "fork")), [
        "mm/rmap:1: a circle: mm/rmap calls fork of mm/space; mm/space calls walk of mm/rmap"])
    checks.equal("three rooms, the shortest way", found(("mm/frame/free.c", "fork")), [
        "mm/frame:1: a circle: mm/frame calls fork of mm/space; mm/space calls free of mm/frame"])
    checks.equal("two files of a room", found(("mm/merge/engine/node.c", "tree")), [
        "mm/merge/engine/node.c:1: a circle: mm/merge/engine/node.c calls tree of "
        "mm/merge/engine/tree.c; mm/merge/engine/tree.c calls node of mm/merge/engine/node.c"])
    three = found(("mm/merge/engine/node.c", "pass"))
    checks.equal("a circle of files and of rooms", len(three), 2)
    checks.true("with every file on the way", "pksm.c calls tree" in three[1])


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
    checks.equal("columns of a message", findings("columns", {**GOOD, **WIDE}), "")
    settle_in(ROOT)
    check_references(checks)
    check_circles(checks)
    checks.finish()


if __name__ == "__main__":
    main()
