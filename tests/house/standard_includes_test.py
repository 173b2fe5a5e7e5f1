# SPDX-License-Identifier: Apache-2.0
"""A file includes what it names of the standard library, itself or through headers of ours. Sources of a folder are
compiled together (cmake/joined.cmake), so that the compiler does not notice what a neighbour included."""

import re
import unittest

import house

# Functions and types that come with nearly every header (std::move, std::pair, std::min) are left out.
HEADERS = {
    "algorithm": "sort stable_sort find find_if clamp any_of all_of none_of transform fill copy lower_bound upper_bound",
    "array": "array", "atomic": "atomic", "bit": "bit_cast popcount countr_zero", "charconv": "from_chars to_chars",
    "chrono": "chrono", "cmath": "sqrt exp log log2 pow floor isfinite isnan",
    "condition_variable": "condition_variable", "cstdint": "uint64_t int64_t uint8_t uint32_t int32_t",
    "cstring": "memcpy strerror", "deque": "deque", "filesystem": "filesystem", "fstream": "ifstream ofstream",
    "functional": "function hash", "future": "future promise async", "limits": "numeric_limits",
    "map": "map multimap", "memory": "unique_ptr make_unique shared_ptr make_shared",
    "mutex": "mutex scoped_lock lock_guard unique_lock", "numeric": "accumulate iota", "optional": "optional nullopt",
    "random": "mt19937_64", "set": "set", "span": "span", "sstream": "ostringstream istringstream stringstream",
    "string": "string to_string", "string_view": "string_view", "thread": "thread", "tuple": "tuple",
    "unordered_map": "unordered_map", "unordered_set": "unordered_set", "utility": "exchange", "variant": "variant",
    "vector": "vector",
}
HEADER_OF = {name: header for header, names in HEADERS.items() for name in names.split()}


def code_of(text):
    """Without comments and without what stands in quotes."""
    text = re.sub(r'R"(\w*)\(.*?\)\1"', '""', text, flags=re.DOTALL)
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


class Inclusions:
    def __init__(self, tree):
        self.tree = tree
        self.known = {}

    def of(self, path):
        """The standard and system headers that a file has, also through headers of ours."""
        if path in self.known:
            return self.known[path]
        text = self.tree.text(path)
        self.known[path] = found = set(re.findall(r"^#include <([^>]+)>", text, re.MULTILINE))
        for included in re.findall(r'^#include "([^"]+)"', text, re.MULTILINE):
            for candidate in ("src/" + included, included):
                if self.tree.has(candidate):
                    found |= self.of(candidate)
                    break
        return found


def missing_includes(tree):
    inclusions = Inclusions(tree)
    found = []
    for path in tree.matching(r"^(src|apps|bench|tests|fuzz)/.*\.(h|cpp)$"):
        named = {}
        for name in re.findall(r"\bstd::(\w+)", code_of(tree.text(path))):
            if name in HEADER_OF:
                named.setdefault(HEADER_OF[name], name)
        for header in sorted(named.keys() - inclusions.of(path)):
            found.append(f"{path}:1: names std::{named[header]} and does not include <{header}>")
    return found


class StandardIncludes(house.HouseTest):
    def test_are_all_there(self):
        self.assert_clean(missing_includes)

    def test_that_are_missing_are_found(self):
        self.assert_finds(
            missing_includes,
            {"src/base/a.h": "#include <string>\nstd::vector<std::string> all();\n"},
            ["src/base/a.h:1: names std::vector and does not include <vector>"])

    def test_through_headers_of_ours_count_and_so_do_no_comments(self):
        self.assert_finds(
            missing_includes,
            {"src/base/a.h": "#include <string>\n", "src/base/b.h": '#include "base/a.h"\n// std::map\nstd::string b();\n'},
            [])


if __name__ == "__main__":
    unittest.main()
