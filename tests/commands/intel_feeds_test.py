# SPDX-License-Identifier: Apache-2.0
"""Feeds are pulled over TLS from a server that changes, fails, stalls and lies; new indicators meet the history."""

import datetime
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time
import unittest

from commands import CommandTest, json_lines
from search_pipes_test import send
from server import export, rebuild, wait_until_stored

SECRET = "geheim-0815"
FINDING = 'state {"table":"findings"'


class FeedServer:
    """Serves what `pages` says: path -> function of the handler. Notes the headers of each request."""

    def __init__(self, folder):
        self.pages, self.seen = {}, []
        self.certificate = folder / "feed.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", folder / "feed.key",
                        "-out", self.certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.seen.append((self.path, dict(self.headers)))
                self.close_connection = True
                outer.pages[self.path](self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, folder / "feed.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def url(self, path):
        return f"https://localhost:{self.server.server_address[1]}{path}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def page(text, etag=None, status=200, length=None, more=()):
    def answer(handler):
        if etag and handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.send_header("Content-Length", "0")
            return handler.end_headers()
        body = text.encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in [*more, *([("ETag", etag)] if etag else [])]:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
    return answer


def stall(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"192.0.2.1\n")
    handler.wfile.flush()
    time.sleep(4)


class Feeds(CommandTest):
    def setUp(self):
        super().setUp()
        self.feeds = FeedServer(self.folder)
        self.addCleanup(self.feeds.close)
        self.minute = 0

    def server_with(self, *feeds, more=""):
        server = self.server_of()
        config = pathlib.Path(server.config)
        lines = "".join(f"    - {{{feed}}}\n" for feed in feeds)
        config.write_text(config.read_text() + f"intel:\n{more}  feeds:\n{lines}")
        return server

    def intel(self, server, *arguments):
        return self.run_vedette("intel", arguments[0], "--data", server.data, *arguments[1:])

    def pull(self, server, *arguments):
        done = self.intel(server, "pull", "--format", "json", *arguments)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return {row["feed"]: row for row in json_lines(done.stdout)}

    def event(self, server, address, **more):
        """An event of now, a minute behind the last one."""
        self.minute += 1
        moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=60 - self.minute)
        send(server, [{"@timestamp": moment.isoformat(), "host.name": "web", "source.ip": address, **more}])
        wait_until_stored(server)

    def sightings(self, server):
        done = self.intel(server, "sightings", "--format", "json")
        return {row["indicator"]: row["sightings"] for row in json_lines(done.stdout)}

    def test_are_pulled_judged_by_and_the_same_after_a_kill_and_every_rebuild(self):
        self.feeds.pages["/feed?key=1"] = page("value,confidence\n203.0.113.9,90\n", etag='"one"')
        keys = self.write("keys", f"Auth-Key: {SECRET}\n")
        server = self.server_with(f"name: abuse, url: '{self.feeds.url('/feed?key=1')}', ca_file: '{self.feeds.certificate}', "
                                  f"headers_file: '{keys}', every: 1h", more="  history_days: 0\n")
        self.started(server)
        self.pull(server)
        status = self.pull(server)["abuse"]
        self.assertEqual((1, ""), (status["indicators"], status["error"]))
        self.assertNotIn("key=1", status["from"])
        self.assertEqual(SECRET, self.feeds.seen[0][1]["Auth-Key"])
        self.assertEqual('"one"', self.feeds.seen[-1][1].get("If-None-Match"))
        self.event(server, "203.0.113.9")
        self.event(server, "198.51.100.7")
        self.assertEqual({"ip:203.0.113.9": 1}, self.sightings(server))
        self.feeds.pages["/feed?key=1"] = page("value,confidence\n198.51.100.0/24,20\n", etag='"two"')
        self.assertEqual("", self.pull(server, "abuse")["abuse"]["error"])
        self.event(server, "198.51.100.7")
        self.event(server, "203.0.113.9")
        self.assertEqual({"ip:203.0.113.9": 1, "ip:198.51.100.0/24": 1}, self.sightings(server))
        listed = json_lines(self.intel(server, "list", "--format", "json").stdout)
        self.assertEqual([("abuse", 1)], [(row["feed"], row["indicators"]) for row in listed])
        self.assert_ends(0, self.intel(server, "lookup", "198.51.100.200"))
        self.assert_ends(1, self.intel(server, "lookup", "203.0.113.9"))
        server.kill()
        requests = len(self.feeds.seen)
        server.start()
        self.event(server, "198.51.100.8")
        self.assertEqual(2, self.sightings(server)["ip:198.51.100.0/24"], "in force again, and nothing was asked for")
        self.assertEqual(requests, len(self.feeds.seen))
        server.stop()
        first = list(export(server))
        self.assertEqual(3, sum(line.startswith(FINDING) for line in first))
        for batch_rows in (1, 4096):
            rebuild(server, batch_rows)
            self.assertEqual(first, list(export(server, batch_rows)))
        log = pathlib.Path(server.log.name).read_text()
        self.assertNotIn(SECRET, log)
        self.assertNotIn("key=1", log)

    def test_that_cannot_be_believed_leave_the_old_ones_in_force(self):
        good = "".join(f"203.0.113.{i}\n" for i in range(100))
        self.feeds.pages["/feed"] = page(good)
        trusted = f"ca_file: '{self.feeds.certificate}', every: 1h, timeout_s: 2, mb_max: 1"
        server = self.server_with(f"name: abuse, url: '{self.feeds.url('/feed')}', {trusted}",
                                  f"name: strange, url: '{self.feeds.url('/feed')}', every: 1h")
        self.started(server)
        status = self.pull(server)
        self.assertEqual(100, status["abuse"]["indicators"])
        self.assertIn("the certificate is not good", status["strange"]["error"])
        self.assertEqual(0, status["strange"]["indicators"])
        self.assert_ends(1, self.intel(server, "feeds"))
        for answer, why in (
                (page("no", status=500), "status 500"),
                (page(good, length=len(good) + 10), "unexpected eof"),
                (page(good, length=len(good) - 10), "bytes behind its end"),
                (stall, "not whole within 2000 ms"),
                (page("", status=302, more=[("Location", "http://localhost/feed")]), "another scheme"),
                (page("", status=302, more=[("Location", "/feed")]), "more than 5 redirects"),
                (page("x" * (2 << 20)), "longer than 1048576 bytes"),
                (page("<html>maintenance</html>"), "HTML"),
                (page("# nothing today\n"), "no indicator"),
                (page("203.0.113.1\n"), "has 1 indicators and had 100"),
                (page("".join(f"198.18.{i // 250}.{i % 250}\n" for i in range(100))), "no indicator"),
                (page("".join(f"11.{i // 62500 % 250}.{i // 250 % 250}.{i % 250}\n" for i in range(20000))), "had 100")):
            with self.subTest(why):
                self.feeds.pages["/feed"] = answer
                status = self.pull(server, "abuse")["abuse"]
                self.assertEqual(100, status["indicators"])
                self.assertIn(why, status["error"])
        self.assert_ends(0, self.intel(server, "lookup", "203.0.113.7"))
        unknown = self.intel(server, "pull", "other")
        self.assert_ends(2, unknown)
        self.assertIn("no feed of this name", unknown.stderr)
        self.feeds.pages["/feed"] = page("203.0.113.1\n")
        self.assertEqual(1, self.pull(server, "--accept", "abuse")["abuse"]["indicators"])
        self.assert_ends(1, self.intel(server, "lookup", "203.0.113.7"))

    def test_of_misp_are_followed_from_their_manifest(self):
        uuids = [f"0000000{i}-0000-4000-8000-000000000000" for i in range(3)]

        def event(*values):
            return page(json.dumps({"Event": {"info": "A campaign", "Attribute": [
                {"type": "ip-dst", "value": value, "to_ids": True} for value in values]}}))

        def manifest(**stamps):
            return page(json.dumps({uuids[int(key[1])]: {"timestamp": str(stamp)} for key, stamp in stamps.items()}
                                   | {"../evil": {"timestamp": "1"}}))

        self.feeds.pages = {"/m/manifest.json": manifest(e0=1, e1=1), f"/m/{uuids[0]}.json": event("203.0.113.1"),
                            f"/m/{uuids[1]}.json": event("203.0.113.2", "203.0.113.3")}
        server = self.server_with(f"name: osint, url: '{self.feeds.url('/m/manifest.json')}', every: 1h, "
                                  f"ca_file: '{self.feeds.certificate}'")
        self.started(server)
        status = self.pull(server)["osint"]
        self.assertEqual((3, ""), (status["indicators"], status["error"]))
        self.feeds.pages |= {"/m/manifest.json": manifest(e1=2, e2=1), f"/m/{uuids[1]}.json": event("203.0.113.4"),
                             f"/m/{uuids[2]}.json": page("gone", status=404)}
        self.assertIn("status 404 for an event", self.pull(server)["osint"]["error"])
        self.feeds.pages[f"/m/{uuids[2]}.json"] = event("203.0.113.5")
        self.feeds.seen.clear()
        status = self.pull(server)["osint"]
        self.assertEqual((2, ""), (status["indicators"], status["error"]))
        self.assertEqual(["/m/manifest.json", f"/m/{uuids[2]}.json"], [path for path, _ in self.feeds.seen])
        self.assert_ends(0, self.intel(server, "lookup", "203.0.113.4"))
        self.assert_ends(1, self.intel(server, "lookup", "203.0.113.1"))

    def test_that_are_new_meet_the_history_once(self):
        feed = self.write("own.txt", "192.0.2.99\n")
        server = self.server_with(f"name: own, path: '{feed}', every: 1h")
        self.started(server)
        self.pull(server)
        self.event(server, "203.0.113.9")
        self.event(server, "198.51.100.7", **{"dns.question.name": "x.evil.example"})
        self.event(server, "198.51.100.8", **{"dns.answers.data": ["192.0.2.5", "y.evil.example"]})
        self.event(server, "198.51.100.9", **{"url.domain": "bad.example", "url.original": "/x"})
        self.assertEqual({}, self.sightings(server))
        feed.write_text("192.0.2.99\n203.0.113.9\nevil.example\nhttp://bad.example/x\n")
        self.pull(server)
        expected = {"ip:203.0.113.9": 1, "domain:evil.example": 2, "url:bad.example/x": 1}
        for _ in range(200):
            if self.sightings(server) == expected:
                break
            time.sleep(0.1)
        self.assertEqual(expected, self.sightings(server))
        self.event(server, "203.0.113.9")
        feed.write_text("203.0.113.9\nevil.example\nhttp://bad.example/x\nother.example\n")
        self.pull(server)
        server.kill()
        server.start()
        self.event(server, "192.0.2.1")
        server.stop()
        first = list(export(server))
        found = [line for line in first if line.startswith(FINDING)]
        self.assertEqual(5, len(found))
        self.assertEqual(4, sum("In the history: " in line for line in found), "what was seen live is no history")
        for batch_rows in (1, 4096):
            rebuild(server, batch_rows)
            self.assertEqual(first, list(export(server, batch_rows)))
        log = pathlib.Path(server.log.name).read_text()
        self.assertIn("intel.hunted", log)


if __name__ == "__main__":
    unittest.main()
