# SPDX-License-Identifier: Apache-2.0
"""Documents name only what exists, and every command block says whether a test runs it."""

import itertools
import json
import posixpath
import re
import unittest

import house

_TOP = ("src", "apps", "bench", "cmake", "content", "docs", "fuzz", "npm", "range", "tests", "tools", ".ci")
_PATH = re.compile(rf"(?<![\w./-])((?:{'|'.join(re.escape(top) for top in _TOP)})/[\w./{{}},*-]*)")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def documents(tree):
    return tree.matching(r"\.md$")


def spelled_out(path):
    """`docs/{a,b}.md` stands for two paths."""
    parts = re.split(r"\{([^}]*)\}", path)
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(choice) for choice in itertools.product(*choices)]


def exists(tree, path):
    if "*" in path:
        pattern = "^" + re.escape(path.rstrip("/")).replace(r"\*", "[^/]*")
        return bool(tree.matching(pattern))
    return tree.has(path.rstrip("/"))


def without_placeholders(text):
    """Paths with a part in angle brackets show a shape; they are for the reader to fill in."""
    return re.sub(r"[\w./-]*<[^<>\n]+>[\w./-]*", "", text)


def missing_paths(tree):
    found = []
    for document in documents(tree):
        text = without_placeholders(tree.text(document))
        for match in _PATH.finditer(text):
            for path in spelled_out(match.group(1).rstrip(".,")):
                if not exists(tree, path):
                    found.append(f"{document}:{house.line_of(text, match.start())}: there is no {path}")
        for match in _LINK.finditer(text):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            path = posixpath.normpath(posixpath.join(posixpath.dirname(document), target))
            if not tree.has(path):
                found.append(f"{document}:{house.line_of(text, match.start())}: the link goes nowhere: {target}")
    return found


def unmarked_commands(tree):
    """Every `sh` block of README.md and docs/howto is `sh tested` or `sh untested=<why>`."""
    found = []
    for document in tree.matching(r"^(README\.md|docs/howto/.*\.md)$"):
        text = tree.text(document)
        for match in re.finditer(r"^```(?:sh|bash|shell|console)\b(.*)$", text, re.MULTILINE):
            if not re.fullmatch(r" (tested|untested=\S+)", match.group(1)):
                found.append(f"{document}:{house.line_of(text, match.start())}: a command block that is neither tested nor says why not")
    return found


def unexplained_packages(tree):
    """Every package that set-up installs, and every npm package it fetches, has its line in docs/dependencies.md."""
    names = re.findall(r"^([a-z0-9][a-z0-9.+-]*)", tree.text("tools/packages.txt"), re.MULTILINE)
    for manifest in tree.matching(r"^npm/[^/]+/package\.json$"):
        names += json.loads(tree.text(manifest))["dependencies"]
    explained = set(re.findall(r"`([^`]+)`", tree.text("docs/dependencies.md")))
    return [f"docs/dependencies.md: no line for {name}" for name in names if name not in explained]


class Documents(house.HouseTest):
    def test_name_only_paths_that_exist(self):
        self.assert_clean(missing_paths)

    def test_that_name_a_missing_path_are_found(self):
        self.assert_finds(
            missing_paths,
            {"docs/a.md": "see `src/base/{result,nothing}.h`, src/base/*.h, docs/howto/, src/<room>/limits.h and [b](b.md), [c](../README.md).\n",
             "src/base/result.h": "", "README.md": "docs/a.md."},
            ["docs/a.md:1: there is no src/base/nothing.h", "docs/a.md:1: there is no docs/howto/",
             "docs/a.md:1: the link goes nowhere: b.md"])

    def test_mark_their_commands(self):
        self.assert_clean(unmarked_commands)

    def test_with_unmarked_commands_are_found(self):
        self.assert_finds(
            unmarked_commands,
            {"README.md": "```sh tested\n./run\n```\n```sh\n./run\n```\n```sh untested=runs-for-ever\n./run serve\n```\n"},
            ["README.md:4"])

    def test_explain_every_dependency(self):
        self.assert_clean(unexplained_packages)

    def test_that_leave_a_dependency_out_are_found(self):
        self.assert_finds(
            unexplained_packages,
            {"tools/packages.txt": "# why\n[build]\ng++   # compiles\nmold\n", "docs/dependencies.md": "| `g++` | compiles |\n",
             "npm/a/package.json": '{"dependencies": {"b": "1"}}'},
            ["no line for mold", "no line for b"])


if __name__ == "__main__":
    unittest.main()
