# SPDX-License-Identifier: Apache-2.0
"""`vedette retention`, `hold` and `forget` against a real server: what goes, what stays, and what is told."""

import json
import pathlib
import unittest
import urllib.request

from commands import CommandTest, json_lines
from server import export, rebuild, wait_until_stored


class Keeping(CommandTest):
    def setUp(self):
        super().setUp()
        self.server = self.server_of("one line of a log")
        with open(self.server.config, "a") as file:
            file.write("retention:\n  days: 30\n  data_sets:\n    - {data_set: json, gb: 0.00002}\n")

    def send(self, documents):
        body = "\n".join(json.dumps(document) for document in documents).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/ingest/shipper?format=json", data=body,
                                         method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertEqual(2, answer.status // 100)

    def start_with(self, documents):
        self.started(self.server)
        for begin in range(0, len(documents), 50):
            self.send(documents[begin:begin + 50])
        wait_until_stored(self.server)

    def ask(self, *arguments, status=0):
        done = self.run_vedette(*arguments, "--data", self.server.data)
        self.assert_ends(status, done)
        return done

    def events(self):
        return [json.loads(line[6:]) for line in export(self.server) if line.startswith("event ")]

    def test_without_a_server_say_what_to_do(self):
        for arguments in [("retention", "status"), ("retention", "plan"), ("hold", "list"), ("forget", "status"),
                          ("forget", "--user", "ada", "--dry-run")]:
            self.assertIn("vedette serve", self.ask(*arguments, status=2).stderr)

    def test_a_limit_in_bytes_removes_the_oldest_and_a_rebuild_ends_equal(self):
        self.start_with([{"user": {"name": f"user{n}"}, "message": f"event {n} {n * 7919}"} for n in range(2000)])
        status = json_lines(self.ask("retention", "status", "--format", "json").stdout)
        sets = {line["data_set"]: line for line in status if line["is"] == "data_set"}
        self.assertEqual(2000, sets["json"]["rows"])
        self.assertEqual({"json", "text"}, set(sets))
        self.assertGreater(sets["json"]["bytes_per_day"], 0)
        self.assertIn("full", self.ask("retention", "status").stdout)
        plan = json_lines(self.ask("retention", "plan", "--format", "json").stdout)
        self.assertGreater(plan[-1]["rows"], 500)
        self.assertLess(plan[-1]["rows"], 2000)
        self.assertEqual(2000, sets["json"]["rows"], "a plan changes nothing")
        self.assertIn("decided", self.ask("retention", "run").stdout)
        self.wait_until_removed()
        status = json_lines(self.ask("retention", "status", "--format", "json").stdout)
        removed = status[0]["rows_removed"]
        self.assertLess(abs(plan[-1]["rows"] - removed), 100, "chunks go whole")
        self.server.stop()
        first = list(export(self.server))
        kept = sorted(int(json.loads(line[6:])["message"].split()[1]) for line in first
                      if line.startswith("event ") and '"dataset":"json"' in line)
        self.assertEqual(2000 - removed, len(kept))
        self.assertEqual(list(range(2000))[-len(kept):], kept, "the oldest went")
        rebuild(self.server, 7)
        self.assertEqual(first, list(export(self.server)))

    def wait_until_removed(self):
        for _ in range(600):
            status = json_lines(self.ask("retention", "status", "--format", "json").stdout)[0]
            self.assertEqual("", status["trouble"])
            if status["carried_out_to"] >= status["decided_to"] > 0:
                return
        self.fail("what was decided is not carried out")

    def test_a_person_is_forgotten_unless_held(self):
        people = ["zebrawomble", "ada", "zebrawomble2"]
        self.start_with([{"user": {"name": people[n % 3]}, "message": f"event {n}"} for n in range(90)] +
                        [{"message": "Mail for ZEBRAWOMBLE marked-by-the-test"}, {"message": "marked-by-the-test"}])
        self.assertIn("nothing was changed", self.ask("forget", "--user", "zebrawomble", "--reason", "case 1", status=1).stderr)
        plan = self.ask("forget", "--user", "zebrawomble", "--dry-run").stdout
        self.assertIn("would go: 31 events", plan)
        self.assertIn("e.g.", plan)
        self.ask("forget", "--user", "zebrawomble", "--reason", "for zebrawomble", "--yes", status=2)
        self.ask("forget", "--reason", "nobody is named", "--yes", status=2)
        self.ask("hold", "add", "court", "--query", "message:\"event 0\"", "--reason", "court order")
        self.assertIn("court order", self.ask("hold", "list").stdout)
        self.assertIn("held: 1 event", self.ask("forget", "--user", "zebrawomble", "--dry-run").stdout)
        self.ask("hold", "release", "court")
        self.ask("hold", "release", "court", status=2)
        done = self.ask("forget", "--user", "zebrawomble", "--reason", "case 1", "--yes", "--wait").stdout
        self.assertIn("31 events gone", done)
        self.assertNotIn("still in", done)
        self.assertIn("case 1", self.ask("forget", "status").stdout)
        self.assertEqual(0, json_lines(self.ask("forget", "--user", "zebrawomble", "--dry-run", "--format", "json").stdout)
                         [-1]["rows"])
        wait_until_stored(self.server)
        self.server.stop()
        with_name = [str(path) for path in pathlib.Path(self.server.data).rglob("*") if path.is_file()
                     and b"zebrawomble" in path.read_bytes().lower().replace(b"zebrawomble2", b"")]
        self.assertEqual([], with_name)
        first = list(export(self.server))
        self.assertEqual(1 + 60 + 1, len([line for line in first if line.startswith("event ")]))
        rebuild(self.server, 1)
        self.assertEqual(first, list(export(self.server)))


if __name__ == "__main__":
    unittest.main()
