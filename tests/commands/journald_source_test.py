# SPDX-License-Identifier: Apache-2.0
"""A server that reads a journal which systemd's own program writes: live, and exactly once over a kill."""

import collections
import pathlib
import subprocess
import time
import unittest

from commands import PROGRAM, CommandTest
from journal_test import REMOTE, entry


class JournaldSource(CommandTest):
    def setUp(self):
        super().setUp()
        if not REMOTE.exists():
            self.skipTest("systemd-journal-remote is not installed")
        self.journal = self.folder / "journal"
        self.journal.mkdir()

    def log(self, first, count):
        made = self.folder / "made.export"
        made.write_bytes(b"".join(entry(n, b"journal-%d of the test" % n, SYSLOG_IDENTIFIER="app", _PID=7)
                                  for n in range(first, first + count)))
        subprocess.run([REMOTE, "-o", self.journal / "app.journal", made], check=True, capture_output=True, timeout=60)

    def wait_until_judged(self, server, before):
        deadline = time.time() + 60
        while time.time() < deadline:
            status = server.status()
            if status["journal"]["end"] > before and status["judged_to"] >= status["journal"]["end"]:
                return status["journal"]["end"]
            time.sleep(0.1)
        self.fail("nothing came")

    def test_follows_a_journal_and_doubles_nothing_when_it_is_killed(self):
        from server import export, wait_until_stored
        server = self.server_of("one")
        with open(server.config, "a") as file:
            file.write(f'  - {{kind: journald, name: systemd, directory: "{self.journal}"}}\n')
        self.log(0, 300)
        self.started(server)
        end = self.wait_until_judged(server, 0)
        self.log(300, 200)
        self.wait_until_judged(server, end)
        server.kill()
        self.log(500, 100)
        server.start()
        wait_until_stored(server)
        server.stop()
        found = collections.Counter()
        dataset = None
        for line in export(server):
            for word in line.replace('"', " ").split():
                if word.startswith("journal-") and word[8:].isdigit():
                    found[word] += 1
                    dataset = "linux.journal" if "linux.journal" in line else dataset
                    break
        self.assertEqual({f"journal-{n}": 1 for n in range(600)}, dict(found))
        self.assertEqual("linux.journal", dataset)


if __name__ == "__main__":
    unittest.main()
