# SPDX-License-Identifier: Apache-2.0
"""`vedette search` answers the same beside a running server and without one, and says why when it cannot."""

import http.server
import json
import os
import socketserver
import threading
import unittest

from commands import CommandTest, json_lines
from server import wait_until_stored


class Refusing(http.server.BaseHTTPRequestHandler):
    """A server that refuses every search, as a running one does whose store is away."""

    answer = {"error": "the store is away", "where": "/the/store", "hint": "wait for it", "code": "unavailable"}
    status = 503

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(self.answer).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

    def log_message(self, *arguments):
        pass


class Search(CommandTest):
    def search(self, data, *arguments):
        return self.run_vedette("search", "--data", data, *arguments)

    def test_finds_the_same_beside_a_server_and_without_one(self):
        server = self.started(self.server_of("apple one", "apple two", "pear three"))
        wait_until_stored(server)
        answers = []
        for _ in ("running", "stopped"):
            found = self.search(server.data, "--format", "json", "apple")
            self.assert_ends(0, found)
            self.assertEqual({"apple one", "apple two"}, {hit["raw"] for hit in json_lines(found.stdout)})
            table = self.search(server.data, "--fields", "message", "pear")
            self.assert_ends(0, table)
            self.assertIn("pear three", table.stdout)
            nothing = self.search(server.data, "cherry")
            self.assert_ends(1, nothing)
            self.assertEqual("", nothing.stdout)
            wrong = self.search(server.data, "user.name:(root or")
            self.assert_ends(2, wrong)
            self.assertIn("^", wrong.stderr)
            answers.append((found.stdout, table.stdout, wrong.stderr))
            if server.process.poll() is None:
                server.stop()
        self.assertEqual(answers[0], answers[1])

    def test_without_anything_stored_says_what_to_do(self):
        done = self.search(self.folder / "nothing", "x")
        self.assert_ends(2, done)
        self.assertIn("vedette serve", done.stderr)

    def test_passes_on_where_the_servers_error_is_and_what_to_do(self):
        with socketserver.UnixStreamServer(str(self.folder / "admin.sock"), Refusing) as refusing:
            threading.Thread(target=refusing.serve_forever, daemon=True).start()
            done = self.search(self.folder, "x")
            refusing.shutdown()
        self.assert_ends(2, done)
        self.assertEqual("vedette: /the/store: the store is away (wait for it)\n", done.stderr)

    def test_a_socket_without_a_server_is_no_server(self):
        server = self.started(self.server_of("apple one"))
        wait_until_stored(server)
        server.stop()
        with socketserver.UnixStreamServer(os.path.join(server.data, "admin.sock"), Refusing):
            pass  # what a killed server leaves behind
        self.assert_ends(0, self.search(server.data, "apple"))


if __name__ == "__main__":
    unittest.main()
