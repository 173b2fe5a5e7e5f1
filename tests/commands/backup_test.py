# SPDX-License-Identifier: Apache-2.0
"""`vedette backup` beside a running server and without one, `vedette restore`, and their drills."""

import json
import os
import tarfile
import unittest

from commands import CommandTest, json_lines
from server import export, wait_until_stored


class Backup(CommandTest):
    def setUp(self):
        super().setUp()
        self.server = self.server_of(*[f"line {n}" + (" marked-by-the-test" if n % 10 == 0 else "") for n in range(300)])
        self.started(self.server)
        wait_until_stored(self.server)

    def backup(self, target, *arguments):
        return self.run_vedette("backup", self.folder / target, "--data", self.server.data, *arguments)

    def restore(self, source, *arguments):
        return self.run_vedette("restore", self.folder / source, *arguments)

    def lines_of(self, data):
        done = self.run_vedette("journal", "export", "--data", data)
        self.assert_ends(0, done)
        return done.stdout.splitlines()

    def test_beside_a_server_restores_to_the_same(self):
        taken = self.backup("one.tar.zst", "--format", "json", "--drill")
        self.assert_ends(0, taken)
        took, drilled = json_lines(taken.stdout)
        self.assertTrue(took["beside_server"])
        self.assertEqual(300, took["store_rows"])
        self.assertEqual(("passed", 300), (drilled["drill"], drilled["rows"]))
        self.assertEqual(took["journal_end"], drilled["journal_end"])
        self.assertEqual([], [name for name in os.listdir(self.folder) if "drill" in name or "unfinished" in name])
        self.assertFalse(os.path.exists(os.path.join(self.server.data, "backing_up")))
        self.server.stop()
        restored = self.folder / "restored"
        done = self.restore("one.tar.zst", "--data", restored)
        self.assert_ends(0, done)
        self.assertIn(f"next: vedette serve --config {restored}/configuration/vedette.yml --data {restored}", done.stdout)
        self.assertEqual(list(line.rstrip("\n") for line in export(self.server)), self.lines_of(restored))

    def test_without_a_server_and_without_the_store_is_rebuilt(self):
        self.server.stop()
        want = list(line.rstrip("\n") for line in export(self.server))
        taken = self.backup("plain", "--without-store")
        self.assert_ends(0, taken)
        self.assertIn("without the store", taken.stdout)
        self.assert_ends(0, self.restore("plain", "--check"))
        self.assert_ends(0, self.restore("plain", "--data", self.folder / "restored"))
        self.assertEqual(want, self.lines_of(self.folder / "restored"))
        whole = self.backup("whole", "--earlier", self.folder / "plain", "--format", "json")
        self.assert_ends(0, whole)
        self.assertGreater(json.loads(whole.stdout)["shared_bytes"], 0)
        self.assert_ends(0, self.restore("whole", "--drill"))

    def test_refuses_what_would_harm(self):
        self.assert_ends(0, self.backup("good"))
        again = self.backup("good")
        self.assert_ends(2, again)
        self.assertIn("already", again.stderr)
        self.assert_ends(2, self.run_vedette("backup", os.path.join(self.server.data, "inside"), "--data", self.server.data))
        over = self.restore("good", "--data", self.server.data)
        self.assert_ends(2, over)
        self.assertIn("not empty", over.stderr)
        self.assert_ends(2, self.restore("good"))
        manifest = self.folder / "good/manifest"
        manifest.write_text(manifest.read_text().replace("program", "Program"))
        damaged = self.restore("good", "--data", self.folder / "never")
        self.assert_ends(2, damaged)
        self.assertFalse((self.folder / "never").exists())
        self.assert_ends(2, self.run_vedette("backup", self.folder / "none", "--data", self.folder / "nothing-here"))

    def test_refuses_hostile_archives(self):
        self.assert_ends(0, self.backup("good"))
        for name, change in {"leads_out": {"name": "../../evil"}, "absolute": {"name": "/tmp/evil"},
                             "link": {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
                             "hard": {"type": tarfile.LNKTYPE, "linkname": "manifest"},
                             "folder": {"type": tarfile.DIRTYPE}}.items():
            path = self.folder / f"{name}.tar"
            with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
                for file in sorted((self.folder / "good").rglob("*")):
                    if file.is_file():
                        archive.add(file, file.relative_to(self.folder / "good"))
                bad = tarfile.TarInfo("data/bad")
                for key, value in change.items():
                    setattr(bad, key, value)
                archive.addfile(bad)
            refused = self.restore(path.name, "--data", self.folder / "never")
            self.assert_ends(2, refused)
            self.assertFalse((self.folder / "never").exists(), name)

    def test_leaves_a_server_that_goes_on(self):
        before = self.server.status()["journal"]["end"]
        self.assert_ends(0, self.backup("first"))
        self.write("logs/more.log", "".join(f"more {n}\n" for n in range(100)))
        wait_until_stored(self.server)
        self.assertGreater(self.server.status()["journal"]["end"], before)
        self.assert_ends(0, self.backup("second", "--earlier", self.folder / "first"))
        self.assert_ends(0, self.restore("second", "--drill"))


if __name__ == "__main__":
    unittest.main()
