# SPDX-License-Identifier: Apache-2.0
"""tools/run_tests.py counts what happened, also when a program dies in the middle."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import types
import unittest

import house

sys.path.insert(0, str(house.ROOT / "tools"))
import run_tests  # noqa: E402


def report(*cases):
    return json.dumps({"testsuites": [{"testsuite": list(cases)}]})


GOOD = {"name": "good", "status": "RUN", "result": "COMPLETED"}
BAD = {"name": "bad", "status": "RUN", "result": "COMPLETED", "failures": [{"failure": "no"}]}
SKIPPED = {"name": "skipped", "status": "RUN", "result": "SKIPPED"}


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.json_path = self.folder / "report.json"
        kept = run_tests.RESULTS
        self.addCleanup(lambda: setattr(run_tests, "RESULTS", kept))
        run_tests.RESULTS = self.folder

    def count(self, status, text, output=""):
        if text:
            self.json_path.write_text(text)
        return run_tests.count_gtest(status, self.json_path, output)

    def test_counts_cases_one_by_one(self):
        self.assertEqual((2, 1, 1), self.count(1, report(GOOD, BAD, SKIPPED, GOOD)))

    def test_counts_a_failure_outside_the_cases(self):
        self.assertEqual((1, 1, 0), self.count(1, report(GOOD)))

    def test_counts_a_program_that_died_as_one_more_failure(self):
        output = "[ RUN      ] A.a\n[       OK ] A.a (0 ms)\n[ RUN      ] A.b\n[  FAILED  ] A.b (1 ms)\n[ RUN      ] A.c\n"
        self.assertEqual((1, 2, 0), self.count(-11, "", output))
        self.assertEqual((1, 2, 0), self.count(None, report(GOOD), output))

    def test_counts_a_program_that_never_said_anything(self):
        self.assertEqual((0, 1, 0), self.count(127, ""))

    def test_reads_the_closing_line_of_a_system_test(self):
        self.assertEqual((3, 0, 0), run_tests.count_system(0, "a: good\n3 passed, 0 failed\n"))
        self.assertEqual((2, 0, 1), run_tests.count_system(0, "2 passed, 0 failed, 1 skipped\n"))
        self.assertEqual((2, 1, 0), run_tests.count_system(1, "2 passed, 1 failed\n"))

    def test_counts_a_system_test_that_died_as_a_failure(self):
        self.assertEqual((0, 1, 0), run_tests.count_system(1, "Traceback\n"))
        self.assertEqual((0, 1, 0), run_tests.count_system(0, ""))
        self.assertEqual((2, 1, 0), run_tests.count_system(-9, "2 passed, 0 failed\n"))

    def test_sees_a_program_that_hangs(self):
        status, _ = run_tests.run_logged("sleeper", ["sleep", "60"], 0.2)
        self.assertIsNone(status)

    def test_counts_python_tests_with_failures_and_errors(self):
        (self.folder / "planted_test.py").write_text(
            "import unittest\nclass T(unittest.TestCase):\n"
            "    def test_a(self): pass\n    def test_b(self): self.fail()\n    def test_c(self): 1 / 0\n"
            "    @unittest.skip('why')\n    def test_d(self): pass\n")
        outcome = run_tests.run_python_folder("planted", str(self.folder))
        self.assertEqual((1, 2, 1), (outcome.passed, outcome.failed, outcome.skipped))
        self.assertNotIn("... ok", outcome.shown)

    def test_says_why_python_tests_were_skipped(self):
        (self.folder / "planted_test.py").write_text(
            "import unittest\nclass T(unittest.TestCase):\n"
            "    def test_a(self): pass\n    def test_b(self): self.skipTest('it isn\\'t built')\n"
            "    @unittest.skip('no such machine')\n    def test_c(self): pass\n")
        outcome = run_tests.run_python_folder("planted", str(self.folder))
        self.assertEqual((1, 0, 2), (outcome.passed, outcome.failed, outcome.skipped))
        self.assertEqual("skipped: it isn't built\nskipped: no such machine", outcome.shown)

    def test_adds_up_files_of_python_tests_that_run_beside_each_other(self):
        for name, body in (("one", "pass"), ("two", "self.fail()"), ("three", "self.skipTest('no such thing')")):
            (self.folder / f"{name}_test.py").write_text(
                f"import unittest\nclass T(unittest.TestCase):\n    def test_a(self): {body}\n")
        outcome = run_tests.run_python_files("planted", str(self.folder), 2)
        self.assertEqual((1, 1, 1), (outcome.passed, outcome.failed, outcome.skipped))
        self.assertIn("two_test.py:\n", outcome.shown)
        self.assertIn("three_test.py:\nskipped: no such thing", outcome.shown)

    def close(self, *outcomes):
        run = run_tests.Run(types.SimpleNamespace(only=["x"], minutes=1))
        run.outcomes = list(outcomes)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = run.close()
        return status, printed.getvalue().splitlines()[-1]

    def test_closes_with_the_sum_and_fails_when_anything_failed(self):
        one, other = run_tests.Outcome("one", passed=2), run_tests.Outcome("other", passed=1, failed=1, skipped=1)
        self.assertEqual((0, "2 passed, 0 failed"), self.close(one))
        self.assertEqual((1, "3 passed, 1 failed, 1 skipped"), self.close(one, other))

    def test_fails_when_nothing_ran(self):
        self.assertEqual((1, "0 passed, 1 failed"), self.close())


if __name__ == "__main__":
    unittest.main()
