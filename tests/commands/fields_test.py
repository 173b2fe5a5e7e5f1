# SPDX-License-Identifier: Apache-2.0
"""`vedette fields`: what searches ask for is counted, gets a column when told, and gives the same answers."""

import json
import time
import unittest
import urllib.request

from commands import CommandTest, json_lines
from server import wait_until_stored


class Promotion(CommandTest):
    QUERIES = ["shop.customer:c3", "shop.customer:*", "not shop.customer:c3", "shop.customer:c? and n>100", "shop.customer:/c[1-4]/"]

    def setUp(self):
        super().setUp()
        self.server = self.server_of()
        self.started(self.server)
        lines = "".join(json.dumps({"shop": {"customer": f"c{n % 7}"}, "n": n}) + "\n" for n in range(200))
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/ingest/shop?format=json",
                                         data=lines.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertEqual(2, answer.status // 100)
        wait_until_stored(self.server)

    def fields(self, *arguments):
        return self.run_vedette("fields", *arguments, "--data", self.server.data)

    def listed(self):
        done = self.fields("list", "--format", "json")
        self.assert_ends(0, done)
        return {field["field"]: field for field in json_lines(done.stdout)}

    def search(self, query):
        done = self.run_vedette("search", query, "--data", self.server.data, "--format", "json", "--limit", "1000")
        return sorted(done.stdout.splitlines())

    def test_gives_the_same_answers_from_a_column(self):
        before = [self.search(query) for query in self.QUERIES]
        self.assertTrue(any(before))
        asked = self.listed()["shop.customer"]
        self.assertGreaterEqual(asked["asked"], len(self.QUERIES))
        self.assertFalse(asked["promoted"])
        self.assert_ends(0, self.fields("promote", "shop.customer"))
        deadline = time.time() + 60
        while time.time() < deadline:
            field = self.listed()["shop.customer"]
            if field["promoted"] and field["rows"] == field["rows_in_column"]:
                break
            time.sleep(0.2)
        self.assertEqual(field["rows"], field["rows_in_column"])
        self.assertEqual(before, [self.search(query) for query in self.QUERIES])
        table = self.fields("list")
        self.assertIn("its own", table.stdout)
        self.server.stop()
        self.assertEqual(before, [self.search(query) for query in self.QUERIES], "without a server too")
        self.server.start()
        deadline = time.time() + 60
        while self.fields("list").returncode != 0 and time.time() < deadline:
            time.sleep(0.2)
        self.assert_ends(0, self.fields("demote", "shop.customer"))
        self.assertEqual(before, [self.search(query) for query in self.QUERIES])
        self.assert_ends(2, self.fields("demote", "shop.customer"))
        self.assert_ends(2, self.fields("promote", "user.name"))
        self.assert_ends(2, self.fields("promote", "a'b"))


if __name__ == "__main__":
    unittest.main()
