# SPDX-License-Identifier: Apache-2.0
"""Words that rooms may not use (printing, raw new, delete and throw) and words that no file may hold."""

import re
import unittest

import house

_PRINTING = re.compile(r"\bstd\s*::\s*(cout|cerr|clog|puts)\b|\b(printf|fprintf|puts|fputs|putchar|perror)\s*\("
                       r"|\bfmt\s*::\s*print(ln)?\b|\b(stdout|stderr)\b")
# What `new` makes may go straight into its owner: make_unique cannot call a private constructor.
_OWNED = re.compile(r"unique_ptr<[^;{}]*>\s*\w*\s*\(\s*$")
_RAW = re.compile(r"\bnew\b|(?<!= )(?<!=)\bdelete\b|\bthrow\b")

# Put together here, so that this file does not hold them itself.
_MACHINE_PATHS = ["/" + "work/" + name for name in ("main", "wt", "shared", r"\.library")]
_REGISTRY_HOSTS = [r"\.".join(parts) for parts in (
    ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"), ("deb", "debian", "org"), ("security", "debian", "org"),
    ("ftp", "debian", "org"), ("deb", "nodesource", "com"))]
_FORBIDDEN = [
    (re.compile("|".join(_MACHINE_PATHS)), "path of one machine"),
    (re.compile("|".join(_REGISTRY_HOSTS)), "host name of a registry"),
    (re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b(?!\([a-z]+, 20\d\d-[01]\d\))"), "open end without name and month"),
]
# Recorded data may hold any word: it is what somebody's machine wrote.
_DATA = re.compile(r"\.(log|jsonl|ndjson|evtx|pcap|zst|gz|bin|golden|expected)$|\.seeds/|^content/demo/|^tests/data/")


def room_code(tree):
    return [path for path in tree.matching(r"^src/.*\.(h|cpp)$") if not house.is_test(path)]


def words_in_rooms(tree, expression, check, what):
    excused = house.exceptions(tree, check)
    found = []
    for path in room_code(tree):
        if path in excused:
            continue
        text = house.without_comments_and_texts(tree.text(path))
        # `#include <new>` names a header.
        text = re.sub(r"#[ ]*include[^\n]*", "", text)
        found += [f"{path}:{house.line_of(text, match.start())}: {what}: {match.group(0).strip()}"
                  for match in expression.finditer(text)
                  if not _OWNED.search(text, max(0, match.start() - 200), match.start())]
    return found


def printing(tree):
    return words_in_rooms(tree, _PRINTING, "printing", "rooms never print")


def raw_words(tree):
    return words_in_rooms(tree, _RAW, "raw_words", "not in rooms")


def forbidden_words(tree):
    excused = house.exceptions(tree, "forbidden_words")
    found = []
    for path in tree.paths:
        if path in excused or _DATA.search(path):
            continue
        text = tree.text(path)
        for expression, what in _FORBIDDEN:
            found += [f"{path}:{house.line_of(text, match.start())}: {what}: {match.group(0)}"
                      for match in expression.finditer(text)]
    return found


def registry_addresses(tree):
    """Lock files name packages and hashes, never where one machine got them."""
    return [f"{path}: holds a download address" for path in tree.matching(r"package-lock\.json$")
            if '"resolved"' in tree.text(path)]


class Words(house.HouseTest):
    def test_for_printing_are_not_used_in_rooms(self):
        self.assert_clean(printing)

    def test_for_printing_are_found(self):
        self.assert_finds(
            printing,
            {"src/base/a.cpp": 'void f() {\n    std::cout << 1;\n    std::fprintf(x, "");\n    std::snprintf(b, 2, "");\n}\n',
             "src/base/b.cpp": '// std::cout\nconst char* text = "printf(";\n',
             "src/base/a_test.cpp": "std::cout << 1;\n"},
            ["src/base/a.cpp:2", "src/base/a.cpp:3"])

    def test_for_raw_memory_and_exceptions_are_not_used_in_rooms(self):
        self.assert_clean(raw_words)

    def test_for_raw_memory_and_exceptions_are_found(self):
        self.assert_finds(
            raw_words,
            {"src/base/a.cpp": "#include <new>\nauto a = new int;\nA(const A&) = delete;\ndelete a;\nthrow 1;\nint renew = 1'000 + 0xF'F;\nint x = 1'0; throw 2;\n",
             "src/base/c.cpp": "std::unique_ptr<A> a(\n    new A(1));\nreturn std::unique_ptr<A>(new A);\nf(x, new A);\n",
             "src/base/b.cpp": '/* new */ auto b = R"(throw\nnew)"; // delete\nchar c = \'"\'; auto d = "new";\n'},
            ["src/base/a.cpp:2", "src/base/a.cpp:4", "src/base/a.cpp:5", "src/base/a.cpp:7", "src/base/c.cpp:4"])

    def test_that_nobody_may_write_are_in_no_file(self):
        self.assert_clean(forbidden_words)

    def test_that_nobody_may_write_are_found(self):
        self.assert_finds(
            forbidden_words,
            {"docs/a.md": "see /" + "work/main/x\n", "npm/a.json": "https://registry." + "npmjs.org/x\n",
             "src/base/a.h": "// TO" + "DO: later\n// TO" + "DO(ann, 2026-11): with a way out\n", "docs/b.md": "to do\n"},
            ["docs/a.md:1", "npm/a.json:1", "src/base/a.h:1"])

    def test_of_lock_files_name_no_address(self):
        self.assert_clean(registry_addresses)

    def test_of_lock_files_with_an_address_are_found(self):
        self.assert_finds(registry_addresses, {"npm/a/package-lock.json": '{"resolved": "x"}'}, ["download address"])


if __name__ == "__main__":
    unittest.main()
