# SPDX-License-Identifier: Apache-2.0
"""`vedette lists` lists, checks and finds; scan, a server, its rules and searches know lists."""

import json
import pathlib
import signal
import time
import unittest

from commands import CommandTest, json_lines
from server import export, rebuild, wait_until_stored

VIPS = """list: vips
title: Accounts worth most
fields: [user.name, host.name]
file: vips.csv
key: login
until: until
add: [department]
"""
TABLE = "login,department,until\nAda,board,\nbob,sales,2026-05-31\n"
RULE = """title: A VIP
id: 0b1f9f0a-6c0e-4d4e-8a7b-2d9f3a1c5e79
status: test
description: Finds what a list says.
author: Vedette
logsource:
    product: test
detection:
    vip:
        host.lists: vips
    word:
        message|contains|expand: '%words%'
    condition: vip or word
level: medium
"""
LINE = "2026-05-17T10:00:0{}Z {} app[1]: {}"


class Lists(CommandTest):
    def setUp(self):
        super().setUp()
        self.definition = self.write("lists/vips.yml", VIPS)
        self.write("lists/vips.csv", TABLE)
        self.write("lists/own.yml", "list: own\nmatch: network\nvalues: [10.0.0.0/8]\n")
        self.write("lists/words.yml", "list: words\nvalues: [siren]\n")

    def lists(self, *arguments):
        return self.run_vedette("lists", *arguments[:1], "--lists", self.folder / "lists", *arguments[1:])

    def test_shows_them_and_tells_mistakes_with_their_line(self):
        listed = self.lists("list", "--format", "json")
        self.assert_ends(0, listed)
        by_name = {row["name"]: row for row in json_lines(listed.stdout)}
        self.assertEqual({"vips", "own", "words"}, set(by_name))
        self.assertEqual((2, "text", "user.name, host.name"),
                         tuple(by_name["vips"][key] for key in ("keys", "match", "fields")))
        self.assertEqual(str(self.definition), by_name["vips"]["from"])
        self.assert_ends(0, self.lists("check"))
        self.write("lists/vips.csv", TABLE + "ada,again,\n,nobody,\neve,sales,31.5.2026\n")
        wrong = self.lists("check")
        self.assert_ends(1, wrong)
        self.assertIn("vips.csv:6: '31.5.2026' in the column 'until' is no date", wrong.stderr)
        self.assertIn("own              good: 1 key of 1 row", wrong.stdout)
        self.write("lists/vips.csv", TABLE + ",nobody,\n")
        self.assertIn("1 row without a key", self.lists("check").stdout)

    def test_finds_what_has_a_value_and_by_which_entry(self):
        found = self.lists("find", "--at", "2026-05-17T00:00:00Z", "BOB", "--format", "json")
        self.assert_ends(0, found)
        self.assertEqual([{"list": "vips", "where": str(self.folder / "lists/vips.csv") + ":3", "counts": True,
                           "columns": {"department": "sales"}}], json_lines(found.stdout))
        later = self.lists("find", "--at", "2026-06-17T00:00:00Z", "bob")
        self.assert_ends(1, later)
        self.assertIn("(does not count)", later.stdout)
        address = self.lists("find", "10.1.2.3")
        self.assert_ends(0, address)
        self.assertIn("own.yml:3", address.stdout)
        self.assert_ends(1, self.lists("find", "nobody"))
        self.assert_ends(2, self.lists("find", "--at", "soon", "nobody"))

    def rules(self):
        rule = self.write("rules/r.yml", RULE)
        logsources = self.write("logsources/all.yml",
                                "description: Every record\nproduct: test\nlogsources:\n  - match: {dataset: '*'}\n")
        return rule, logsources

    def test_scan_enriches_and_rules_know_them(self):
        rule, logsources = self.rules()
        log = self.write("app.log", "\n".join([LINE.format(0, "ada", "one"), LINE.format(1, "eve", "two"),
                                               LINE.format(2, "eve", "a siren")]) + "\n")
        arguments = ["scan", "--rules", rule, "--logsources", logsources, "--format", "json", log]
        found = self.run_vedette(*arguments, "--lists", self.folder / "lists")
        self.assert_ends(0, found)
        self.assertEqual([1, 3], [finding["event"] + 1 for finding in json_lines(found.stdout)])
        without = self.run_vedette(*arguments)
        self.assertEqual("", without.stdout)
        self.assertIn("the placeholder %words% has no values here", without.stderr)
        self.write("lists/words.yml", "list: words\nvalues: [siren]\nmatsh: text\n")
        wrong = self.run_vedette(*arguments, "--lists", self.folder / "lists")
        self.assert_ends(2, wrong)
        self.assertIn("did you mean 'match'?", wrong.stderr)

    def test_searches_know_them_beside_a_server_and_without_one(self):
        self.write("data/lists/vips.yml", VIPS)
        self.write("data/lists/vips.csv", TABLE)
        server = self.server_of(LINE.format(0, "ada", "one"), LINE.format(1, "bob", "two"), LINE.format(2, "eve", "three"))
        config = pathlib.Path(server.config)
        config.write_text(config.read_text().replace("format: text", "format: syslog"))
        self.started(server)
        wait_until_stored(server)
        self.write("data/lists/eves.yml", "list: eves\nvalues: [EVE]\n")
        server.process.send_signal(signal.SIGHUP)

        def hosts(query):
            found = self.run_vedette("search", "--data", server.data, "--format", "json", query)
            self.assertIn(found.returncode, (0, 1), found.stderr)
            return sorted(hit["fields"]["host.name"] for hit in json_lines(found.stdout))

        for _ in range(100):
            if self.run_vedette("search", "--data", server.data, "a in @eves").returncode != 2:
                break
            time.sleep(0.1)
        for where in ("running", "stopped"):
            with self.subTest(where):
                self.assertEqual(["ada", "bob"], hosts("host.name in @vips"))
                self.assertEqual(["ada", "bob"], hosts("host.lists:vips"))
                self.assertEqual(["ada"], hosts("host.department:board"))
                self.assertEqual(["eve"], hosts("host.name in @eves"), "a new list finds old events")
                self.assertEqual(["ada", "bob"], hosts("not host.name in @eves"))
                unknown = self.run_vedette("search", "--data", server.data, "host.name in @vip")
                self.assert_ends(2, unknown)
                self.assertIn("did you mean 'vips'?", unknown.stderr)
            if server.process.poll() is None:
                server.stop()

    def test_rows_keep_the_lists_of_their_time_through_a_kill_and_every_rebuild(self):
        self.write("data/lists/vips.yml", VIPS)
        self.write("data/lists/vips.csv", TABLE)
        server = self.server_of(LINE.format(0, "ada", "with the first list"))
        config = pathlib.Path(server.config)
        config.write_text(config.read_text().replace("format: text", "format: syslog"))
        self.started(server)
        log = self.folder / "logs/app.log"

        def append(host, text):
            with open(log, "a") as file:
                file.write(LINE.format(1, host, text) + "\n")
            wait_until_stored(server)

        wait_until_stored(server)
        self.write("data/lists/vips.csv", "login,department,until\neve,audit,\n")
        server.process.send_signal(signal.SIGHUP)
        for _ in range(100):
            if self.run_vedette("search", "--data", server.data, "host.name in @vips").returncode == 1:
                break  # ada is in it no longer
            time.sleep(0.1)
        append("eve", "with the second list")
        server.kill()
        server.start()
        append("eve", "with the second list again")
        self.write("data/lists/vips.yml", "list: vips\nvalues: {}\n")
        server.process.send_signal(signal.SIGHUP)
        append("eve", "with the second list, for the new one is wrong")
        server.kill()
        server.start()
        wait_until_stored(server)
        server.stop()
        first = list(export(server))
        rows = [json.loads(line[6:]) for line in first if line.startswith("event ")]
        said = {row["raw"].split("]: ")[1]: row["fields"].get("host.department") for row in rows}
        self.assertEqual({"with the first list": "board", "with the second list": "audit",
                          "with the second list again": "audit",
                          "with the second list, for the new one is wrong": "audit"}, said)
        for batch_rows in (1, 4096):
            rebuild(server, batch_rows)
            self.assertEqual(first, list(export(server, batch_rows)))


if __name__ == "__main__":
    unittest.main()
