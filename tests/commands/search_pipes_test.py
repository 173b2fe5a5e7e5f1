# SPDX-License-Identifier: Apache-2.0
"""`vedette search` with stages, files, SQL and --live, beside a running server and without one."""

import datetime
import http.client
import json
import os
import pty
import select
import signal
import socket
import subprocess
import time
import unittest
import urllib.request

from commands import PROGRAM, CommandTest, json_lines
from server import wait_until_stored

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def event(minutes_ago, user, source, size=0, **more):
    time = (NOW - datetime.timedelta(minutes=minutes_ago)).isoformat()
    return dict({"@timestamp": time, "user.name": user, "source.ip": source, "bytes": size}, **more)


EVENTS = ([event(5, "root", "10.0.0.1", 100 + i) for i in range(6)] +
          [event(65, "Bob", "10.0.0.2", 7, **{"host.ip": ["10.1.1.1", "10.1.1.2"]}) for _ in range(3)] +
          [event(125, "=cmd()", "10.0.0.3", 9)])


def send(server, events):
    lines = "".join(json.dumps({"create": {"_index": "test"}}) + "\n" + json.dumps(one) + "\n" for one in events)
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/_bulk", lines.encode(),
                                     {"Content-Type": "application/x-ndjson"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert not json.load(answer)["errors"]


class Pipes(CommandTest):
    def setUp(self):
        super().setUp()
        self.server = self.started(self.server_of())
        send(self.server, EVENTS)
        wait_until_stored(self.server)

    def search(self, *arguments, **more):
        return self.run_vedette("search", "--data", self.server.data, *arguments, **more)

    def found(self, *arguments):
        done = self.search("--format", "json", *arguments)
        self.assert_ends(0, done)
        return json_lines(done.stdout)

    def api(self, path, body):
        connection = http.client.HTTPConnection("localhost")
        with socket.socket(socket.AF_UNIX) as connection.sock:
            connection.sock.settimeout(60)
            connection.sock.connect(os.path.join(self.server.data, "admin.sock"))
            connection.request("POST", path, json.dumps(body))
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()

    def test_counts_the_same_beside_a_server_and_without_one(self):
        for _ in ("running", "stopped"):
            self.assertEqual([{"user.name": "root", "count": 6}, {"user.name": "Bob", "count": 3},
                              {"user.name": "=cmd()", "count": 1}], self.found("* | count by user.name"))
            self.assertEqual([{"host.ip": "10.1.1.1", "count": 3}, {"host.ip": "10.1.1.2", "count": 3}],
                             self.found("* | top host.ip"))
            second_value = self.found("host.ip:10.1.1.2 and user.name:bob | fields user.name, host.ip")
            self.assertEqual(['["10.1.1.1","10.1.1.2"]'] * 3, [event["host.ip"] for event in second_value])
            self.assertEqual([{"sum(bytes)": 615, "p50(bytes)": 103, "distinct(source.ip)": 1}],
                             self.found("user.name:root | stats sum(bytes), p50(bytes), distinct(source.ip)"))
            self.assertEqual([{"user.name": "root", "count": 6}],
                             self.found("* | count by user.name | where count>5"))
            chart = self.found("--last", "3h", "* | timechart 1h")
            self.assertEqual(10, sum(row["count"] for row in chart))
            self.assertEqual(4, len(chart))
            nothing = self.search("--format", "json", "user.name:nobody | count by user.name")
            self.assert_ends(1, nothing)
            self.assertEqual("", nothing.stdout)
            if self.server.process.poll() is None:
                self.server.stop()

    def test_tells_mistakes_with_a_caret_and_what_is_cut(self):
        wrong = self.search("* | cuont by user.name")
        self.assert_ends(2, wrong)
        self.assertIn("column 5: there is no stage `cuont`", wrong.stderr)
        self.assertIn("did you mean `count`?", wrong.stderr)
        self.assertIn("        ^", wrong.stderr)
        cut = self.search("--limit", "1", "* | count by user.name")
        self.assert_ends(0, cut)
        self.assertIn("only the first 1 rows; there are more", cut.stderr)
        whole = self.search("--limit", "3", "* | count by user.name")
        self.assertEqual("", whole.stderr)

    def test_writes_plain_tables_in_a_pipe_and_draws_on_a_terminal(self):
        plain = self.search("--last", "3h", "* | timechart 1h")
        self.assert_ends(0, plain)
        self.assertNotIn("█", plain.stdout)
        self.assertRegex(plain.stdout, r"^time +count\n20\d\d-")
        drawn = self.on_a_terminal("--last", "3h", "* | timechart 1h")
        self.assertIn("█", drawn)
        lines = self.on_a_terminal("--last", "3h", "* | timechart 1h by user.name")
        self.assertRegex(lines, r"root +6 +[▁▂▃▄▅▆▇█ ]+█")
        for line in self.on_a_terminal("* | count by user.name, source.ip").splitlines():
            self.assertLessEqual(len(line), 100)
        refused = self.on_a_terminal("--format", "parquet", "*")
        self.assertIn("a Parquet file is not for a terminal", refused)

    def on_a_terminal(self, *arguments):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([str(PROGRAM), "search", "--data", str(self.server.data), *arguments],
                                   stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 65_536):
                text += piece
        except OSError:  # how a terminal says that nobody is left
            pass
        os.close(ours)
        process.wait(60)
        return text.decode().replace("\r\n", "\n")

    def test_writes_csv_without_formulas_and_parquet_as_the_store_makes_it(self):
        csv = self.search("--format", "csv", "* | count by user.name")
        self.assert_ends(0, csv)
        self.assertEqual("user.name,count\nroot,6\nBob,3\n\"'=cmd()\",1\n", csv.stdout.replace("\r\n", "\n"))
        events = self.search("--format", "csv", "user.name:Bob | fields user.name, bytes")
        self.assertEqual("user.name,bytes\nBob,7\nBob,7\nBob,7\n", events.stdout.replace("\r\n", "\n"))
        for query in ("*", "* | count by user.name", "* | fields time, user.name"):
            path = self.folder / "out.parquet"
            self.assert_ends(0, self.search("--format", "parquet", "--output", path, query))
            data = path.read_bytes()
            self.assertTrue(data.startswith(b"PAR1") and data.endswith(b"PAR1"))
        status, kind, body = self.api("/api/search", {"query": "* | count by user.name", "format": "parquet"})
        self.assertEqual((200, "application/vnd.apache.parquet", b"PAR1"), (status, kind, body[:4]))
        status, kind, body = self.api("/api/search", {"query": "* | count by user.name"})
        self.assertEqual([["root", 6], ["Bob", 3], ["=cmd()", 1]], json.loads(body)["rows"])

    def test_sql_reads_events_and_nothing_else(self):
        self.assertEqual([{"user_name": "root", "n": 6}],
                         self.found("--sql", "SELECT user_name, count() AS n FROM events GROUP BY user_name "
                                             "HAVING n > 5 -- a remark\n;"))
        table = self.search("--sql", "SELECT user_name, offset FROM events WHERE user_name = 'root' ORDER BY row")
        self.assert_ends(0, table)
        self.assertEqual(7, len(table.stdout.splitlines()))
        cut = self.search("--limit", "2", "--sql", "SELECT row FROM events")
        self.assertIn("only the first 2 rows", cut.stderr)
        wrong = self.search("--sql", "SELEC 1")
        self.assert_ends(2, wrong)
        self.assertIn("Syntax error", wrong.stderr)

    def test_hostile_sql_is_refused(self):
        (self.folder / "secret").write_text("secret")
        secret = self.folder / "secret"
        hostile = [
            "SELECT * FROM system.tables", "SELECT * FROM `system`.\"users\"", "SELECT * FROM SYSTEM.tables",
            "SELECT * FROM information_schema.tables", "SELECT * FROM default.x",
            "SELECT 1 IN (SELECT 1 FROM system.users)", "SELECT 1 WHERE 'x' IN system.settings",
            "SELECT (SELECT count() FROM system.processes)",
            "WITH t AS (SELECT * FROM system.tables) SELECT * FROM t",
            "SELECT * FROM events AS e JOIN system.tables AS t ON t.name = e.user_name",
            "SELECT * FROM system.tables AS `a\nb`", "SELECT * FROM system.tables AS `x, identifier: events`",
            "SELECT 1) UNION ALL (SELECT name FROM system.users", "SELECT 1) FROM system.users --",
            f"SELECT * FROM file('{secret}')", f"SELECT file('{secret}')", "SELECT * FROM url('http://127.0.0.1:1/')",
            "SELECT * FROM remote('127.0.0.1', system.one)", "SELECT * FROM mysql('h:1','d','t','u','p')",
            "SELECT * FROM executable('x', TSV, 'a String')", "SELECT * FROM merge('system', '.*')",
            "SELECT * FROM numbers(10)", "SELECT * FROM viewIfPermitted(SELECT 1 ELSE null('x Int8'))",
            "SELECT dictGet('d', 'a', 1)", "SELECT joinGet('j', 'a', 1)", "SELECT sleep(3)", "SELECT sleepEachRow(3)",
            "SELECT hostName()", "SELECT currentUser()", "SELECT getSetting('max_memory_usage')",
            "SELECT reverseDNSQuery('127.0.0.1')", "SELECT aiGenerate('x')",
            "SELECT 1 SETTINGS max_memory_usage = 0", "SELECT 1 SETTINGS readonly = 0",
            "SELECT (SELECT 1 SETTINGS max_execution_time = 0)",
            "WITH t AS (SELECT 1 SETTINGS max_threads = 9) SELECT * FROM t",
            f"SELECT * FROM events INTO OUTFILE '{self.folder}/out'", "SELECT 1 FORMAT CSV", "SELECT 1; SELECT 2",
            "INSERT INTO events (raw) VALUES ('x')", "DROP TABLE events", "ALTER TABLE events DELETE WHERE 1",
            "SHOW TABLES", "DESCRIBE events", "EXPLAIN SELECT 1", "SET readonly = 0", "SYSTEM SHUTDOWN", "USE system",
            ";", "--", "/*", "(", ")", "SELECT 'x", "SELECT " + "(" * 5_000,
        ]
        for sql in hostile:
            with self.subTest(sql=sql[:60]):
                status, _, body = self.api("/api/search", {"sql": sql, "format": "json"})
                self.assertIn(status, (400, 403, 404, 413, 500, 504), body[:200])
                self.assertNotIn(b"secret", body.replace(str(secret).encode(), b""))
        self.assertFalse((self.folder / "out").exists())
        self.assertEqual([{"n": len(EVENTS)}], self.found("--sql", "SELECT count() AS n FROM events"))

    def test_settings_are_refused_wherever_they_stand(self):
        # Under readonly=1 the engine itself refuses those of the statement, and takes those of a subquery.
        for setting in ("max_memory_usage = 0", "max_execution_time = 0", "max_result_rows = 0", "readonly = 2",
                        "max_threads = 64", "allow_ddl = 1, max_bytes_to_read = 0"):
            inner = f"SELECT count() AS n FROM events SETTINGS {setting}"
            for sql in (inner, f"SELECT * FROM ({inner})", f"SELECT * FROM (SELECT * FROM ({inner}))", f"SELECT ({inner})",
                        f"SELECT 1 WHERE 1 IN ({inner})", f"SELECT 1 WHERE EXISTS ({inner})",
                        f"WITH t AS ({inner}) SELECT * FROM t", f"WITH ({inner}) AS t SELECT t",
                        f"SELECT 1 AS n UNION ALL {inner}", f"SELECT 1 AS n UNION ALL SELECT * FROM ({inner})",
                        f"SELECT * FROM events AS e JOIN ({inner}) AS t ON t.n = e.offset",
                        f"SELECT arrayMap(x -> x + ({inner}), [1])", f"SELECT 1 ORDER BY ({inner})",
                        f"SELECT count() FROM events GROUP BY ({inner})", f"SELECT 1 LIMIT ({inner})",
                        f"SELECT 1 AS n INTERSECT SELECT * FROM ({inner})", inner.replace("SETTINGS", "/**/settings/**/"),
                        inner.replace("SETTINGS", "\nSETTINGS\n")):
                with self.subTest(sql=sql):
                    status, _, body = self.api("/api/search", {"sql": sql, "format": "json"})
                    self.assertIn(status, (400, 403), body[:200])
        status, _, body = self.api("/api/search", {"sql": "SELECT * FROM (SELECT 1 SETTINGS max_threads = 1)", "format": "json"})
        self.assertEqual(403, status)
        self.assertIn(b"settings are not for searches", body)
        # A name or a value that looks like it is none.
        self.assertEqual([{"SETTINGS": 1}], self.found("--sql", "SELECT 1 AS SETTINGS"))
        self.assertEqual([{"x": "SETTINGS a = 1"}], self.found("--sql", "SELECT 'SETTINGS a = 1' AS x"))

    def test_sql_that_asks_too_much_is_stopped(self):
        for sql in ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
                    "SELECT length(groupArray(repeat(raw, 1000000))) FROM events AS a, events AS b, events AS c",
                    "SELECT repeat('x', 1000000) FROM events AS a, events AS b"):
            with self.subTest(sql=sql):
                status, _, body = self.api("/api/search", {"sql": sql, "format": "json"})
                self.assertIn(status, (400, 413, 500, 504), body[:300])
        self.assertEqual([{"n": len(EVENTS)}], self.found("--sql", "SELECT count() AS n FROM events"))

    def test_live_follows_what_matches_and_loses_nothing_when_slow(self):
        process = subprocess.Popen([str(PROGRAM), "search", "--data", str(self.server.data), "--live",
                                    "--format", "json", "--limit", "500", "user.name:eve | fields bytes"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        # It begins now, wherever that is: the first that it shows says that it listens.
        number = 0
        for _ in range(200):
            send(self.server, [event(0, "eve", "10.0.0.9", -1)])
            if select.select([process.stdout], [], [], 0.1)[0]:
                break
        seen = os.read(process.stdout.fileno(), 1 << 20)
        self.assertIn(b'{"bytes":"-1"}', seen)
        # A reader that does not read for a while: the server goes on as if it were not there.
        process.send_signal(signal.SIGSTOP)
        sent = 400
        while number < sent:
            send(self.server, [event(0, "eve", "10.0.0.9", number), event(0, "mallory", "10.0.0.8")])
            number += 2
        wait_until_stored(self.server)
        process.send_signal(signal.SIGCONT)
        send(self.server, [event(0, "eve", "10.0.0.9", number + i) for i in range(500)])
        rest, errors = process.communicate(timeout=60)
        self.assertEqual(0, process.returncode, errors)
        sizes = [int(json.loads(line)["bytes"]) for line in (seen + rest).splitlines()]
        self.assertEqual(500, len(sizes))
        events = [size for size in sizes if size >= 0]
        self.assertEqual(events, [*range(0, number, 2), *range(number, number + 500)][:len(events)])
        self.assertEqual(b"", errors)

    def test_live_counts_what_comes_and_shows_the_table_when_it_changes(self):
        process = subprocess.Popen([str(PROGRAM), "search", "--data", str(self.server.data), "--live", "--format", "json",
                                    "user.name:(eve or mallory) | stats count, sum(bytes) by user.name | where count>1"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        self.assertEqual([], json.loads(process.stdout.readline())["rows"], "it begins with nothing")
        for number in range(20):
            send(self.server, [event(0, "eve", "10.0.0.9", number), event(0, "other", "10.0.0.8", 1)])
        send(self.server, [event(0, "mallory", "10.0.0.7", 5)])
        tables = []
        while not tables or tables[-1]["rows"] != [["eve", 20, sum(range(20))]]:
            tables.append(json.loads(process.stdout.readline()))
        self.assertEqual(["user.name", "count", "sum(bytes)"], [column["name"] for column in tables[-1]["columns"]])
        counts = [row[1] for table in tables for row in table["rows"]]
        self.assertEqual(sorted(counts), counts, "it grows")
        send(self.server, [event(0, "mallory", "10.0.0.7", 6)])
        last = json.loads(process.stdout.readline())
        self.assertEqual([["eve", 20, 190], ["mallory", 2, 11]], last["rows"])
        process.kill()
        process.communicate()

    def test_live_tables_are_few_and_go_when_nobody_asks(self):
        self.assertEqual(404, self.api("/api/live", {"query": "* | count", "table": "00"})[0])
        names = []
        for _ in range(8):
            status, _, body = self.api("/api/live", {"query": "* | count"})
            self.assertEqual(200, status, body)
            names.append(json.loads(body.splitlines()[-1])["table"])
        # Each of these waits a second for news, so the first is old by now, and gives its place up.
        while (status := self.api("/api/live", {"query": "* | count"})[0]) == 503:
            time.sleep(0.2)
        self.assertEqual(200, status)
        self.assertEqual(404, self.api("/api/live", {"query": "* | count", "table": names[0]})[0])
        self.assertEqual(404, self.api("/api/live", {"query": "* | count by user.name", "table": names[7]})[0],
                         "a table is that of its query")

    def test_live_needs_a_server_and_does_not_sort_events(self):
        sorting = self.search("--live", "* | sort bytes")
        self.assert_ends(2, sorting)
        self.assertIn("it does not sort them", sorting.stderr)
        chart = self.search("--live", "* | timechart")
        self.assert_ends(2, chart)
        wrong = self.search("--live", "user.name:(")
        self.assert_ends(2, wrong)
        self.server.stop()
        alone = self.search("--live", "*")
        self.assert_ends(2, alone)
        self.assertIn("no server runs on this folder", alone.stderr)


if __name__ == "__main__":
    unittest.main()
