# SPDX-License-Identifier: Apache-2.0
"""cmake/rooms.cmake and cmake/joined.cmake on a house of two rooms: folders join by themselves, and one that does not register stops it."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import house

_LISTS = """cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES CXX)
set(VEDETTE_JOINED ON)
add_library(vedette_options INTERFACE)
target_include_directories(vedette_options INTERFACE src)
include(cmake/rooms.cmake)
vedette_add_rooms()
"""


def component(name):
    return (f"namespace vedette::parse {{\nclass Registry;\n"
            f"void register_{name}(Registry& registry);\nvoid register_{name}(Registry& registry) {{}}\n}}\n")


class Machinery(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write("CMakeLists.txt", _LISTS)
        self.write("src/rooms.txt", "base:\nparse*: base\n")
        self.write("src/base/base.cpp", "int base();\nint base() { return 1; }\n")
        self.write("src/parse/registry.h", "#pragma once\nnamespace vedette::parse {\nclass Registry;\n}\n")
        self.write("src/parse/lines/lines.cpp", component("lines"))
        (self.root / "cmake").mkdir()
        for name in ("rooms", "joined"):
            shutil.copy(house.ROOT / f"cmake/{name}.cmake", self.root / "cmake")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def configure(self):
        return subprocess.run(["cmake", "-G", "Ninja", "-S", str(self.root), "-B", str(self.root / "build")],
                              capture_output=True, text=True)

    def registry(self):
        return (self.root / "build/generated/parse_all.cpp").read_text()

    def test_takes_in_a_new_folder_with_the_next_build(self):
        done = self.configure()
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("register_lines(registry);", self.registry())
        self.write("src/parse/json/json.cpp", component("json"))
        built = subprocess.run(["cmake", "--build", str(self.root / "build")], capture_output=True, text=True)
        self.assertEqual(0, built.returncode, built.stdout + built.stderr)
        self.assertIn("register_lines(registry);", self.registry())
        self.assertIn("register_json(registry);", self.registry())

    def test_refuses_a_folder_that_does_not_register(self):
        self.write("src/parse/json/json.cpp", component("jason"))
        done = self.configure()
        self.assertNotEqual(0, done.returncode)
        self.assertIn("src/parse/json does not define", done.stderr)


if __name__ == "__main__":
    unittest.main()
