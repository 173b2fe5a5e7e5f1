# SPDX-License-Identifier: Apache-2.0
"""`vedette inbox` shows what could not be read, with the reason, and reads it again."""

import unittest
import urllib.request

from commands import CommandTest, json_lines
from server import wait_until_stored

BROKEN = '{"user": {"name": "ada"'


class Inbox(CommandTest):
    def setUp(self):
        super().setUp()
        self.server = self.started(self.server_of())
        lines = ['{"user":{"name":"ada"},"n":%d}' % n for n in range(5)] + [BROKEN, BROKEN + "\x1b[31m"]
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/ingest/shipper?format=json",
                                         data="\n".join(lines).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertEqual(2, answer.status // 100)
        wait_until_stored(self.server)

    def inbox(self, *arguments):
        return self.run_vedette("inbox", *arguments, "--data", self.server.data)

    def test_lists_what_did_not_fit_with_the_reason(self):
        listed = self.inbox("list", "--format", "json")
        self.assert_ends(1, listed)
        rows = json_lines(listed.stdout)
        self.assertEqual({BROKEN, BROKEN + "\x1b[31m"}, {row["raw"] for row in rows})
        for row in rows:
            self.assertTrue(row["reason"])
            self.assertEqual("shipper", row["source"])
        table = self.inbox("list")
        self.assert_ends(1, table)
        self.assertIn("2x", table.stdout)
        self.assertNotIn("\x1b", table.stdout, "a hostile record reached the terminal")
        nothing = self.inbox("list", "--stage", "store")
        self.assert_ends(0, nothing)

    def test_reads_them_again_as_another_format(self):
        still = self.inbox("parse", "--as", "json")
        self.assert_ends(1, still)
        self.assertIn("0 of 2 records fit now", still.stderr)
        as_text = self.inbox("parse", "--as", "text")
        self.assert_ends(0, as_text)
        self.assertEqual(2, len(as_text.stdout.splitlines()))
        rows = json_lines(as_text.stdout)
        self.assertEqual({"text"}, {row["format"] for row in rows})
        self.assertIn(BROKEN, [row["row"]["fields"]["message"] for row in rows])
        wrong = self.inbox("parse", "--as", "nonsense")
        self.assert_ends(2, wrong)

    def test_says_where_no_state_is(self):
        none = self.run_vedette("inbox", "list", "--data", self.folder / "nothing")
        self.assert_ends(2, none)
        self.assertIn("nothing", none.stderr)


if __name__ == "__main__":
    unittest.main()
