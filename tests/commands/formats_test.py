# SPDX-License-Identifier: Apache-2.0
"""`vedette formats` lists, guesses and tries formats; scan and a server read by them."""

import json
import unittest

from commands import CommandTest, json_lines

DEFINITION = """format: shop
summary: the shop's log
recognise: {marks: [' shop[']}
take: {dissect: '%{when} %{word} shop[%{process.pid}]: %{message}'}
steps:
  - time: {of: when, forms: ISO8601}
  - drop: when
"""
LINES = "2026-05-17T10:05:03Z calm shop[7]: marked-by-the-test\n2026-05-17T10:05:04Z wild shop[8]: x\n"


class Formats(CommandTest):
    def setUp(self):
        super().setUp()
        self.definition = self.write("formats/shop.yml", DEFINITION)
        self.sample = self.write("shop.log", LINES)

    def test_lists_built_in_ones_and_those_of_a_folder(self):
        listed = self.run_vedette("formats", "list", "--formats", self.folder / "formats", "--format", "json")
        self.assert_ends(0, listed)
        formats = {row["name"]: row for row in json_lines(listed.stdout)}
        self.assertIn("syslog", formats)
        self.assertEqual(str(self.definition), formats["shop"]["from"])
        self.assertIn("shop[", formats["shop"]["recognised"])
        self.assertIn("process.pid", formats["shop"]["makes"])
        self.write("formats/wrong.yml", "format: wrong\ntake: {disect: '%{a}'}\n")
        wrong = self.run_vedette("formats", "list", "--formats", self.folder / "formats")
        self.assert_ends(1, wrong)
        self.assertIn("wrong.yml:2:8: there is no 'disect' here (did you mean 'dissect'?)", wrong.stderr)
        self.assertIn("the shop's log", wrong.stdout)

    def test_shows_rows_failures_with_reasons_and_what_share_fits(self):
        good = self.run_vedette("formats", "test", self.definition, self.sample)
        self.assert_ends(0, good)
        self.assertIn("2 of 2 records were taken apart (100.0 %)", good.stdout)
        self.write("shop.log", LINES + "something \x1b[31m else\n")
        some = self.run_vedette("formats", "test", self.definition, self.sample)
        self.assert_ends(1, some)
        self.assertNotIn("\x1b", some.stdout)
        self.assertIn("line 3: the literal ' shop[' is not where the pattern has it", some.stdout)
        as_json = self.run_vedette("formats", "test", self.definition, self.sample, "--format", "json")
        told = json.loads(as_json.stdout)
        self.assertEqual((3, 2, 0), (told["records"], told["decoded"], told["without_time"]))
        self.assertEqual(2, told["fields"]["process.pid"])

    def test_makes_a_definition_that_fits_the_sample(self):
        samples = {
            "words": LINES,
            "pairs": "a=1 user=ada n=3\na=2 user=bob n=4\n",
            "table": "time;user;n\n2026-05-17 10:05:03;ada;3\n2026-05-17 10:05:04;bob;4\n",
            "objects": '{"t":1431857103,"user":{"name":"ada"}}\n{"t":1431857104,"user":{"name":"bob"}}\n',
            "access": '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12\n' * 3,
        }
        for name, lines in samples.items():
            with self.subTest(name):
                sample = self.write(f"{name}.log", lines)
                made = self.folder / f"{name}.yml"
                self.assert_ends(0, self.run_vedette("formats", "new", name, "--from", sample, "-o", made))
                tried = self.run_vedette("formats", "test", made, sample, "--format", "json")
                self.assert_ends(0, tried)
                self.assertEqual(0 if name != "pairs" else 2, json.loads(tried.stdout)["without_time"])
                again = self.run_vedette("formats", "new", name, "--from", sample, "-o", made)
                self.assert_ends(2, again)

    def test_scan_reads_by_them(self):
        rule = self.write("rules/r.yml", """title: A wild shop
id: 0b1f9f0a-6c0e-4d4e-8a7b-2d9f3a1c5e78
status: test
description: Finds the marker of these tests.
author: Vedette
logsource:
    product: test
detection:
    wild:
        word: wild
    condition: wild
level: medium
""")
        logsources = self.write("logsources/all.yml", "description: Every record\nproduct: test\nlogsources:\n"
                                "  - match: {dataset: 'shop'}\n")
        scanned = self.run_vedette("scan", "--formats", self.folder / "formats", "--rules", rule, "--logsources", logsources,
                                   "--format", "json", self.sample)
        self.assert_ends(0, scanned)
        self.assertEqual(["A wild shop"], [finding["title"] for finding in json_lines(scanned.stdout)])
        self.write("formats/shop.yml", "format: shop\ntake: {disect: '%{a}'}\n")
        wrong = self.run_vedette("scan", "--formats", self.folder / "formats", self.sample)
        self.assert_ends(2, wrong)
        self.assertIn("did you mean 'dissect'?", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
