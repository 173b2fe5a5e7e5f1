# SPDX-License-Identifier: Apache-2.0
"""A journal that systemd itself wrote, in both of its forms: the same rows, the same findings."""

import json
import pathlib
import shutil
import struct
import subprocess
import unittest

from commands import PROGRAM, CommandTest, json_lines

REMOTE = pathlib.Path("/lib/systemd/systemd-journal-remote")
BENCH = PROGRAM.with_name("vedette-bench")
# journalctl leaves values out of JSON that are longer.
LONG = b"x" * 3_000


def field(name, value):
    is_line = b"\n" not in value and all(byte >= 32 for byte in value)
    if is_line:
        return name.encode() + b"=" + value + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"


def entry(number, message, **fields):
    at = 1_767_323_045_000_000 + number * 1_000_000
    out = b"__CURSOR=s=1;i=%d\n__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%s\n" % (
        number, at, number, b"0123456789abcdef" * 2)
    fields = {"_HOSTNAME": "web-1", "_TRANSPORT": "syslog", "PRIORITY": "6", **fields}
    return out + b"".join(field(name, str(value).encode()) for name, value in fields.items()) + field(
        "MESSAGE", message) + b"\n"


def entries():
    sshd = {"SYSLOG_IDENTIFIER": "sshd", "_PID": 4711, "_EXE": "/usr/sbin/sshd", "_SYSTEMD_UNIT": "ssh.service"}
    out = [entry(n, b"Failed password for root from 198.51.100.9 port %d ssh2" % (40_000 + n), **sshd) for n in range(8)]
    out.append(entry(20, b"Accepted password for root from 198.51.100.9 port 40100 ssh2", **sshd))
    out.append(entry(21, b"panic: no route\n\ngoroutine 1 [running]:\n\tmain.go:7", SYSLOG_IDENTIFIER="app", _PID=9))
    out.append(entry(22, b"\x1b[31mred\xff\x00 bytes", SYSLOG_IDENTIFIER="app"))
    out.append(entry(23, LONG, SYSLOG_IDENTIFIER="app"))
    out.append(entry(24, b"= equals \xe2\x82\xac", SYSLOG_IDENTIFIER="app", OWN_FIELD="a=b"))
    return out


class Journal(CommandTest):
    def setUp(self):
        super().setUp()
        if not REMOTE.exists() or not shutil.which("journalctl"):
            self.skipTest("systemd-journal-remote is not installed")
        made = self.folder / "made.export"
        made.write_bytes(b"".join(entries()))
        journal = self.folder / "test.journal"
        subprocess.run([REMOTE, "-o", journal, made], check=True, capture_output=True, timeout=60)
        self.forms = {}
        for form in ("export", "json"):
            shown = subprocess.run(["journalctl", "--file", journal, "-o", form, "--all"], check=True,
                                   capture_output=True, timeout=60)
            self.forms[form] = self.folder / f"journal.{form}"
            self.forms[form].write_bytes(shown.stdout)

    def test_export_and_json_are_the_same_rows(self):
        rows = {}
        for form, path in self.forms.items():
            done = self.run_vedette("rows", path, program=BENCH)
            self.assert_ends(0, done)
            read = [line["row"] for line in json_lines(done.stdout)]
            rows[form] = [(row["time"], row["dataset"], row["fields"]) for row in read]
        self.assertEqual(len(entries()), len(rows["export"]))
        self.assertEqual(rows["json"], rows["export"])
        messages = [fields["message"] for _, _, fields in rows["export"]]
        self.assertIn("panic: no route\n\ngoroutine 1 [running]:\n\tmain.go:7", messages)
        self.assertIn(LONG.decode(), messages)

    def test_both_forms_are_recognised_and_raise_the_same(self):
        found = {}
        for form, path in self.forms.items():
            done = self.run_vedette("scan", "--format", "json", "--quiet", path)
            self.assert_ends(0, done)
            found[form] = sorted((finding["rule_id"], finding["time"]) for finding in json_lines(done.stdout))
        self.assertTrue(found["export"], json.dumps(found))
        self.assertEqual(found["json"], found["export"])


if __name__ == "__main__":
    unittest.main()
