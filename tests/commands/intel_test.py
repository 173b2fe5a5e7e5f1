# SPDX-License-Identifier: Apache-2.0
"""`vedette intel` and `vedette scan --indicators`: feeds of every format against logs, without a server."""

import json
import unittest

from commands import CommandTest, json_lines

LINE = "2026-05-17T10:00:0{}Z web sshd[71]: Accepted password for ada from {} port 4022 ssh2"
BUNDLE = {"type": "bundle", "id": "bundle--1", "objects": [
    {"type": "indicator", "id": "indicator--1", "name": "A C2", "confidence": 85, "valid_from": "2026-01-01T00:00:00Z",
     "pattern": "[ipv4-addr:value = '203.0.113.9' OR domain-name:value = 'evil.example']"},
    {"type": "indicator", "id": "indicator--2",
     "pattern": "[ipv4-addr:value = '203.0.113.9' AND file:size = 3]"},
    {"type": "attack-pattern", "id": "attack-pattern--1",
     "external_references": [{"source_name": "mitre-attack", "external_id": "T1071"}]},
    {"type": "relationship", "relationship_type": "indicates", "source_ref": "indicator--1",
     "target_ref": "attack-pattern--1"}]}


class Intel(CommandTest):
    def setUp(self):
        super().setUp()
        self.plain = self.write("blocked.txt", "# bad ones\n198.51.100.0/24 ; a remark\nhxxp://bad[.]example/x\n10.1.2.3\nno such\n")
        self.bundle = self.write("c2.json", json.dumps(BUNDLE))
        self.log = self.write("auth.log", "\n".join(LINE.format(number, address) for number, address in
                                                    enumerate(["198.51.100.7", "192.0.2.1", "203.0.113.9", "10.1.2.3"])) + "\n")

    def test_check_tells_what_is_used_and_what_is_not_and_why(self):
        checked = self.run_vedette("intel", "check", "--format", "json", self.plain, self.bundle)
        self.assert_ends(1, checked)
        plain, bundle = json_lines(checked.stdout)
        self.assertEqual(("blocked", "plain", 2, {"ip": 1, "url": 1}),
                         tuple(plain[key] for key in ("feed", "format", "indicators", "types")))
        self.assertEqual([{"reason": "not an address, domain, URL, e-mail address or hash", "count": 1,
                           "example": f"{self.plain}:5: no"}], plain["refused"])
        self.assertEqual("private and special addresses", plain["kept_out"][0]["reason"])
        self.assertEqual(("stix", 2), (bundle["format"], bundle["indicators"]))
        self.assertEqual("AND of several tests", bundle["refused"][0]["reason"])
        self.assert_ends(0, self.run_vedette("intel", "check", self.write("good.txt", "evil.example\n")))
        page = self.run_vedette("intel", "check", self.write("page.txt", "<html>not found</html>\n"))
        self.assert_ends(2, page)
        self.assertIn("a page of HTML or XML, not a feed", page.stderr)
        self.assert_ends(2, self.run_vedette("intel", "check", self.write("cut.json", json.dumps(BUNDLE)[:-9])))
        self.assert_ends(2, self.run_vedette("intel", "check", self.folder / "missing.txt"))

    def test_lookup_finds_what_a_value_lies_in_and_below(self):
        def found(*values):
            done = self.run_vedette("intel", "lookup", "--format", "json", "--indicators", self.plain, "--indicators",
                                    self.bundle, *values)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            return [(row["feed"], row["type"], row["value"]) for row in json_lines(done.stdout)]

        self.assertEqual([("blocked", "ip", "198.51.100.0/24")], found("198.51.100.77"))
        self.assertEqual([("c2", "domain", "evil.example")], found("www[.]EVIL.example."))
        self.assertEqual([("blocked", "url", "bad.example/x")], found("https://bad.example/x#y"))
        self.assertEqual([], found("notevil.example"))
        ended = self.write("ended.csv", "value,valid_until\nevil.example,2026-01-01\n")
        late = self.run_vedette("intel", "lookup", "--indicators", ended, "--at", "2026-06-01T00:00:00Z", "evil.example")
        self.assert_ends(1, late)
        self.assertIn("(ended)", late.stdout)
        self.assert_ends(0, self.run_vedette("intel", "lookup", "--indicators", ended, "--at", "2025-06-01T00:00:00Z",
                                             "evil.example"))

    def test_scan_finds_indicators_and_says_of_which_feed(self):
        rules = self.folder / "no-rules"
        rules.mkdir()
        arguments = ["scan", "--rules", rules, "--format", "json", self.log]
        done = self.run_vedette(*arguments, "--indicators", self.plain, "--indicators", self.bundle)
        self.assert_ends(0, done)
        findings = json_lines(done.stdout)
        self.assertEqual([(0, "ip:198.51.100.0/24", "medium"), (2, "ip:203.0.113.9", "high")],
                         [(f["event"], f["rule_id"], f["level"]) for f in findings])
        self.assertEqual(["T1071"], findings[1]["attack"])
        reason = findings[1]["reasons"][0]
        self.assertEqual(("source.ip", "203.0.113.9",
                          'ip 203.0.113.9 is in the feed c2 as "A C2" since 2026-01-01, confidence 85'),
                         (reason["feature"], reason["observed"], reason["expected"]))
        self.assertIn("AND of several tests", done.stderr)
        again = self.run_vedette(*arguments, "--indicators", self.bundle, "--indicators", self.plain)
        self.assertEqual(done.stdout, again.stdout, "in whatever order feeds are named")
        warned = self.write("ours.txt", "203.0.113.0/24\n")
        kept = self.run_vedette(*arguments, "--indicators", self.bundle, "--warning-lists", warned)
        self.assertEqual("", kept.stdout)
        self.assertIn("kept out by warning lists: ours.txt", kept.stderr)
        self.assertEqual("", self.run_vedette(*arguments).stdout)


if __name__ == "__main__":
    unittest.main()
