# SPDX-License-Identifier: Apache-2.0
"""Saved searches are kept, run and scheduled; what scheduled ones find are findings, the same after a replay."""

import datetime
import subprocess
import time
import unittest

from commands import CommandTest, json_lines
from search_pipes_test import send
from server import export, rebuild, wait_until_stored

QUERY = "event.outcome:failure | count by source.ip | where count>=3"


class Searches(CommandTest):
    def searches(self, data, *arguments):
        return self.run_vedette("searches", arguments[0], "--data", data, *arguments[1:])

    def save(self, data, name, *arguments):
        return self.run_vedette("search", "--data", data, "--save", name, *arguments)

    def test_are_kept_listed_changed_and_removed(self):
        data = self.folder / "data"
        self.assert_ends(1, self.searches(data, "list"))
        self.assert_ends(0, self.save(data, "guessing", "--title", "Guessing", "--level", "high", QUERY))
        again = self.save(data, "guessing", QUERY)
        self.assert_ends(2, again)
        self.assertIn("there is a search 'guessing' already", again.stderr)
        self.assert_ends(2, self.save(data, "a/b", QUERY))
        self.assert_ends(2, self.save(data, "bad", "user.name:("))
        listed = self.searches(data, "list", "--format", "json")
        self.assert_ends(0, listed)
        self.assertEqual([("guessing", QUERY, "high", "")],
                         [(s["name"], s["query"], s["level"], s["every"]) for s in json_lines(listed.stdout)])
        self.assert_ends(0, self.searches(data, "schedule", "guessing", "--every", "5m", "--over", "15m"))
        self.assertIn("every 5m over 15m", self.searches(data, "list").stdout)
        wrong = self.searches(data, "schedule", "guessing", "--every", "5m", "--over", "1m")
        self.assert_ends(2, wrong)
        self.assertIn("events would be left out", wrong.stderr)
        self.assert_ends(0, self.searches(data, "schedule", "guessing", "--off"))
        self.assertIn("when asked", self.searches(data, "list").stdout)
        unknown = self.searches(data, "remove", "other")
        self.assert_ends(2, unknown)
        self.assertIn("there are guessing", unknown.stderr)
        self.assert_ends(0, self.searches(data, "remove", "guessing"))
        self.assert_ends(1, self.searches(data, "list"))
        self.write("data/searches/wrong.yml", "search: wrong\nquery: '* | cuont'\n")
        broken = self.searches(data, "list")
        self.assert_ends(2, broken)
        self.assertIn("wrong.yml:2:8", broken.stderr)

    def event(self, minute, source, user="root"):
        time_text = (self.begin + datetime.timedelta(minutes=minute)).isoformat()
        return {"@timestamp": time_text, "event.outcome": "failure", "source.ip": source, "user.name": user}

    @staticmethod
    def exported(server):
        return list(export(server))

    def runs(self, server):
        metrics = subprocess.run(["curl", "-s", "--unix-socket", str(server.data) + "/admin.sock", "http://x/metrics"],
                                 capture_output=True, text=True, check=True).stdout
        return {line.split()[0]: float(line.split()[1]) for line in metrics.splitlines()
                if line.startswith("vedette_search_")}

    def wait_for_a_tick(self, server, seconds=60):
        wait_until_stored(server)
        end = server.status()["journal"]["end"]
        deadline = time.time() + seconds
        while server.status()["journal"]["end"] == end:
            self.assertLess(time.time(), deadline, "no tick came")
            time.sleep(0.2)

    def wait_for_runs(self, server, count, seconds=120):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if self.runs(server).get("vedette_search_runs_total", 0) >= count:
                return
            time.sleep(0.2)
        self.fail(f"{count} runs were not done in {seconds} s: {self.runs(server)}")

    def test_that_are_scheduled_become_findings_and_a_replay_finds_the_same(self):
        self.begin = datetime.datetime(2026, 5, 17, 10, 0, tzinfo=datetime.timezone.utc)
        server = self.server_of()
        self.assert_ends(0, self.save(server.data, "guessing", "--title", "Guessing", "--level", "high", QUERY))
        self.assert_ends(0, self.searches(server.data, "schedule", "guessing", "--every", "5m", "--over", "5m"))
        self.started(server)
        send(server, [self.event(0.5, "10.0.0.1")])
        self.wait_for_a_tick(server)  # which tells the schedule what time it is
        send(server, [self.event(6 + i / 10, "10.0.0.7") for i in range(4)] +
             [self.event(7, "10.0.0.8") for _ in range(2)] + [self.event(12, "10.0.0.7") for _ in range(3)] +
             [self.event(21, "10.0.0.9")])
        self.wait_for_runs(server, 4)
        # A kill between runs: what was missed meanwhile is made up, nothing is found twice.
        server.kill()
        server.start()
        send(server, [self.event(26, "10.0.0.7") for _ in range(3)] + [self.event(31, "10.0.0.9")])
        self.wait_for_runs(server, 2)
        wait_until_stored(server)
        listed = subprocess.run(["curl", "-s", "--unix-socket", str(server.data) + "/admin.sock",
                                 "http://x/api/findings?rule_id=guessing"], capture_output=True, text=True).stdout
        found = json_lines(listed)
        self.assertEqual(3, len(found), listed)
        first = next(one for one in found if one["time"].startswith("2026-05-17T10:06"))
        self.assertEqual(("Guessing", "high", "search"), (first["title"], first["level"], first["detector"]))
        self.assertEqual(4, len(first["events"]))
        self.assertIn("ip:10.0.0.7", first["entities"])
        self.assertEqual([("source.ip", "10.0.0.7", ""), ("count", "4", "count>=3")],
                         [(r["feature"], r["observed"], r["expected"]) for r in first["reasons"]])
        self.assertAlmostEqual(6, first["bits"])
        incidents = subprocess.run(["curl", "-s", "--unix-socket", str(server.data) + "/admin.sock",
                                    "http://x/api/incidents"], capture_output=True, text=True).stdout
        self.assertEqual(1, len(json_lines(incidents)), "one address, within an hour: one incident")
        server.stop()
        before = self.exported(server)
        # The history is gone: results are in the journal.
        rebuild(server, 4096)
        self.assertEqual(before, self.exported(server))
        self.assertTrue(any("10.0.0.7" in line for line in before))


if __name__ == "__main__":
    unittest.main()
