# SPDX-License-Identifier: Apache-2.0
"""The recorded intrusion: every line is read, every step is found, and no honest line is called grave."""

import collections
import ipaddress
import json
import re
import unittest

from commands import ROOT, CommandTest, json_lines

RECORDING = ROOT / "content/demo/intrusion"
LOGS = RECORDING / "logs"
# As content/demo/intrusion/README.md says; a change of rules that changes them has to change that page.
STEPS, STEPS_FOUND = 15, 15
HONEST_FINDINGS = {"high": 0, "medium": 4, "low": 8}
EVENTS = "8,092"

ALLOWED = [
    ipaddress.ip_network(network) for network in ("10.20.0.0/24", "172.31.255.0/27", "192.0.2.0/24", "198.51.100.0/24",
                                                  "203.0.113.0/24", "127.0.0.0/8", "0.0.0.0/32", "255.255.255.224/32")
]


def lines_of(path):
    return path.read_bytes().decode(errors="replace").split("\n")[:-1]


class Labels(unittest.TestCase):
    def setUp(self):
        self.runs = json_lines((RECORDING / "labels.jsonl").read_text())

    def test_cover_every_line_once(self):
        ends = collections.defaultdict(int)
        for run in self.runs:
            self.assertEqual(ends[run["file"]] + 1, run["line"], run)
            ends[run["file"]] = run["last_line"]
        self.assertEqual({str(path.relative_to(LOGS)): len(lines_of(path))
                          for path in sorted(LOGS.rglob("*.log"))}, dict(ends))

    def test_are_all_decided(self):
        self.assertEqual([], [run for run in self.runs if run["label"] == "undecided"])

    def test_name_the_steps_of_the_scenario(self):
        scenario = json.loads((RECORDING / "LABELS.json").read_text())
        self.assertEqual("labels-1", scenario["format"])
        named = {run["step"]: run["techniques"] for run in self.runs if run["label"] == "attack"}
        self.assertEqual({step["id"]: step["techniques"] for step in scenario["steps"]}, named)
        self.assertEqual(STEPS, len(named))


class Texts(unittest.TestCase):
    def test_hold_no_address_but_those_kept_for_documents_and_private_ones(self):
        strange = collections.Counter()
        for path in LOGS.rglob("*.log"):
            for address in re.findall(r"(?<![\w./-])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])",
                                      path.read_text(errors="replace")):
                if "Chrome/" + address not in path.read_text(
                        errors="replace") and not any(ipaddress.ip_address(address) in network for network in ALLOWED):
                    strange[path.name, address] += 1
        self.assertEqual({}, dict(strange))


class Findings(CommandTest):
    def setUp(self):
        super().setUp()
        self.done = self.run_vedette("scan", "--format", "json", LOGS)
        self.assert_ends(0, self.done)
        labels = {}
        for run in json_lines((RECORDING / "labels.jsonl").read_text()):
            labels.update({(run["file"], number): run for number in range(run["line"], run["last_line"] + 1)})
        self.by_text = {}
        for path in LOGS.rglob("*.log"):
            name = str(path.relative_to(LOGS))
            for number, line in enumerate(lines_of(path), 1):
                self.by_text.setdefault((name, line.rstrip()), labels[name, number])

    def found(self):
        """(label, level) of the first line of every finding's event."""
        for finding in json_lines(self.done.stdout):
            name = finding["source"].removeprefix(f"{LOGS}/")
            yield self.by_text[name, finding["raw"].split("\n")[0].rstrip()], finding["level"]

    def test_stand_on_lines_that_were_all_understood(self):
        self.assertNotIn("did not fit", self.done.stderr)

    def test_hit_the_steps_of_the_attack(self):
        self.assertEqual(STEPS_FOUND, len({label["step"] for label, _ in self.found() if label["label"] == "attack"}))

    def test_spare_the_honest(self):
        honest = collections.Counter(level for label, level in self.found() if label["label"] == "honest")
        self.assertEqual(HONEST_FINDINGS, {level: honest[level] for level in HONEST_FINDINGS})
        self.assertEqual(0, honest["critical"])


class Demonstration(CommandTest):
    def test_tells_the_intrusion_as_one_incident(self):
        done = self.run_vedette("demo")
        self.assert_ends(0, done)
        first = done.stdout.split("\n\n")[0]
        self.assertTrue(first.startswith("HIGH"), first)
        self.assertIn("203.0.113.66", first)
        self.assertRegex(done.stdout, rf"\n{EVENTS} events \(.* of 10 files read in ")


if __name__ == "__main__":
    unittest.main()
