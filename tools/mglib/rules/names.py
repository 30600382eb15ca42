# SPDX-License-Identifier: MIT
"""What comments and chapters speak of must exist: files, functions, headings, links.

Looked at are the comments of C, assembly and table sources, and every chapter (*.md). A mention is

    mm/space/fork.c, fork.c      a file: the end of some path in the tree
    dup_mmap()                   a function or macro of the tree
    anon_vma_chain               any other name that has an underscore
    kernel/README.md, "exec"     a heading of that file, see "exec" one of this file or of a chapter
    [text](path#heading)         in a chapter: a file, and one of its headings

Names of Linux, POSIX, GCC and of examples are listed, with a word why, in tools/lint/outside.names;
a column of a table that is headed `Linux`, `xv6` or the like needs no such lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterable, Iterator

from mglib import source
from mglib.config import ROOT
from mglib.rules import Findings

OUTSIDE = "tools/lint/outside.names"
TREES = ("kernel", "mm", "libc", "user", "boot", "tools")
SPEAKING = (".c", ".h", ".asm", ".tbl")

ENDING = r"(?:c|h|asm|tbl|py|md|ld|list|patch|sh)"
FILE = re.compile(rf"(?<![\w./<*-])((?:[\w-]+/)*[\w.-]*\w\.{ENDING})\b(?![\w/(*])")
FUNCTION = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\(\)")
UNDERSCORED = re.compile(r"(?<![\w./<*-])([A-Za-z]\w*_\w*[A-Za-z0-9])\b(?![*(]|\.\w|/)")
PLACEHOLDER = re.compile(r"NAME|_crN$")  # `sys_NAME()`: each of many
QUOTED = r'"([^"]{1,60})"'
CITED = re.compile(rf"(?:(?<![\w./-])((?:[\w-]+/)*[\w-]+\.(?:md|c|h|asm))`?,\s+|\b[Ss]ee\s+)"
                   rf"{QUOTED}(?:,\s+{QUOTED}|\s+and\s+{QUOTED})?")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s#]*)(?:#([\w-]+))?\)")
CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
WORD = re.compile(r"[A-Za-z_]\w*")
HEADING = re.compile(r"^(?:#+\s+(.*)|\*\*(.+?)\*\*)", re.MULTILINE)


# Columns of tables that hold the names of other systems; rule `literature` sees to the second.
ELSEWHERE = re.compile(r"^(Linux|xv6|NetBSD)\b|^name$|^or why not$")


@dataclass(frozen=True)
class Text:
    """A file and what it says in words, blanked out elsewhere: lines and columns stay."""

    path: Path
    words: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def line(self, offset: int) -> int:
        return self.words.count("\n", 0, offset) + 1

    @property
    def flowing(self) -> str:
        """The words with the ends of lines and the stars at their heads as blanks."""
        return re.sub(r"\n[ \t]*\*?(?!/)", lambda match: " " * len(match[0]), self.words)


def comments_of(path: Path) -> str:
    """A source file with all that is no comment blanked out."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".asm":
        return "\n".join(line[line.find(";"):] if ";" in line else "" for line in text.splitlines())
    if path.suffix == ".tbl" and "EVENT_DEF" not in text and "/*" not in text:
        return "\n".join(line if line.startswith("#") else "" for line in text.splitlines())
    words, end = [], 0
    for token in source.TOKEN.finditer(text):
        if token[0].startswith("/"):
            words += [re.sub(r"[^\n]", " ", text[end:token.start()]), token[0]]
            end = token.end()
    return "".join([*words, re.sub(r"[^\n]", " ", text[end:])])


def own_words(text: str) -> str:
    """A chapter with the columns of its tables blanked out that speak of other systems."""
    lines, elsewhere = [], set()
    for before, line in zip(["", *text.splitlines()], text.splitlines()):
        cells = line.split("|")
        if line.startswith("|") and not before.startswith("|"):
            elsewhere = {i for i, cell in enumerate(cells) if ELSEWHERE.match(cell.strip())}
        if line.startswith("|"):
            cells = [" " * len(cell) if i in elsewhere else cell for i, cell in enumerate(cells)]
        lines.append("|".join(cells))
    return "\n".join(lines)


@lru_cache
def tree() -> tuple[Path, ...]:
    """Every file of the tree, without what was built and what git keeps."""
    tops = [path for path in ROOT.iterdir() if path.name not in ("build", ".git")]
    found = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    return tuple(sorted(path for path in found
                        if path.is_file() and "__pycache__" not in path.parts))


def texts() -> Iterator[Text]:
    """All that is looked at."""
    for path in tree():
        if path.suffix == ".md":
            yield Text(path, own_words(path.read_text(encoding="utf-8")))
        elif path.suffix in SPEAKING and path.relative_to(ROOT).parts[0] in TREES:
            yield Text(path, comments_of(path))


@lru_cache
def code() -> str:
    """All sources without their comments, in one piece; the test of the rules plants names."""
    suffixes = (".c", ".h", ".asm", ".tbl", ".py", ".ld")
    paths = [path for path in tree() if path.suffix in suffixes
             and path.name != "lint_finds.py"]
    return "\n".join(source.code_text(path) if path.suffix != ".py"
                     else path.read_text(encoding="utf-8") for path in paths)


