# SPDX-License-Identifier: Apache-2.0
"""tools/setup on a made-up machine: stand-ins for dpkg-query, apt-get, npm and id note how they were called."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import house

_PACKAGES = """# comment
[build]
g++          # compiles
mold
[run]
npm (npm)    # a command stands for it
[test]
curl
"""


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "tools").mkdir()
        shutil.copy(house.ROOT / "tools/setup", self.root / "tools")
        (self.root / "tools/packages.txt").write_text(_PACKAGES)
        for name in ("engine", "clients"):
            (self.root / "npm" / name).mkdir(parents=True)
            (self.root / "npm" / name / "package.json").write_text("{}")
            (self.root / "npm" / name / "package-lock.json").write_text(f'{{"name": "{name}"}}')
        self.calls = self.root / "calls"
        self.calls.write_text("")
        self.installed = self.root / "installed"
        self.installed.write_text("g++ mold curl")
        (self.root / "bin").mkdir()
        self.stand_in("dpkg-query", 'for package in $(cat "$ROOT/installed"); do echo "ii  $package"; done; echo "rc  gone"')
        self.stand_in("id", 'echo "${USER_ID:-1000}"')
        self.stand_in("apt-get", 'echo "apt-get $*" >>"$ROOT/calls"; case "$*" in *update*) touch "$ROOT/updated";; '
                                 '*) [ -e "$ROOT/updated" ];; esac')
        self.stand_in("npm", 'echo "npm $*" >>"$ROOT/calls"; sleep "${NPM_SECONDS:-0}"; [ -z "${NPM_FAILS:-}" ] || exit 1; '
                             "mkdir -p node_modules/@chdb/lib-linux-x64-gnu; touch node_modules/@chdb/lib-linux-x64-gnu/libchdb.so")

    def stand_in(self, name, text):
        file = self.root / "bin" / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def start(self, *sections, **environment):
        return subprocess.Popen(
            [str(self.root / "tools/setup"), *sections], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, PATH=f"{self.root}/bin:{os.environ['PATH']}", ROOT=str(self.root),
                     VEDETTE_CACHE=str(self.root / "cache"), **environment))

    def run_setup(self, *sections, **environment):
        process = self.start(*sections, **environment)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors

    def called(self, word):
        return [line for line in self.calls.read_text().splitlines() if line.startswith(word)]

    def test_brings_the_packages_once_and_is_silent_when_all_is_there(self):
        self.assertEqual(0, self.run_setup()[0])
        self.assertEqual(2, len(self.called("npm ci")))
        self.assertTrue((self.root / "build/libchdb.so").exists())
        self.assertTrue((self.root / "build/node_modules").is_dir())
        self.assertEqual((0, ""), self.run_setup())
        self.assertEqual(2, len(self.called("npm ci")))
        self.assertEqual([], self.called("apt-get"))

    def test_leaves_the_tests_packages_alone_when_not_asked(self):
        self.installed.write_text("g++ mold")
        self.assertEqual(0, self.run_setup("build", "run")[0])
        self.assertEqual(1, len(self.called("npm ci")))
        self.assertFalse((self.root / "build/node_modules").exists())

    def test_tells_an_ordinary_user_the_line_to_type(self):
        self.installed.write_text("mold gone")
        status, errors = self.run_setup()
        self.assertEqual(1, status)
        self.assertIn("\n    apt-get update && apt-get install --no-install-recommends g++ curl\n", errors)
        self.assertEqual([], self.called("apt-get"))

    def test_installs_as_root_and_fetches_the_lists_when_the_first_try_fails(self):
        self.installed.write_text("mold")
        self.assertEqual(0, self.run_setup(USER_ID="0")[0])
        calls = self.called("apt-get")
        self.assertEqual(3, len(calls), calls)
        self.assertTrue(calls[0].endswith(" install g++ curl"), calls)
        self.assertIn("update", calls[1])
        self.assertEqual(calls[0], calls[2])

    def test_says_what_is_wrong_when_the_registry_is_not_there_and_recovers(self):
        status, errors = self.run_setup(NPM_FAILS="1")
        self.assertEqual(1, status)
        self.assertIn("is the npm registry reachable", errors)
        self.assertEqual([], list((self.root / "cache/npm").glob(".partial.*")))
        self.assertFalse((self.root / "build/libchdb.so").exists())
        self.assertEqual(0, self.run_setup()[0])

    def test_fetches_once_when_two_run_at_the_same_time(self):
        both = [self.start("run", NPM_SECONDS="1"), self.start("run", NPM_SECONDS="1")]
        for process in both:
            process.communicate(timeout=60)
            self.assertEqual(0, process.returncode)
        self.assertEqual(1, len(self.called("npm ci")))

    def test_fetches_anew_when_the_lock_file_changes(self):
        self.run_setup("run")
        first = os.readlink(self.root / "build/libchdb.so")
        (self.root / "npm/engine/package-lock.json").write_text('{"name": "newer"}')
        self.assertEqual(0, self.run_setup("run")[0])
        self.assertNotEqual(first, os.readlink(self.root / "build/libchdb.so"))

    def unpacked(self):
        return self.root / "build/syslog-ng"

    def test_unpacks_what_cannot_be_installed_beside_the_rest_once(self):
        (self.root / "tools/packages.txt").write_text(_PACKAGES + "[unpacked]\nrival  # why\n")
        self.stand_in("apt-get", 'echo "apt-get $*" >>"$ROOT/calls"; touch rival.deb')
        self.stand_in("dpkg", 'touch "$3/file-of-$(basename "$2")"')
        self.assertEqual(0, self.run_setup()[0])
        self.assertEqual(["apt-get -qq download rival"], self.called("apt-get"))
        self.assertTrue((self.unpacked() / "file-of-rival.deb").exists())
        self.assertFalse((self.unpacked() / "rival.deb").exists())
        self.assertEqual((0, ""), self.run_setup())
        self.assertEqual(1, len(self.called("apt-get")))

    def test_goes_on_without_what_could_not_be_unpacked(self):
        (self.root / "tools/packages.txt").write_text(_PACKAGES + "[unpacked]\nrival  # why\n")
        self.stand_in("apt-get", "exit 100")
        status, errors = self.run_setup()
        self.assertEqual(0, status)
        self.assertIn("a few tests will be skipped", errors)
        self.assertFalse(self.unpacked().exists())
        self.assertEqual([], list((self.root / "cache/unpacked").glob(".partial.*")))

    def test_refuses_a_section_that_does_not_exist(self):
        self.assertEqual(2, self.run_setup("tests")[0])


if __name__ == "__main__":
    unittest.main()
