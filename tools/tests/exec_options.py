# SPDX-License-Identifier: MIT
"""Proves: `mg exec` takes several sources, also of equal names in different folders, include
folders, macros, files for the guest and variables for the program; and says with status 2 what is
wrong with them, before anything is compiled.

timeout: 300
suite: test
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, last_line, mg  # noqa: E402

FILES = {
    "main.c": r"""
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "twice.h"
#include "deep.h"
int one(void);
int two(void);
static void list(const char *path)
{
	DIR *dir = opendir(path);
	for (struct dirent *d; dir && (d = readdir(dir));)
		printf(" %s%s", d->d_name, d->d_type == DT_DIR ? "/" : "");
	puts("");
	if (dir)
		closedir(dir);
}
int main(int argc, char **argv)
{
	char line[100];
	printf("%d %d %d %s %d\n", one(), two(), TWICE(SMP), WORD, FLAG);
	printf("%s|%s|%s|%s|%s\n", getenv("A"), getenv("EMPTY"), getenv("MEM"), getenv("PATH"),
	       argv[1]);
	for (int i = 2; i < argc; i++) {
		FILE *f = fopen(argv[i], "r");
		printf("%s: %s\n", argv[i], f && fgets(line, sizeof(line), f) ? line : "none");
		if (f)
			fclose(f);
	}
	list("/");
	list("data");
	return DEEP;
}
""",
    "a/part.c": "int one(void)\n{\n\treturn 1;\n}\n",
    "b/part.c": "int two(void)\n{\n\treturn 2;\n}\n",
    "include/twice.h": "#define TWICE(n) (2 * (n))\n",
    "more include/deep.h": "#define DEEP 5\n",
    "one.txt": "contents of one",
    "data/x": "contents of x",
    "data/sub/y": "contents of y",
}


def check_all(checks: Checks, folder: Path) -> None:
    """Everything at once."""
    done = mg("exec", str(folder / "main.c"), "-I", str(folder / "include"),
              str(folder / "a/part.c"),
              f"-I{folder}/more include", "-D", "SMP=21", '-DWORD="a word"', "-D", "FLAG",
              str(folder / "b/part.c"), "--file", str(folder / "one.txt"), "--file",
              f"{folder}/one.txt:etc/deep/../two", "--file", str(folder / "data"),
              "-e", "A=x=y z", "-e", "EMPTY=", "-e", "MEM=1", "--", "-D", "one.txt", "/etc/two",
              "data/x",
              "data/sub/y", "data/z")
    said = done.stdout.decode()
    checks.equal("status", (done.returncode, last_line(done.stderr)), (5, "mg: exit status 5"))
    lines = said.splitlines()
    lines[-2:] = [" ".join(sorted(line.split())) for line in lines[-2:]]  # no order
    checks.equal("output", lines, [
        "1 2 42 a word 1", "x=y z||1|/bin|-D", "one.txt: contents of one",
        "/etc/two: contents of one", "data/x: contents of x", "data/sub/y: contents of y",
        "data/z: none", "../ ./ bin/ data/ dev/ etc/ one.txt proc/ servers/ sys/ tmp/",
        "../ ./ sub/ x"])


def check_refusals(checks: Checks, folder: Path) -> None:
    """What is wrong is named, with status 2."""
    main = str(folder / "main.c")
    for words, sentence in (
            (("-I", "/nowhere"), "mg: no such folder: /nowhere"),
            (("-D", "1X"), "mg: -D takes NAME or NAME=VALUE, not '1X'"),
            (("-e", "NAME"), "mg: -e takes NAME=VALUE, not 'NAME'"),
            (("-e", "=x"), "mg: -e takes NAME=VALUE, not '=x'"),
            (("--file", "/nowhere:x"), "mg: no such file: /nowhere"),
            (("--file", f"{main}:/"), "mg: --file: '' cannot be a name in the guest"),
            (("--file", f"{main}:" + "x" * 120),
             f"mg: --file: '{'x' * 120}' cannot be a name in the guest"),
            (("--file", f"{main}:bin/main"), "mg: --file: bin/main is the program"),
            (("/nowhere.c",), "mg: no such file: /nowhere.c"),
            (("-e",), "mg exec: error: argument -e: expected one argument")):
        done = mg("exec", main, *words)
        checks.equal(f"{words}: status", done.returncode, 2)
        checks.equal(f"{words}: last line", last_line(done.stderr), sentence)


def main() -> None:
    """In a folder of its own."""
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="mg test ") as name:
        folder = Path(name)
        for path, text in FILES.items():
            (folder / path).parent.mkdir(exist_ok=True, parents=True)
            (folder / path).write_text(text)
        check_all(checks, folder)
        check_refusals(checks, folder)
    checks.finish()


main()
