# SPDX-License-Identifier: Apache-2.0
"""Correlations in `vedette scan` and in a server: one finding that grows, over a kill as well, the same after a rebuild."""

import json
import subprocess
import time
import unittest

from commands import CommandTest, json_lines
from search_pipes_test import send
from server import export, rebuild, wait_until_stored

RULES = """title: Many Refusals
id: 2f9b1d44-0a57-4a0e-9a0b-7a6f1f0d2c01
level: high
tags: [attack.t1110]
correlation:
    type: event_count
    rules: [refused]
    group-by: [source.ip]
    timespan: 5m
    condition: {gte: 5}
---
title: A Refusal
id: 2f9b1d44-0a57-4a0e-9a0b-7a6f1f0d2c02
name: refused
level: low
logsource: {product: test}
detection:
    selection: {event.outcome: failure}
    condition: selection
"""
LOGSOURCES = """product: test
logsources:
  - match: {}
"""


def refusal(second, source="203.0.113.9", user="root"):
    return {"@timestamp": f"2026-05-17T10:{second // 60:02d}:{second % 60:02d}Z", "event.outcome": "failure",
            "source.ip": source, "user.name": user, "host.name": "web-1"}


class Scan(CommandTest):
    def scan(self, events, *arguments):
        rules, sources = self.write("rules.yml", RULES), self.write("sources.yml", LOGSOURCES)
        log = self.write("events.jsonl", "".join(json.dumps(event) + "\n" for event in events))
        done = self.run_vedette("scan", "--rules", rules, "--logsources", sources, *arguments, log)
        self.assert_ends(0, done)
        return done

    def test_gives_one_finding_that_reads_in_a_sentence_whatever_the_order_of_events(self):
        events = [refusal(i * 10, user=f"u{i % 3}") for i in range(8)] + [refusal(i, "198.51.100.7") for i in range(4)]
        for order in (events, events[::-1]):
            found = json_lines(self.scan(order, "--format", "json").stdout)
            self.assertEqual(["Many Refusals"], [finding["title"] for finding in found])
            finding = found[0]
            self.assertEqual(("high", "2026-05-17T10:00:00.000000000Z", ["T1110"]),
                             (finding["level"], finding["time"], finding["attack"]))
            self.assertEqual(8, len(finding["events"]))
            self.assertIn("ip:203.0.113.9", finding["entities"])
            self.assertEqual("8 events within 5 min with source.ip 203.0.113.9; 8 events in all, from "
                             "2026-05-17T10:00:00Z to 2026-05-17T10:01:10Z", finding["reasons"][0]["observed"])
            self.assertEqual("at least 5 events within 5 min with the same source.ip", finding["reasons"][0]["expected"])
            self.assertEqual("8 events: A Refusal", finding["reasons"][1]["observed"])
            self.assertAlmostEqual(6, finding["bits"])

    def test_shows_it_to_people(self):
        shown = self.scan([refusal(i) for i in range(6)]).stdout
        self.assertIn("Many Refusals", shown)
        self.assertIn("203.0.113.9", shown)

    def test_is_silent_below_and_says_what_is_wrong_with_a_correlation(self):
        self.assertEqual("", self.scan([refusal(i) for i in range(4)], "--format", "json").stdout)
        rules = self.write("wrong.yml", RULES.replace("event_count", "event_cuont"))
        done = self.run_vedette("scan", "--rules", rules, "--logsources", self.folder / "sources.yml",
                                self.folder / "events.jsonl")
        self.assertIn("wrong.yml:6:11: no such type of correlation: 'event_cuont' (did you mean 'event_count'?)", done.stderr)


class Serve(CommandTest):
    def ask(self, server, path):
        done = subprocess.run(["curl", "-s", "--unix-socket", f"{server.data}/admin.sock", f"http://x{path}"],
                              capture_output=True, text=True, check=True)
        return done.stdout

    def findings(self, server):
        return json_lines(self.ask(server, "/api/findings?rule_id=2f9b1d44-0a57-4a0e-9a0b-7a6f1f0d2c01"))

    def test_grows_over_a_kill_and_is_the_same_after_a_rebuild(self):
        server = self.server_of()
        self.write("rules/correlation.yml", RULES)
        self.write("logsources.yml", LOGSOURCES)
        self.started(server)
        send(server, [refusal(i, user=f"u{i}") for i in range(3)])
        wait_until_stored(server)
        self.assertEqual([], self.findings(server))
        server.kill()
        server.start()
        send(server, [refusal(i, user=f"u{i}") for i in range(3, 6)])
        wait_until_stored(server)
        first = self.findings(server)
        self.assertEqual(1, len(first), first)
        self.assertEqual(5, len(first[0]["events"]), "told at once, with what was there")
        server.kill()
        server.start()
        send(server, [refusal(i, user=f"u{i}") for i in range(6, 9)])
        deadline = time.time() + 60
        while len(self.findings(server)[0]["events"]) < 9:
            self.assertLess(time.time(), deadline, "the finding does not grow at a tick")
            time.sleep(0.2)
        grown = self.findings(server)
        self.assertEqual([first[0]["id"]], [finding["id"] for finding in grown])
        self.assertEqual(first[0]["time"], grown[0]["time"])
        self.assertEqual("9 events: A Refusal", grown[0]["reasons"][1]["observed"])
        self.assertIn("user:u8", grown[0]["entities"])
        incidents = json_lines(self.ask(server, "/api/incidents"))
        self.assertEqual(1, len(incidents))
        self.assertIn("vedette_detect_forgotten_total 0", self.ask(server, "/metrics"))
        server.stop()
        before = list(export(server))
        self.assertTrue(any("Many Refusals" in line for line in before))
        for batch_rows in (1, 7, 4096):
            rebuild(server, batch_rows)
            self.assertEqual(before, list(export(server, batch_rows)))


if __name__ == "__main__":
    unittest.main()
