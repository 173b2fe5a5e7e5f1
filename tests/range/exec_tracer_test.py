# SPDX-License-Identifier: Apache-2.0
"""The tracer writes what the audit system would write of the programs that a command executes."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

RANGE = pathlib.Path(__file__).resolve().parents[2] / "range"
sys.path.insert(0, str(RANGE))
import exec_tracer  # noqa: E402


class Records(unittest.TestCase):
    def test_write_in_hexadecimal_what_could_imitate_a_record(self):
        self.assertEqual('"/usr/bin/id"', exec_tracer.text("/usr/bin/id"))
        self.assertEqual("612062", exec_tracer.text("a b"))
        self.assertEqual("22", exec_tracer.text('"'))
        self.assertEqual("C3A4", exec_tracer.text("ä"))
        self.assertEqual('""', exec_tracer.text(""))

    def test_name_terminals_as_the_kernel_numbers_them(self):
        self.assertEqual("pts3", exec_tracer._terminal(136 << 8 | 3))
        self.assertEqual("(none)", exec_tracer._terminal(0))


class Tracing(unittest.TestCase):
    def test_finds_the_programs_of_children_too_and_who_started_whom(self):
        with tempfile.TemporaryDirectory() as folder:
            log, forks = pathlib.Path(folder, "audit.log"), pathlib.Path(folder, "forks.jsonl")
            done = subprocess.run([
                sys.executable, "-B",
                str(RANGE / "exec_tracer.py"),
                str(log),
                str(forks), "/bin/sh", "-c", "/bin/echo one; (/bin/echo 'a b'; exit 3)"
            ], capture_output=True, text=True, timeout=60)
            if "Operation not permitted" in done.stderr:
                self.skipTest("ptrace is not permitted here")
            self.assertEqual(3, done.returncode, done.stderr)
            self.assertEqual("one\na b\n", done.stdout)
            lines = log.read_text().split("\n")[:-1]
            forked = [json.loads(line) for line in forks.read_text().splitlines()]
        executed = [line for line in lines if "type=EXECVE" in line]
        self.assertEqual(3, len(executed), lines)
        self.assertIn('argc=2 a0="/bin/echo" a1="one"', executed[1])
        self.assertIn('argc=2 a0="/bin/echo" a1=612062', executed[2])
        self.assertTrue(all(line.startswith(f"node={os.uname().nodename} type=") for line in lines), lines)
        first = int(lines[0].split(" pid=")[1].split()[0])
        self.assertIn(first, {fork["parent"] for fork in forked})


if __name__ == "__main__":
    unittest.main()
