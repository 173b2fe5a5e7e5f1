# SPDX-License-Identifier: Apache-2.0
"""A server that holds files which events name against YARA rules, and is killed meanwhile."""

import datetime
import http.client
import json
import pathlib
import random
import socket
import sqlite3
import time
import unittest

from commands import CommandTest

RULES = 'rule bad { meta: severity = "high" strings: $a = "marked-for-yara" condition: $a }\n'


class Server(CommandTest):
    def setUp(self):
        super().setUp()
        self.server = self.server_of()
        self.rules = self.write("yara/r.yar", RULES)
        config = pathlib.Path(self.server.config)
        config.write_text(config.read_text() + f'  - {{kind: files, name: audit, paths: ["{self.folder}/audit.jsonl"], format: json}}\n'
                          f'store: {{enabled: false}}\nyara: {{rules: ["{self.rules.parent}"], files: {{files_per_s: 200}}}}\n')
        self.audit = self.write("audit.jsonl", "")

    def tell(self, *paths, **fields):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        with open(self.audit, "a") as log:
            for path in paths:
                log.write(json.dumps({"@timestamp": now, "process": {"executable": str(path)}, **fields}) + "\n")

    def findings(self):
        """(finding, path) of each finding by YARA in the state."""
        with sqlite3.connect(f"file:{self.server.data}/state.sqlite?mode=ro", uri=True) as state:
            return [row[0] for row in state.execute("SELECT rule_id FROM findings") if row[0].startswith("r.yar:")]

    def wait_for(self, count, seconds=60):
        deadline = time.time() + seconds
        while time.time() < deadline and len(self.findings()) < count:
            time.sleep(0.1)
        time.sleep(1)
        return len(self.findings())

    def test_finds_each_file_once_however_often_it_is_killed(self):
        rng = random.Random(5)
        files = [self.write(f"files/bad-{n}", f"marked-for-yara {n}\n") for n in range(60)]
        files += [self.write(f"files/good-{n}", f"nothing {n}\n") for n in range(60)]
        rng.shuffle(files)
        self.started(self.server)
        for begin in range(0, len(files), 15):
            self.tell(*files[begin:begin + 15])
            time.sleep(rng.random())
            self.server.kill()
            self.server.start()
        self.assertEqual(60, self.wait_for(60))
        self.tell(*files)
        time.sleep(2)
        self.server.stop()
        self.assertEqual(60, len(self.findings()))
        for path in files:
            path.unlink()
        done = self.run_vedette("journal", "rebuild", "--data", self.server.data)
        self.assert_ends(0, done)
        self.assertEqual(60, len(self.findings()), "the files are gone, what they were found to be is not")

    def test_opens_nothing_for_others(self):
        bad = self.write("bad", "marked-for-yara\n")
        self.started(self.server)
        self.tell(bad, host={"name": "another-host"})
        self.tell(bad, container={"id": "abc"})
        self.tell("/proc/self/mem", "/dev/zero", self.folder)
        self.tell(self.write("good", "nothing"))
        deadline = time.time() + 30
        while time.time() < deadline and 'vedette_files_total{result="judged"} 1' not in self.metrics():
            time.sleep(0.1)
        self.assertIn('vedette_files_total{result="judged"} 1', self.metrics())
        self.assertEqual([], self.findings())
        self.tell(bad, host={"name": socket.gethostname()})
        self.assertEqual(1, self.wait_for(1))

    def metrics(self):
        connection = http.client.HTTPConnection("localhost")
        with socket.socket(socket.AF_UNIX) as connection.sock:
            connection.sock.settimeout(10)
            connection.sock.connect(self.server.data + "/admin.sock")
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()


if __name__ == "__main__":
    unittest.main()
