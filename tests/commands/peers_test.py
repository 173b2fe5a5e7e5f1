# SPDX-License-Identifier: Apache-2.0
"""Groups are learned by a running server, shown, changed by a person, and the same after a kill and a rebuild."""

import datetime
import pathlib
import unittest

from commands import CommandTest, json_lines
from search_pipes_test import send
from server import export, rebuild, wait_until_stored

ANALYTIC = """analytic: programs
title: A program that a user never ran
entity: {user: user.name}
measure: {new_value: process.name}
sentence: '{entity} ran {value}'
"""
DAYS = 8
# Until yesterday: what is long ago counts for little, and what is to come is not learned from.
FIRST = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=DAYS)


def day_of(day):
    """Six who build by day, and six who look after machines at night."""
    events = []
    for hour in range(24):
        for user in range(12):
            is_night = user % 2 == 1
            if not (hour < 6 if is_night else 8 <= hour < 14):
                continue
            for i in range(3):
                moment = FIRST + datetime.timedelta(days=day, hours=hour, minutes=i * 13 + user)
                program = f"tool-{(hour + i) % 3}" if is_night else f"build-{(hour + i + user) % 4}"
                events.append({"@timestamp": moment.isoformat(), "user.name": f"u{user}", "process.name": program})
    return sorted(events, key=lambda event: event["@timestamp"])


class Peers(CommandTest):
    def peers(self, server, *arguments, status=0):
        done = self.run_vedette("analytics", "peers", *arguments, "--data", server.data)
        self.assert_ends(status, done)
        return done.stderr if status else done.stdout

    def groups(self, server):
        return [row for row in json_lines(self.peers(server, "--format", "json")) if row["is"] == "group"]

    def server_that_learned(self):
        server = self.server_of()
        self.write("analytics/programs.yml", ANALYTIC)
        config = pathlib.Path(server.config)
        config.write_text(config.read_text() + f"analytics: ['{self.folder}/analytics']\n")
        self.started(server)
        self.assertIn("no groups yet", self.peers(server))
        for day in range(DAYS):
            send(server, day_of(day))
        wait_until_stored(server)
        return server

    def test_are_shown_and_changed_and_the_same_after_a_kill_and_every_rebuild(self):
        server = self.server_that_learned()
        groups = self.groups(server)
        self.assertEqual([["u0", "u10", "u2", "u4", "u6", "u8"], ["u1", "u11", "u3", "u5", "u7", "u9"]],
                         sorted(group["members"] for group in groups))
        shown = self.peers(server)
        self.assertIn("members  u0, u10, u2, u4, u6, u8", shown)
        self.assertRegex(shown, r"does +(weekdays|values such as|programs)")
        night = next(group["id"] for group in groups if "u1" in group["members"])

        self.assertIn("nothing is known of it", self.peers(server, "set", "user:nobody", night, status=2))
        self.assertIn("there is no group 99", self.peers(server, "set", "user:u0", 99, status=2))
        self.assertIn("write TYPE:NAME", self.peers(server, "set", "u0", night, status=2))
        self.peers(server, "set", "user:U0", night)
        self.peers(server, "name", "user", night, "night watch")
        self.assertIn(f"user:u0: in group {night} since ", self.peers(server, "--entity", "user:u0"))
        self.assertIn("put there by a person", self.peers(server, "--entity", "user:u0"))
        self.assertIn("'night watch'", self.peers(server))

        # What people said is not learned: whoever learns the history anew keeps it.
        self.assert_ends(0, self.run_vedette("analytics", "learn", "--last", "10d", "--data", server.data))
        watch = next(group for group in self.groups(server) if group["name"] == "night watch")
        self.assertIn("u1", watch["members"])
        self.assertEqual(["u0"], watch["set"])

        server.kill()
        server.start()
        self.assertIn("put there by a person", self.peers(server, "--entity", "user:u0"))
        self.assertIn("'night watch'", self.peers(server))
        server.stop()
        before = list(export(server))
        for batch_rows in (1, 4096):
            rebuild(server, batch_rows)
            self.assertEqual(before, list(export(server)))

    def test_are_told_once_that_somebody_is_released(self):
        server = self.server_that_learned()
        groups = self.groups(server)
        night = next(group["id"] for group in groups if "u1" in group["members"])
        self.peers(server, "set", "user:u0", night)
        self.peers(server, "release", "user:u0")
        self.assertIn("nobody has put it anywhere", self.peers(server, "release", "user:u0", status=2))
        self.assertNotIn("by a person", self.peers(server, "--entity", "user:u0"))


if __name__ == "__main__":
    unittest.main()