@lru_cache
def called() -> frozenset[str]:
    """Names that are called or defined as a function or macro somewhere."""
    return frozenset(CALLED.findall(code())) | labels()


@lru_cache
def labels() -> frozenset[str]:
    """Labels of assembly, and what a table lists: its names may be pasted together."""
    listed = re.findall(r"^\w+\((\w+)", code(), re.MULTILINE)
    return frozenset(re.findall(r"^(\w+):", code(), re.MULTILINE)) | frozenset(
        prefix + name for name in listed for prefix in ("", "sys_", "EV_", "KNOB_"))


@lru_cache
def words() -> frozenset[str]:
    """Every name that code uses, and the names of files: a test is spoken of without its ending."""
    return frozenset(WORD.findall(code())) | labels() | {path.stem for path in tree()}


@lru_cache
def outside() -> dict[str, int]:
    """The names that are no names of the tree on purpose, and the lines that list them."""
    path = ROOT / OUTSIDE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.split()[0]: number for number, line in enumerate(lines, 1)
            if line.strip() and not line.startswith("#")}


def excused(name: str) -> bool:
    """Whether a name is listed, or stands for many."""
    return name in outside() or bool(PLACEHOLDER.search(name))


@lru_cache
def ends() -> frozenset[str]:
    """Every way to name a file of the tree: its path, or an end of it."""
    found = set()
    for path in tree():
        parts = path.relative_to(ROOT).parts
        found |= {"/".join(parts[first:]) for first in range(len(parts))}
    return frozenset(found)


def plain(heading: str) -> str:
    """A heading or a citation of one, as they are compared."""
    words_only = re.sub(r"[`*.:\"]", "", re.sub(r"^\s*\d+\.\s", "", heading))
    return " ".join(words_only.split()).lower()


@lru_cache
def headings(path: Path) -> tuple[str, ...]:
    """The headings of a chapter; of a source the beginnings of its comments' lines."""
    if path.suffix == ".md":
        text = path.read_text(encoding="utf-8")
        return tuple(plain(one or two) for one, two in HEADING.findall(text))
    return tuple(plain(line.strip(" \t/*;")) for line in comments_of(path).splitlines())


def has_heading(path: Path, cited: str) -> bool:
    """Whether a file has a heading that is, or begins with, the cited words."""
    wanted = plain(cited)
    return any(heading.startswith(wanted) for heading in headings(path))


def files_named(name: str) -> list[Path]:
    """The files that a mention may mean."""
    return [path for path in tree() if f"/{path.relative_to(ROOT)}".endswith(f"/{name}")]


def unknown_files(text: Text) -> Iterable[tuple[int, str]]:
    for match in FILE.finditer(text.words):
        name = re.sub(r"^(\.\./|\./)+", "", match[1])
        if name not in ends() and not excused(name):
            yield match.start(), f"speaks of {name}, which is no file of the tree"


def unknown_functions(text: Text) -> Iterable[tuple[int, str]]:
    for match in FUNCTION.finditer(text.words):
        if match[1] not in called() and not excused(match[1]):
            yield match.start(), f"speaks of {match[1]}(), which is no function of the tree"
    for match in UNDERSCORED.finditer(text.words):
        if match[1] not in words() and not excused(match[1]):
            yield match.start(), f"speaks of {match[1]}, which is no name of the tree"


def unknown_headings(text: Text) -> Iterable[tuple[int, str]]:
    chapters = [path for path in tree() if path.name == "README.md"]
    for match in CITED.finditer(text.flowing):
        name, *cited = match.groups()
        places = files_named(name) if name else [text.path, *chapters]
        for heading in filter(None, cited):
            if places and not any(has_heading(path, heading) for path in places):
                where = name or "no chapter"
                yield match.start(), f'cites "{" ".join(heading.split())}" of {where}, ' \
                                     "which has no such heading"


def anchor(heading: str) -> str:
    """The name that a link uses for a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken_links(text: Text) -> Iterable[tuple[int, str]]:
    if text.path.suffix != ".md":
        return
    for match in LINK.finditer(text.words):
        path = (text.path.parent / match[1]).resolve() if match[1] else text.path
        if not path.exists():
            yield match.start(), f"links to {match[1]}, which does not exist"
        elif match[2] and path.is_file():
            titles = re.findall(r"^#+\s+(.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
            if match[2] not in {anchor(title) for title in titles}:
                yield match.start(), f"links to #{match[2]}, which is no heading of {path.name}"


def idle_entries() -> Findings:
    """Lines of the list that nobody needs (any more), or that are out of order."""
    said = "\n".join(text.words for text in texts())
    listed = list(outside())
    for name, number in outside().items():
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said):
            yield f"{OUTSIDE}:{number}: nobody speaks of {name}"
        elif name in ends() or name in called() or "_" in name and name in words():
            yield f"{OUTSIDE}:{number}: {name} is a name of the tree"
    if listed != sorted(listed):
        first = next(name for name, right in zip(listed, sorted(listed)) if name != right)
        yield f"{OUTSIDE}:{outside()[first]}: {first} is out of order"


def findings() -> Findings:
    """All of them, file by file."""
    for text in texts():
        found = [one for rule in (unknown_files, unknown_functions, unknown_headings, broken_links)
                 for one in rule(text)]
        for offset, sentence in sorted(found):
            yield f"{text.name}:{text.line(offset)}: {sentence}"
    yield from idle_entries()
