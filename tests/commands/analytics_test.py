# SPDX-License-Identifier: Apache-2.0
"""A history is learned from in the order of its own time, told about, put in force, and the same after a rebuild."""

import datetime
import pathlib
import random
import unittest

from commands import CommandTest, json_lines
from search_pipes_test import send
from server import export, rebuild, wait_until_stored

ANALYTIC = """analytic: logins
title: Unusually many logins
entity: {user: user.name}
measure: count
windows: [1h]
against: [self, everybody]
sentence: '{observed} logins of {entity} in {window}; {low} to {high} are expected'
"""
BEGIN = datetime.datetime(2026, 5, 4, tzinfo=datetime.timezone.utc)  # a Monday


def history(days, people=12):
    """Office hours of some people, and one hour in which one of them does far too much."""
    chance = random.Random(1)
    events = []
    for hour in range(days * 24):
        if hour % 24 not in range(8, 18) or hour // 24 % 7 > 4:
            continue
        for who in range(people):
            logins = chance.randrange(2, 6) + (60 if hour == (days - 1) * 24 + 10 and who == 3 else 0)
            for _ in range(logins):
                time = BEGIN + datetime.timedelta(hours=hour, seconds=chance.randrange(3600))
                events.append({"@timestamp": time.isoformat(), "user.name": f"user{who}"})
    return sorted(events, key=lambda event: event["@timestamp"])


class Analytics(CommandTest):
    def analytics(self, data, *arguments):
        return self.run_vedette("analytics", arguments[0], "--data", data, *arguments[1:])

    def server_that_learns(self):
        server = self.server_of()
        self.write("analytics/logins.yml", ANALYTIC)
        config = pathlib.Path(server.config)
        config.write_text(config.read_text() + f"analytics: [{self.folder}/analytics]\n")
        return self.started(server)

    def test_learn_from_history_and_a_rebuild_learns_the_same(self):
        server = self.server_that_learns()
        events = history(19)
        # As an import is: the later part first, so that what comes live teaches little.
        half = len(events) // 2
        for part in (events[half:], events[:half]):
            send(server, part)
            wait_until_stored(server)
        span = ("--from", "2026-05-04T00:00:00Z", "--to", "2026-05-24T00:00:00Z")
        replayed = self.analytics(server.data, "replay", *span, "--format", "json")
        self.assert_ends(0, replayed)
        lines = json_lines(replayed.stdout)
        self.assertEqual(("done", False, len(events)),
                         (lines[0]["state"], lines[0]["is_in_force"], lines[0]["events"]))
        standing = next(line for line in lines if "analytic" in line)
        self.assertGreater(standing["tests_ever"], 1_000)
        sure = datetime.datetime.fromtimestamp(standing["confident_ns"] / 1e9, datetime.timezone.utc)
        self.assertTrue(BEGIN < sure < BEGIN + datetime.timedelta(days=19), sure)
        told = [line["finding"] for line in lines if "finding" in line]
        self.assertTrue(any("user3" in str(finding["entities"]) for finding in told), told)
        alone = self.analytics(server.data, "replay", *span, self.folder / "analytics/logins.yml")
        self.assert_ends(0, alone)
        self.assertIn("logins of user3 in 1 h", alone.stdout)
        self.assertIn("since 2026-05-", alone.stdout)

        before = json_lines(self.analytics(server.data, "standings", "--format", "json").stdout)
        learned = self.analytics(server.data, "learn", *span)
        self.assert_ends(0, learned)
        self.assertIn("what was learned is in force", learned.stdout)
        server.kill()
        server.start()
        wait_until_stored(server)
        server.stop()
        after = json_lines(self.analytics(server.data, "standings", "--format", "json").stdout)
        self.assertLess(before[0]["tests_ever"], after[0]["tests_ever"])
        self.assertEqual(standing["tests_ever"], after[0]["tests_ever"])
        self.assertIn("good", self.analytics(server.data, "standings").stdout)
        exported = list(export(server))
        for batch_rows in (7, 4096):
            rebuild(server, batch_rows)
            self.assertEqual(exported, list(export(server, batch_rows)))

    def test_say_what_is_wrong(self):
        server = self.server_that_learns()
        for arguments, words in ((("--last", "soon"), "is no length of time"),
                                 ((self.write("bad.yml", "analytic: 1\n"),), "bad.yml"),
                                 (("--from", "2026-05-04T00:00:00Z", "--to", "2026-05-03T00:00:00Z"), "")):
            wrong = self.analytics(server.data, "replay", *arguments)
            self.assert_ends(2, wrong)
            self.assertIn(words, wrong.stderr)
        status = self.analytics(server.data, "learn", "--status")
        self.assert_ends(0, status)
        self.assertIn("nothing was learned", status.stdout)
        server.stop()
        stopped = self.analytics(server.data, "learn", "--last", "7d")
        self.assert_ends(2, stopped)
        self.assertIn("no server runs", stopped.stderr)


if __name__ == "__main__":
    unittest.main()
