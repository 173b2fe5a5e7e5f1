# SPDX-License-Identifier: Apache-2.0
"""The shape of files: licence line, header guard, own include first, length, and what a component folder holds."""

import re
import unittest

import house

LINES_MAX = 600  # past this look for the second idea in the file
_CODE = r"(\.(h|cpp|cmake|py|sh)|(^|/)CMakeLists\.txt)$"


def code_files(tree):
    scripts = [path for path in tree.executables if not re.search(_CODE, path)]
    return sorted(set(tree.matching(_CODE)) | set(scripts))


def licence_lines(tree):
    found = []
    for path in code_files(tree):
        lines = tree.text(path).split("\n", 2)
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        if first not in ("// SPDX-License-Identifier: Apache-2.0", "# SPDX-License-Identifier: Apache-2.0"):
            found.append(f"{path}:1: the first line is not the SPDX line")
    return found


def header_guards(tree):
    return [f"{path}:1: no #pragma once" for path in tree.matching(r"\.h$")
            if not re.search(r"^#pragma once$", tree.text(path), re.MULTILINE)]


def own_include_first(tree):
    """`x.cpp` includes `x.h` before anything else: with that the header has been compiled alone."""
    found = []
    for path in tree.matching(r"^(src|apps|bench)/.*\.cpp$"):
        header = re.sub(r"\.cpp$", ".h", path)
        if header not in tree.paths:
            continue
        own = header.removeprefix("src/")
        first = next((name for _, name in house.includes(tree.text(path))), None)
        if first != own:
            found.append(f"{path}:1: the first include is not its own header {own}")
    return found


def long_files(tree):
    excused = house.exceptions(tree, "long_files")
    found = []
    for path in code_files(tree):
        count = tree.text(path).count("\n")
        if count > LINES_MAX and path not in excused:
            found.append(f"{path}:{LINES_MAX}: {count} lines, more than {LINES_MAX}: look for the second idea in it")
    return found


def components(tree):
    """(room, folder) of every component of a registered room."""
    names = set()
    for room in house.rooms(tree).values():
        if room.registers:
            for path in tree.matching(rf"^src/{room.name}/[^/]+/."):
                names.add("/".join(path.split("/")[:3]))
    return sorted(names)


def bare_components(tree):
    found = []
    for folder in components(tree):
        if f"{folder}/README.md" not in tree.paths:
            found.append(f"{folder}: no README.md")
        # Golden pairs and events that hit or miss are run by the room's own test.
        if not tree.matching(rf"^{re.escape(folder)}/.*(_test\.cpp|\.in\.[a-z]+|\.hit\.jsonl)$"):
            found.append(f"{folder}: no test cases (*_test.cpp, *.in.*, *.hit.jsonl)")
    return found


def stale_exceptions(tree):
    """An exception whose file is gone or no longer needs it has to go."""
    found = []
    for number, line in enumerate(tree.text("tests/house/exceptions.txt").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"([a-z_]+) (\S+): (.+)", line)
        where = f"tests/house/exceptions.txt:{number}"
        if not match:
            found.append(f"{where}: not `check path: reason`")
        elif match.group(2) not in tree.paths:
            found.append(f"{where}: there is no {match.group(2)}")
        elif match.group(1) == "long_files" and tree.text(match.group(2)).count("\n") <= LINES_MAX:
            found.append(f"{where}: {match.group(2)} is no longer long")
        elif match.group(1) not in ("long_files", "printing", "raw_words", "forbidden_words"):
            found.append(f"{where}: there is no check {match.group(1)}")
    return found


class Files(house.HouseTest):
    def test_begin_with_the_licence_line(self):
        self.assert_clean(licence_lines)

    def test_without_the_licence_line_are_found(self):
        self.assert_finds(
            licence_lines,
            {"src/base/a.h": "#pragma once\n", "b": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n",
             "c": "#!/bin/sh\necho\n", "d": "no program\n"},
            ["c:1", "src/base/a.h:1"], executables=["b", "c"])

    def test_that_are_headers_guard_themselves(self):
        self.assert_clean(header_guards)

    def test_that_are_headers_without_a_guard_are_found(self):
        self.assert_finds(header_guards, {"src/base/a.h": "// #pragma once\n"}, ["src/base/a.h:1"])

    def test_include_their_own_header_first(self):
        self.assert_clean(own_include_first)

    def test_with_another_header_first_are_found(self):
        self.assert_finds(
            own_include_first,
            {"src/base/a.h": "", "src/base/a.cpp": '#include <map>\n#include "base/a.h"\n',
             "src/base/b.h": "", "src/base/b.cpp": '// why\n#include "base/b.h"\n', "src/base/c.cpp": "#include <map>\n"},
            ["src/base/a.cpp:1"])

    def test_have_one_idea_and_an_end(self):
        self.assert_clean(long_files)

    def test_that_are_too_long_are_found_unless_excused(self):
        long_text = "x\n" * (LINES_MAX + 1)
        self.assert_finds(
            long_files,
            {"src/base/a.cpp": long_text, "src/base/b.cpp": long_text, "src/base/c.cpp": "x\n" * LINES_MAX,
             "tests/house/exceptions.txt": "long_files src/base/b.cpp: a table\n"},
            ["src/base/a.cpp"])

    def test_of_every_component_hold_a_page_and_cases(self):
        self.assert_clean(bare_components)

    def test_of_a_bare_component_are_found(self):
        self.assert_finds(
            bare_components,
            {"src/parse/lines/lines.cpp": "", "src/parse/json/json.cpp": "", "src/parse/json/README.md": "",
             "src/parse/json/json_test.cpp": "", "src/event/flat/a.cpp": "",
             "src/parse/syslog/README.md": "", "src/parse/syslog/basic.in.log": ""},
            ["src/parse/lines: no README.md", "src/parse/lines: no test cases"])

    def test_are_excused_only_as_long_as_they_need_it(self):
        self.assert_clean(stale_exceptions)

    def test_excused_without_need_are_found(self):
        self.assert_finds(
            stale_exceptions,
            {"src/base/a.cpp": "", "tests/house/exceptions.txt":
             "# a comment\nlong_files src/base/a.cpp: a table\nprinting src/gone.cpp: why\nnonsense\nhumour src/base/a.cpp: why\n"},
            ["no longer long", "there is no src/gone.cpp", "not `check path", "there is no check humour"])


if __name__ == "__main__":
    unittest.main()
