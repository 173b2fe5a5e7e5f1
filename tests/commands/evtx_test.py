# SPDX-License-Identifier: Apache-2.0
"""`vedette scan` of Windows event logs: SigmaHQ's own pairs of rule and log, and the same findings as from JSON."""

import collections
import json
import os
import pathlib
import re
import subprocess
import unittest

from commands import ROOT, CommandTest, json_lines

PACK = pathlib.Path(os.environ.get("VEDETTE_SHARED", ROOT.parent / "shared")) / "data/sigma"
ORACLE = PACK / "oracle"
CERTUTIL_ENCODE = ("sigma-regression/rules/windows/process_creation/proc_creation_win_certutil_encode/"
                   "e62a9f0c-ca1e-46b2-85d5-a6da77f86d1a.evtx")
RECORD_ID = re.compile(r"<EventRecordID>(\d+)</EventRecordID>")
TIME = re.compile(r"<TimeCreated SystemTime='([^']*)'")


def table(name):
    lines = (ORACLE / name).read_text(encoding="utf-8").splitlines()
    keys = lines[0].split("\t")
    return [dict(zip(keys, line.split("\t"))) for line in lines[1:]]


def opened(path):
    return subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout


class EventLogs(CommandTest):
    """One scan of the 494 logs of the pack, which all cases look at."""

    findings = None

    def setUp(self):
        super().setUp()
        if not ORACLE.exists():
            self.skipTest("../shared/data/sigma is not here")
        cls = type(self)
        if cls.findings is None:
            cls.findings, cls.events = self.scan_all()

    def unpack(self, name):
        folder = self.folder / name
        folder.mkdir()
        subprocess.run(["tar", "--zstd", "-xf", PACK / name, "-C", folder], check=True)
        return folder

    def scan_files(self, *paths):
        rules = self.folder / "sigmahq-rules.tar.zst"
        if not rules.exists():
            self.unpack(rules.name)
        folders = [folder for folder in rules.iterdir() if folder.name in (
            "rules", "rules-emerging-threats", "rules-threat-hunting")]
        chosen = [word for folder in folders for word in ("--rules", folder / "windows" if folder.name == "rules"
                                                          else folder)]
        done = self.run_vedette("scan", *chosen, "--logsources", ORACLE / "logsource_map.json", "--format", "json",
                                "--quiet", *paths, timeout_s=600)
        self.assert_ends(0, done)
        return json_lines(done.stdout)

    def scan_all(self):
        """{(rule, event)} of the logs and of the JSON made of them, and which events the JSON has."""
        logs = self.unpack("evtx-visible.tar.zst")
        found = {"evtx": set(), "json": set()}
        for finding in self.scan_files(logs):
            path = str(pathlib.Path(finding["source"]).relative_to(logs)).removeprefix("evtx/")
            event = (path, int(RECORD_ID.search(finding["raw"]).group(1)), TIME.search(finding["raw"]).group(1))
            found["evtx"].add((finding["rule_id"], event))
        lines = [json.loads(line) for line in opened(ORACLE / "evtx_visible.jsonl.zst").splitlines()]
        events = []
        for source in table("evtx_visible.sources.tsv"):
            first = int(source["first_line"])
            for item in lines[first:first + int(source["events"])]:
                events.append((source["file"], item["EventRecordID"], item["SystemTime"]))
        path = self.folder / "events.jsonl"
        path.write_bytes(opened(ORACLE / "evtx_visible.jsonl.zst"))
        for finding in self.scan_files(path):
            found["json"].add((finding["rule_id"], events[finding["event"]]))
        return found, events

    def test_every_regression_pair_of_sigmahq_fires(self):
        hits = collections.Counter((rule, event[0]) for rule, event in self.findings["evtx"])
        pairs = table("regression.tsv")
        self.assertEqual(127, len(pairs))
        other = {pair["rule_id"]: hits[pair["rule_id"], pair["file"]] for pair in pairs
                 if hits[pair["rule_id"], pair["file"]] != int(pair["match_count_found"])}
        # The pack has one copy of equal files: this pair's log lies there as the log of another rule.
        twin = "ea0cdc3e-2239-4f26-a947-4e8f8224e464"
        self.assertEqual({twin: 0}, other)
        self.assertIn((twin, CERTUTIL_ENCODE), hits)

    def test_the_findings_are_those_of_the_json_made_of_the_logs(self):
        known = set(self.events)
        self.assertEqual(11648, len(self.events))
        of_both = {(rule, event) for rule, event in self.findings["evtx"] if event in known}
        print(f"{len(self.findings['json'])} findings from JSON, {len(self.findings['evtx'])} from EVTX, "
              f"{len(of_both)} of them of events that the JSON has")
        self.assertEqual(set(), self.findings["json"] - of_both)
        self.assertEqual(set(), of_both - self.findings["json"])


if __name__ == "__main__":
    unittest.main()
