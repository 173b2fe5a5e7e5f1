# SPDX-License-Identifier: Apache-2.0
"""`vedette doctor` finds what is wrong, says what to do, and ends with the worst of it."""

import socket
import unittest

from commands import CommandTest, json_lines

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
