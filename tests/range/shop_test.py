# SPDX-License-Identifier: Apache-2.0
"""The shop that is attacked has its one hole and no other."""

import http.server
import io
import json
import pathlib
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "range"))
import shop  # noqa: E402


class Shop(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        shop.fill(f"{folder.name}/shop.db")
        self.log = io.StringIO()

        class Handler(shop.Handler):
            pass

        Handler.shop, Handler.log = shop.Shop(f"{folder.name}/shop.db"), self.log
        self.addCleanup(Handler.shop.database.close)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def ask(self, path, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with urllib.request.urlopen(self.address + path, data, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()

    def records(self):
        """What was logged; the shop answers first and logs then."""
        for _ in range(2000):
            if self.log.getvalue().endswith("\n"):
                break
            time.sleep(0.01)
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def test_finds_what_it_sells_and_logs_it_in_ecs(self):
        status, page = self.ask("/search?q=larch")
        self.assertEqual(200, status)
        self.assertIn("Larch board", page)
        record = self.records()[0]
        self.assertEqual(
            ("http_request", "success", "/search", 200),
            (record["event.action"], record["event.outcome"], record["url.path"], record["http.response.status_code"]))

    def test_gives_away_its_users_through_the_search(self):
        words = urllib.parse.quote("x%' UNION SELECT 1, email, password_sha1 FROM users --")
        self.assertIn("ines.harder@post.example", self.ask(f"/search?q={words}")[1])

    def test_logs_what_its_database_said(self):
        self.assertEqual(500, self.ask("/search?q=O%27Brien")[0])
        record = self.records()[0]
        self.assertEqual("sqlite3.OperationalError", record["error.type"])
        self.assertIn("syntax error", record["error.message"])

    def test_has_the_hole_nowhere_else(self):
        self.assertEqual(401, self.ask("/login", email="office@larch.example' --", password="x")[0])
        self.assertEqual(404, self.ask("/product?id=1%20or%201")[0])
        self.assertEqual("failure", self.records()[0]["event.outcome"])


if __name__ == "__main__":
    unittest.main()
