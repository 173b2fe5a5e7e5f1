# SPDX-License-Identifier: Apache-2.0
"""What `vedette doctor` tells of a server that has run: sources, clocks, files, rules that can never fire."""

import datetime
import json
import time
import unittest

from commands import CommandTest, json_lines
from server import wait_until_stored

RULE = """title: {title}
id: {id}
status: test
description: One of the rules that doctor looks at.
author: Vedette
logsource:
    product: {product}
detection:
    selection:
        {field}|contains: something
    condition: selection
level: low
"""
NEVER = "11111111-5f0f-4a39-9d5e-0d9f5a0e1b11"
CAN = "22222222-5f0f-4a39-9d5e-0d9f5a0e1b11"
WAITS = "33333333-5f0f-4a39-9d5e-0d9f5a0e1b11"


class DoctorKnowledge(CommandTest):
    def examine(self, server):
        done = self.run_vedette("doctor", "--format", "json", "--config", server.config)
        checks = {check["check"]: check for check in json_lines(done.stdout)}
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        return checks

    def prepared(self, lines):
        server = self.server_of(*lines)
        for number, (rule_id, title, product, field) in enumerate((
                (NEVER, "Tests what never comes", "test", "TargetFilename"),
                (CAN, "Tests the message", "test", "message"),
                (WAITS, "Waits for events", "elsewhere", "message"))):
            self.write(f"rules/{number}.yml", RULE.format(id=rule_id, title=title, product=product, field=field))
        self.write("logsources.yml", """description: Every record, and none
logsources:
  - product: test
    match: {dataset: '*'}
  - product: elsewhere
    match: {dataset: 'no.such.*'}
""")
        return self.started(server)

    def wait_for(self, server, name):
        """Until the server has saved what it knows (every five seconds)."""
        deadline = time.time() + 60
        while time.time() < deadline:
            checks = self.examine(server)
            if name in checks:
                return checks
            time.sleep(1)
        self.fail(f"doctor never tells of {name}: {json.dumps(list(checks))}")

    def test_names_rules_that_can_never_fire_with_the_field_that_never_came(self):
        server = self.prepared(f"line {n}" for n in range(1_500))
        checks = self.wait_for(server, f"rule {NEVER}")
        told = checks[f"rule {NEVER}"]
        self.assertEqual("warn", told["health"])
        self.assertEqual('"Tests what never comes" can never fire here: TargetFilename never came in 1500 events of text',
                         told["text"])
        self.assertIn("TargetFilename", told["hint"])
        self.assertNotIn(f"rule {CAN}", checks)
        self.assertIn("1 rules wait for log sources of which nothing came: product=elsewhere (1)",
                      checks["log_sources"]["text"])
        self.assertIn("of 1500 events", checks["last record of logs"]["text"])
        self.assertEqual("ok", checks["last record of logs"]["health"])
        self.assertEqual("warn", checks["last record of bulk"]["health"], "nothing has ever been sent there")
        self.assertIn("0 KB in 0 of 1 followed files", checks["files of logs"]["text"])
        server.stop()
        checks = self.examine(server)
        self.assertEqual("not running", checks["server"]["text"])
        self.assertIn(f"rule {NEVER}", checks, "it knows without the server")
        self.assertEqual("ok", checks["last record of bulk"]["health"])

    def test_forecasts_the_disk_with_a_server_and_without(self):
        server = self.prepared(f"line {n} {n * 7919}" for n in range(2_000))
        self.wait_for(server, "disk_days")
        wait_until_stored(server)
        told = self.examine(server)["disk_days"]
        self.assertEqual("ok", told["health"], told)
        self.assertRegex(told["text"], r"^\d+ MB a day: room for ")
        status = self.run_vedette("retention", "status", "--format", "json", "--data", server.data)
        self.assertIsNone(json_lines(status.stdout)[1]["full_in_days"], "the same forecast")
        server.stop()
        alone = self.examine(server)["disk_days"]
        self.assertEqual("ok", alone["health"], alone)
        self.assertRegex(alone["text"], r"^\d+ MB a day: room for what is kept", "by the days in the store's folder")
        with open(server.config, "a") as config:
            config.write("retention: {days: 0}\n")
        self.assertIn("room for years", self.examine(server)["disk_days"]["text"])

    def test_says_nothing_of_rules_after_few_events(self):
        server = self.prepared(f"line {n}" for n in range(10))
        checks = self.wait_for(server, "rule_fields")
        self.assertNotIn(f"rule {NEVER}", checks)

    def test_knows_a_clock_that_is_ahead(self):
        ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
        server = self.server_of(*(json.dumps({"@timestamp": ahead.isoformat(), "n": n}) for n in range(50)))
        config = server.config
        with open(config) as file:
            text = file.read().replace("format: text", "format: json")
        with open(config, "w") as file:
            file.write(text)
        self.started(server)
        checks = self.wait_for(server, "clock of logs")
        self.assertEqual("warn", checks["clock of logs"]["health"], checks["clock of logs"])
        self.assertIn("50 of 50 events are dated after they came", checks["clock of logs"]["text"])


if __name__ == "__main__":
    unittest.main()
