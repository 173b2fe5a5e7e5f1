# SPDX-License-Identifier: Apache-2.0
"""`vedette doctor` finds what is wrong, says what to do, and ends with the worst of it."""

import os
import pathlib
import socket
import subprocess
import unittest

from commands import PROGRAM, CommandTest, json_lines
from server import free_port

STATUS_OF = {"ok": 0, "warn": 1, "fail": 2}


class Doctor(CommandTest):
    def examine(self, *arguments, **environment):
        done = self.run_vedette("doctor", "--format", "json", *arguments, **environment)
        checks = {check["check"]: check for check in json_lines(done.stdout)}
        worst = max(STATUS_OF[check["health"]] for check in checks.values())
        self.assert_ends(worst, done)
        for check in checks.values():
            if check["health"] != "ok":
                self.assertTrue(check["hint"], f"no hint: {check}")
        return checks

    def assert_health(self, wanted, check):
        self.assertEqual(wanted, check["health"], check)

    def test_finds_nothing_that_stops_a_good_configuration(self):
        server = self.server_of("one")
        checks = self.examine("--config", server.config)
        for name in ("configuration", "server", "data", "store", "rules", "source logs", "source bulk"):
            self.assertIn(name, checks)
            self.assertNotEqual("fail", checks[name]["health"], checks[name])
        self.assertIn("26.", checks["store"]["text"])
        self.assertEqual("not running", checks["server"]["text"])

    def test_knows_what_a_running_server_holds(self):
        server = self.started(self.server_of("one"))
        checks = self.examine("--config", server.config)
        self.assertIn("running on", checks["server"]["text"])
        self.assert_health("ok", checks["source bulk"])
        self.assertIn("held by the running server", checks["source bulk"]["text"])

    def test_warns_where_the_journal_alone_could_fill_the_disk(self):
        server = self.server_of("one")
        with open(server.config, "a") as config:
            config.write("journal: {quota_mb: 99000000}\n")
        disk = self.examine("--config", server.config)["disk"]
        self.assert_health("warn", disk)
        self.assertIn("99000000 MB", disk["hint"])

    def test_warns_of_few_open_files_and_of_a_folder_open_to_all(self):
        data = self.folder / "data"
        data.mkdir(mode=0o750)
        self.assert_health("ok", self.examine("--data", data)["data"])
        data.chmod(0o777)
        done = subprocess.run(["bash", "-c", 'ulimit -n 1023; exec "$0" doctor --format json --data "$1"', PROGRAM, data],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        checks = {check["check"]: check for check in json_lines(done.stdout)}
        self.assert_health("warn", checks["open_files"])
        self.assertIn("1023 open files", checks["open_files"]["text"])
        self.assert_health("warn", checks["data"])
        self.assertEqual(f"chmod 0750 {data}", checks["data"]["hint"])

    def test_fails_without_the_engine(self):
        checks = self.examine("--data", self.folder / "data", VEDETTE_LIBCHDB="/nonexistent")
        self.assert_health("fail", checks["store"])
        self.assertIn("libchdb.so", checks["store"]["text"])

    def test_fails_where_another_program_listens(self):
        server = self.server_of("one")
        with socket.socket() as other:
            other.bind(("127.0.0.1", server.port))
            other.listen()
            checks = self.examine("--config", server.config)
        self.assert_health("fail", checks["source bulk"])
        self.assertIn(str(server.port), checks["source bulk"]["text"])
        self.assertIn(f"(process {os.getpid()})", checks["source bulk"]["text"], "it says who")

    def test_tells_of_senders_that_were_turned_away(self):
        server = self.server_of("one")
        port = free_port()
        config = pathlib.Path(server.config)
        config.write_text(config.read_text() + f"  - {{kind: syslog, name: net, allow: [192.0.2.0/24], "
                          f"listen: ['udp://127.0.0.1:{port}', 'tcp://127.0.0.1:{port}']}}\n")
        self.assert_health("ok", self.examine("--config", server.config)["source net"])
        self.started(server)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"<13>hello", ("127.0.0.1", port))
        with socket.create_connection(("127.0.0.1", port)) as sender:
            self.assertEqual(b"", sender.recv(1))
        checks = self.examine("--config", server.config)
        self.assertIn("held by the running server", checks["source net"]["text"])
        self.assert_health("warn", checks["losses net"])
        self.assertRegex(checks["losses net"]["text"], "^2 datagrams and connections")
        self.assertIn("allow", checks["losses net"]["hint"])

    def test_fails_with_the_line_of_a_wrong_configuration(self):
        config = self.write("wrong.yml", "data: /tmp\nsorces: []\n")
        checks = self.examine("--config", config)
        self.assert_health("fail", checks["configuration"])
        self.assertIn(f"{config}:2", checks["configuration"]["text"])

    def test_fails_for_rules_that_are_not_there(self):
        server = self.server_of("one")
        config = self.write("missing.yml", f"data: {server.data}\nrules: [{self.folder}/no-such-folder]\n")
        self.assert_health("fail", self.examine("--config", config)["rules"])


if __name__ == "__main__":
    unittest.main()
