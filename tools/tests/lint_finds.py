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

OPERATIONS = ("fault", "fork", "zap", "mprotect", "exec", "pin", "join", "part", "switch",
              "page-in")
CELLS = ("ptl; `user/frames`, `kernel/pages`", "—: none can be", "as fork × fault", "· ")


def matrix(first: str = CELLS[0], below: str = CELLS[3], head: str = "fault") -> str:
    """A table of who meets whom, with something planted at fault × fault or fork × fault."""
    names = (head, *OPERATIONS[1:])
    rows = [[CELLS[1 + (column > row)] if row <= column else "·" for column in range(10)]
            for row in range(10)]
    rows[0][0], rows[1][0] = first, below
    lines = ["", *names], ["---"] * 11, *([name, *row] for name, row in zip(OPERATIONS, rows))
    return "\n## Who meets whom\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


# Code that is as plain as it has to be.
PLAIN = """#define OP(name) \\
	static int name(int a) \\
	{ \\
		return a ? 1 : 2; \\
	}
struct lock {
	int class;
	int new;
};
static int plain(struct lock *l, int a)
{
	for (int i = 0, j = a; i < j; i++, j--)
		l->class = max(i, l->new ? 1 : 2);
	return l->class ? f(a, 1) : 3;
}
"""

MATRIX = matrix()
NAMES = "\n## 2. Names of the literature\n| name | here | or why not |\n|---|---|---|\n"
LITERATURE = NAMES + ("| `give`, `gift` | `take`, `kernel/lib/list.c:take` | |\n"
                      "| `take()` | the same | |\n"
                      "| `swap_in` | | not yet |\n")

GOOD = {
    "tools/floors": "kernel/lib\nkernel/core\nmm/frame\nmm/space mm/rmap\n",
    "kernel/lib/list.h": SPDX + "/* Takes two; never sleeps. */\nint take(int a, int b);\n",
    "kernel/lib/list.c": SPDX + "int take(int a, int b)\n{\n\treturn a + b;\n}\n",
    "mm/frame/buddy.c": SPDX + THEORY + '#include "kernel/lib/list.h"\n',
    "mm/frame/buddy_test.c": SPDX + THEORY + "static int take(void)\n{\n}\n\nKTEST(pages)\n{\n}\n",
    "mm/space/class.c": SPDX + THEORY + PLAIN,
    "mm/story.list": "kernel/lib/list.c:take\n",
    "mm/README.md": "# Memory\n\n## 1. Frames (`frame/`)\n\n"
                    "`take()` of [it](frame/buddy.c), buddy.c.\n"
                    "See \"Frames\" and [there](#memory).\n" + MATRIX + LITERATURE,
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
    ("plain", "kernel/lib/a.c", "#define GIVE_UP \\\n\tdo { \\\n\t\treturn 1; \\\n\t} while (0)\n",
     "kernel/lib/a.c:1: the macro GIVE_UP hides a return"),
    ("plain", "libc/src/a.c", "int f(int *new)\n{\n}\n", "libc/src/a.c:1: a variable called new"),
    ("plain", "mm/a.c", "int f(void)\n{\n\tint class = 1;\n}\n", ":3: a variable called class"),
    ("plain", "mm/a.c", "int f(int a)\n{\n\treturn a ? 1 : g(a ? 2 : 3);\n}\n",
     ":3: a ?: within a ?:"),
    ("plain", "mm/a.c", "int f(int a)\n{\n\treturn g(a), 1;\n}\n", ":3: a comma operator in a ret"),
    ("plain", "mm/a.c", "int f(int a)\n{\n\tfor (; a; g(a), a--)\n\t\t;\n}\n",
     ":3: a comma operator in the head of a for"),
    ("plain", "mm/a.c", "int f(int a)\n{\n\twhile (g(a), a)\n\t\t;\n}\n", "in the head of a while"),
    ("verbs", "mm/frame/a.c", "static int plain(int a)\n{\n}\n",
     "mm/frame/a.c:1: plain() is a static function of mm/space/class.c, too"),
    ("matrix", "mm/README.md", matrix(first="ptl; `user/frame`"),
     "names user/frame, which is no test"),
    ("matrix", "mm/README.md", matrix(first="ptl; `kernel/p`"),
     "fault × fault names kernel/p, which"),
    ("matrix", "mm/README.md", matrix(first="the page-table lock"), "names no test in backticks"),
    ("matrix", "mm/README.md", matrix(first="—"), "fault × fault has neither a test nor a reason"),
    ("matrix", "mm/README.md", matrix(first="·"), "leaves to the other half"),
    ("matrix", "mm/README.md", matrix(below="as fork × spoon"), "fork × fault refers to spoon"),
    ("matrix", "mm/README.md", matrix(head="swap"), "the matrix has no column fault"),
    ("literature", "mm/README.md", NAMES + "| `a` | `give` | |\n",
     "mm/README.md:5: give is no name"),
    ("literature", "mm/README.md", NAMES + "| `give` | the same | |\n", ":5: give is no name"),
    ("literature", "mm/README.md", NAMES + "| `a` | `mm/a.c:take` | |\n", "mm/a.c:take is no name"),
    ("literature", "mm/README.md", NAMES + "| `give` | | |\n", "`give` is neither here nor"),
    ("names", "kernel/lib/a.c", SPDX + "/* As mm/frame/body.c does. */\n",
     "kernel/lib/a.c:2: speaks of mm/frame/body.c, which is no file"),
    ("names", "kernel/lib/a.c", SPDX + "/*\n * As give() does. */\n",
     "kernel/lib/a.c:3: speaks of give(), which is no function"),
    ("names", "mm/README.md", "# Memory\n\n`vmalloc()` by way of `free_pages`.\n",
     "mm/README.md:3: speaks of free_pages, which is no name"),
    ("names", "user/tests/a.c", SPDX + '/*\n * Proves: it.\n * See mm/README.md, "Frames",\n * "No'
     '\n * frames".\n */\n', 'user/tests/a.c:4: cites "No frames" of mm/README.md'),
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
        rule = floors.includes if check == "includes" else lint.RULES[check]
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
    checks.equal("one line, both ways", (floors.climbs("mm/check.c", "mm/query.c"),
                                         floors.climbs("mm/query.c", "mm/check.c")), ("", ""))


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
