# SPDX-License-Identifier: Apache-2.0
"""`vedette upgrade` tells versions, refuses newer folders, and leads back."""

import json
import os
import pathlib
import unittest

from commands import CommandTest
from server import export, wait_until_stored


class Upgrade(CommandTest):
    def setUp(self):
        super().setUp()
        self.server = self.started(self.server_of(*[f"line {n}" for n in range(50)]))
        wait_until_stored(self.server)
        self.server.stop()
        self.version = pathlib.Path(self.server.data) / "version"

    def upgrade(self, *arguments):
        return self.run_vedette("upgrade", *arguments, "--data", self.server.data)

    def status(self, code):
        done = self.upgrade("status", "--format", "json")
        self.assert_ends(code, done)
        return json.loads(done.stdout)

    def older(self):
        """As a folder is from before the store's newest migration: the version says so, and doing it again does no harm."""
        known = self.status(0)["known"]
        self.version.write_text(f"vedette data 1\nstate {known['state']}\nstore {known['store'] - 1}\n")
        return known

    def test_takes_a_snapshot_and_leads_back(self):
        before = list(export(self.server))
        known = self.older()
        if known["store"] > 1:
            self.assertTrue(self.status(1)["due"])
            self.server.start()
            wait_until_stored(self.server)
            self.server.stop()
            self.assertEqual(known, self.status(0)["found"])
            self.assertEqual(1, len(self.status(0)["snapshots"]))
            self.assert_ends(0, self.upgrade("back", "--trial"))
            self.assertEqual(known, self.status(0)["found"])
            self.assert_ends(0, self.upgrade("back"))
            self.assertTrue(self.status(1)["due"])
            self.assertEqual(before, list(export(self.server)))

    def test_puts_back_what_was_cut_off(self):
        before = list(export(self.server))
        known = self.older()
        if known["store"] < 2:
            self.skipTest("there is only one version yet")
        self.server.start()
        wait_until_stored(self.server)
        self.server.kill()
        name = self.status(0)["snapshots"][0]["name"]
        pathlib.Path(self.server.data, "upgrade_running").write_text(name)
        self.assertTrue(self.status(1)["cut_off"])
        refused = self.run_vedette("backup", self.folder / "backup", "--data", self.server.data)
        self.assert_ends(2, refused)
        self.assertEqual(before, list(export(self.server)))
        self.assertFalse(self.status(0)["cut_off"])

    def test_refuses_a_folder_that_is_newer(self):
        for text in ("vedette data 2\n", "vedette data 1\nstate 99\nstore 1\n", "vedette data 1\nstate 1\nstore 99\n"):
            self.version.write_text(text)
            done = self.run_vedette("serve", "--data", self.server.data, "--until-idle")
            self.assert_ends(2, done)
            self.assertIn("newer", done.stderr)
            self.assertFalse(os.path.exists(os.path.join(self.server.data, "upgrades")))
        self.version.write_text("nonsense")
        self.assert_ends(2, self.upgrade("status"))

    def test_back_without_a_snapshot_says_so(self):
        done = self.upgrade("back")
        self.assert_ends(2, done)
        self.assertIn("no snapshot", done.stderr)


if __name__ == "__main__":
    unittest.main()
