# SPDX-License-Identifier: Apache-2.0
"""What the house tests share: the files of a checkout, C++ text without its comments, and the list of exceptions.

A check is a function that takes a Tree and returns its violations as lines `path:line: what is wrong`.
Every check has two tests: the checkout is clean, and a planted violation is found.
"""

import dataclasses
import functools
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Tree:
    """Files by relative path with their texts: the checkout, or a few planted ones."""

    def __init__(self, texts, executables=()):
        self._texts = texts
        self.executables = set(executables)

    @property
    def paths(self):
        return list(self._texts)

    def text(self, path):
        text = self._texts[path]
        return text() if callable(text) else text

    def matching(self, pattern):
        expression = re.compile(pattern)
        return [path for path in self._texts if expression.search(path)]

    def is_folder(self, path):
        prefix = path.rstrip("/") + "/"
        return any(known.startswith(prefix) for known in self._texts)

    def has(self, path):
        return path in self._texts or self.is_folder(path)


@functools.cache
def checkout():
    """All files that git tracks or would track."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"],
                            cwd=ROOT, capture_output=True, check=True).stdout.decode()
    texts = {}
    executables = []
    for path in sorted(filter(None, listed.split("\0"))):
        file = ROOT / path
        if not file.is_file():
            continue
        texts[path] = functools.cache(functools.partial(file.read_text, errors="replace"))
        if file.stat().st_mode & 0o100:
            executables.append(path)
    return Tree(texts, executables)


def is_test(path):
    """Tests, fuzz targets and what tests share (test_*.h) lie beside the code and are not part of their room."""
    return re.search(r"_(test|fuzz)\.cpp$|/test_[a-z_]+\.h$", path) is not None


def line_of(text, position):
    return text.count("\n", 0, position) + 1


_TOKENS = re.compile(
    r"""
      (?P<comment> //[^\n]* | /\*.*?\*/ )
    | (?P<raw> R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)" )
    | (?P<text> "(?:\\.|[^"\\\n])*" )
    | (?P<number> \b\d\w*(?:'\w+)+ )
    | (?P<letter> '(?:\\.|[^'\\\n])+' )
    """,
    re.VERBOSE | re.DOTALL)


def without_comments_and_texts(text):
    """C++ text of the same shape (lines stay where they are) whose comments and literals are blank."""

    def blank(match):
        found = match.group(0)
        if match.lastgroup == "number":
            return found
        # An include's file name is no literal, and the include checks read it.
        line_start = text.rfind("\n", 0, match.start()) + 1
        if text[line_start:match.start()].replace(" ", "") == "#include":
            return found
        return re.sub(r"[^\n]", " ", found)

    return _TOKENS.sub(blank, text)


def includes(text):
    """(line number, included name) of every #include, in both spellings."""
    cleaned = without_comments_and_texts(text)
    return [(line_of(cleaned, match.start()), match.group(1))
            for match in re.finditer(r'^[ ]*#[ ]*include[ ]+["<]([^">]+)[">]', cleaned, re.MULTILINE)]


@dataclasses.dataclass(frozen=True)
class Room:
    name: str
    registers: bool
    allowed: tuple


def rooms(tree):
    """The rooms of src/rooms.txt, lowest first."""
    found = {}
    for line in tree.text("src/rooms.txt").splitlines():
        match = re.fullmatch(r"([a-z]+)(\*?):((?: [a-z]+)*)", line)
        if match:
            found[match.group(1)] = Room(match.group(1), bool(match.group(2)), tuple(match.group(3).split()))
    return found


def exceptions(tree, check):
    """Paths that tests/house/exceptions.txt excuses from one check."""
    excused = set()
    for line in tree.text("tests/house/exceptions.txt").splitlines():
        match = re.fullmatch(r"([a-z_]+) (\S+): (.+)", line)
        if match and match.group(1) == check:
            excused.add(match.group(2))
    return excused


class HouseTest(unittest.TestCase):
    maxDiff = None

    def assert_clean(self, check, *arguments):
        found = check(checkout(), *arguments)
        self.assertEqual([], found, "\n" + "\n".join(found))

    def assert_finds(self, check, texts, expected, executables=()):
        """The check must report exactly `expected` (parts of lines, in order) for the planted files."""
        planted = {"tests/house/exceptions.txt": "", "src/rooms.txt": "base:\nevent: base\nparse*: base event\n"}
        planted.update(texts)
        found = check(Tree(planted, executables))
        self.assertEqual(len(expected), len(found), found)
        for part, line in zip(expected, found):
            self.assertIn(part, line)
