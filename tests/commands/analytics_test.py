# SPDX-License-Identifier: Apache-2.0
"""A history is learned from in the order of its own time, told about, put in force, and the same after a rebuild."""

import datetime
import pathlib
import random
import subprocess
import time
import unittest

from commands import PROGRAM, CommandTest, json_lines
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

    def server_with(self, *parts):
        server = self.server_that_learns()
        for part in parts:
            send(server, part)
            wait_until_stored(server)
        return server

    def learned(self, server, *arguments):
        """What came of it: its first line and how each analytic did."""
        done = self.analytics(server.data, *arguments, "--format", "json")
        self.assert_ends(0, done)
        lines = json_lines(done.stdout)
        return lines[0], [line for line in lines if "analytic" in line]

    def events_of(self, server, query):
        """Ids of events as searches show them."""
        found = self.run_vedette("search", query, "--data", server.data, "--from", "2026-05-01", "--to", "2026-06-01",
                                 "--limit", "10000", "--format", "json")
        self.assert_ends(0, found)
        return [line["id"].replace(".", ":") for line in json_lines(found.stdout)]

    def subtracted(self, server):
        listed = self.analytics(server.data, "subtract", "--list")
        self.assert_ends(0, listed)
        return [line for line in listed.stdout.splitlines() if ":" in line]

    def assert_rebuilds_equal(self, server):
        server.stop()
        exported = list(export(server))
        for batch_rows in (7, 4096):
            rebuild(server, batch_rows)
            self.assertEqual(exported, list(export(server, batch_rows)))

    def test_subtract_an_attack_and_take_it_back(self):
        clean = history(12)
        poison = [{"@timestamp": (BEGIN + datetime.timedelta(days=day, hours=11, seconds=20 * i)).isoformat(),
                   "user.name": "user3", "event.action": "poison"} for day in (3, 4, 7, 8) for i in range(150)]
        span = ("--from", "2026-05-04T00:00:00Z", "--to", "2026-05-20T00:00:00Z")
        server = self.server_with(clean, poison)
        first, poisoned = self.learned(server, "learn", *span)
        self.assertEqual((len(clean) + len(poison), 0), (first["events"], first["subtracted"]))

        ids = self.events_of(server, "event.action: poison")
        self.assertEqual(len(poison), len(ids))
        listed = self.write("attack.txt", "# the attack\n" + "\n".join([*ids[1:], ids[1], "77000000:0"]) + "\n")
        first, without = self.learned(server, "subtract", listed, ids[0])
        self.assertEqual({"events": len(clean), "subtracted": len(ids), "repeated": 1, "not_taken": 1, "not_there": 0},
                         {key: first[key] for key in ("events", "subtracted", "repeated", "not_taken", "not_there")})
        self.assertEqual(len(ids), len(self.subtracted(server)))
        # The oracle: the same history without them, read as it is.
        other = Analytics()
        other.setUp()
        self.addCleanup(other.doCleanups)
        oracle = other.server_with(clean)
        _, expected = other.learned(oracle, "learn", *span)
        self.assertEqual(expected, without)
        self.assertNotEqual(poisoned, without)

        server.kill()
        server.start()
        self.assertEqual(len(ids), len(self.subtracted(server)), "a kill loses nothing of it")
        _, again = self.learned(server, "learn", *span)
        self.assertEqual(without, again, "who learns later leaves them out as well")
        told = self.analytics(server.data, "subtract", "--restore", ids[0])
        self.assert_ends(0, told)
        self.assertIn(f"{len(ids) - 1} events left out", told.stdout)
        self.assertNotIn(ids[0], self.subtracted(server))
        self.assert_rebuilds_equal(server)

    def test_roll_back_to_a_date(self):
        events = history(12)
        server = self.server_with(events)
        self.learned(server, "learn", "--from", "2026-05-04T00:00:00Z", "--to", "2026-05-20T00:00:00Z")
        first, back = self.learned(server, "rollback", "2026-05-12")
        before = [event for event in events if event["@timestamp"] < "2026-05-12"]
        self.assertEqual(len(before), first["events"])
        other = Analytics()
        other.setUp()
        self.addCleanup(other.doCleanups)
        oracle = other.server_with(before)
        _, expected = other.learned(oracle, "learn", "--from", "2026-05-01", "--to", "2026-05-11")
        self.assertEqual(expected, back)
        told = self.analytics(server.data, "rollback", "2026-05-12")
        self.assertIn("confident", told.stdout)
        self.assertIn("what was learned is in force", told.stdout)
        server.kill()
        server.start()
        wait_until_stored(server)
        self.assert_rebuilds_equal(server)

    def test_a_kill_leaves_it_as_it_was_or_as_it_should_be(self):
        events = history(12)
        server = self.server_with(events)
        ids = self.events_of(server, "user.name: user3")[:500]
        listed = self.write("attack.txt", "\n".join(ids))
        chance = random.Random(5)
        states = set()
        for arguments in (("subtract", listed), ("rollback", "2026-05-12"), ("subtract", listed)):
            asked = subprocess.Popen([str(PROGRAM), "analytics", arguments[0], "--data", server.data, *map(str, arguments[1:])],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.02, 0.5))
            server.kill()
            asked.wait()
            server.start()
            wait_until_stored(server)
            states.add(len(self.subtracted(server)))
        self.assertLessEqual(states, {0, len(ids)})
        first, _ = self.learned(server, "subtract", listed)
        self.assertEqual(len(ids), first["subtracted"])
        self.assert_rebuilds_equal(server)

    def test_subtract_says_what_is_wrong_and_changes_nothing(self):
        server = self.server_with(history(2))
        (self.folder / "binary").write_bytes(bytes(range(256)) * 64)
        self.write("huge.txt", "1:0\n" * 400_000)
        for arguments, words in (((), "no event is named"), (("nowhere.txt",), "nowhere.txt"),
                                 ((self.folder / "binary",), "line 1"),
                                 ((self.folder / "huge.txt",), "huge.txt"),
                                 ((self.write("words.txt", "1:0\nfour\n"),), "words.txt, line 2"),
                                 (("77000000:0",), "no event has any of these ids"),
                                 (("--incident", "abc"), "no such incident"),
                                 (("--finding", "abc"), "no such finding"),
                                 (("--restore", "1:0"), "none of these events is subtracted")):
            wrong = self.analytics(server.data, "subtract", *arguments)
            self.assert_ends(2, wrong)
            self.assertIn(words, wrong.stderr)
        for arguments, words in ((("soon",), "soon"), (("2126-05-03",), "still to come"), ((), "date")):
            wrong = self.analytics(server.data, "rollback", *arguments)
            self.assertNotEqual(0, wrong.returncode)
            self.assertIn(words, wrong.stderr)
        self.assertIn("nothing is subtracted", self.analytics(server.data, "subtract", "--list").stdout)

    def test_subtract_the_events_of_an_incident(self):
        server = self.server_of()
        self.write("analytics/logins.yml", ANALYTIC)
        config = pathlib.Path(server.config)
        config.write_text(config.read_text() + f"analytics: [{self.folder}/analytics]\n")
        self.started(server)
        send(server, [{"@timestamp": "2026-05-04T10:00:00Z", "user.name": "mallory", "message": "kill-test-marker"},
                      {"@timestamp": "2026-05-04T10:00:01Z", "user.name": "ann", "message": "nothing"}])
        wait_until_stored(server)
        incident = json_lines(self.run_vedette("incidents", "--data", server.data, "--format", "json").stdout)[0]["id"]
        done = self.analytics(server.data, "subtract", "--incident", incident[:8])
        self.assert_ends(0, done)
        self.assertIn("1 event left out", done.stdout)
        self.assertEqual(self.events_of(server, "user.name: mallory"), self.subtracted(server))

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
