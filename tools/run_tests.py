#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the suites of ./test, one line each, and closes with `N passed, N failed`.

A suite is a list of checks that were counted one by one: the cases of a GoogleTest program, the tests of a
Python folder, one build. A program that dies counts as one failure more than the cases it reported.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "test-results"
# A program that hangs must not take the whole run with it; the slowest honest one needs a third of this.
PROGRAM_TIMEOUT_S = 900
SLOW_PROGRAM_TIMEOUT_S = 2400
# Twenty kills with three rebuilds, or all hostile cases, on two busy cores.
SYSTEM_TIMEOUT_S = 3600
SYSTEM_SUITES = ("system_clients", "system_collectors", "system_network_clients", "system_kill", "system_collectors_kill",
                 "system_hostile", "system_network_kill", "system_backup_load", "system_kafka", "system_keeping",
                 "system_rule_replays")
# Of a failing suite so much is shown; the whole output lies in build/test-results/.
SHOWN_LINES_MAX = 60


@dataclasses.dataclass
class Outcome:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    shown: str = ""


def run_logged(name, command, timeout_s, env=None, cwd=ROOT):
    """Runs a command with its output in a file. Returns (exit status or None after the time-out, output)."""
    log_path = RESULTS / (name.replace("/", "-") + ".log")
    with open(log_path, "wb") as log:
        # A group of its own, so that what a test left running ends with it.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, cwd=cwd,
            start_new_session=True)
        try:
            status = process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    return status, log_path.read_text(errors="replace")


def last_lines(text):
    return "\n".join(text.splitlines()[-SHOWN_LINES_MAX:])


def how_it_ended(status, timeout_s):
    if status is None:
        return f"killed: not finished after {timeout_s} s"
    if status < 0:
        return f"died of signal {-status}"
    return f"exit status {status}"


def count_gtest(status, json_path, output):
    """(passed, failed, skipped) of a GoogleTest program; from its output when it did not live to write the file."""
    if status in (0, 1) and json_path.exists():
        passed = failed = skipped = 0
        for suite in json.loads(json_path.read_text())["testsuites"]:
            for case in suite["testsuite"]:
                if case.get("failures"):
                    failed += 1
                elif case.get("result") == "SKIPPED" or case.get("status") == "NOTRUN":
                    skipped += 1
                else:
                    passed += 1
        # An exit status of 1 without a failed case is a failure outside the cases (a leak, say).
        if status != 0 and failed == 0:
            failed = 1
        return passed, failed, skipped
    passed = len(re.findall(r"^\[       OK \] ", output, re.MULTILINE))
    skipped = len(re.findall(r"^\[  SKIPPED \] \S+ \(", output, re.MULTILINE))
    failed = len(re.findall(r"^\[  FAILED  \] \S+ \(", output, re.MULTILINE))
    return passed, failed + 1, skipped


def skip_reasons(output):
    """The texts given to GTEST_SKIP, which follow the line that names the file."""
    return re.findall(r"^\S+:\d+: Skipped\n(.+)$", output, re.MULTILINE)


def run_gtest(name, program, slow, minutes_left):
    json_path = RESULTS / f"{name}.json"
    json_path.unlink(missing_ok=True)
    timeout_s = PROGRAM_TIMEOUT_S
    if slow:
        timeout_s = min(SLOW_PROGRAM_TIMEOUT_S, max(60, int(minutes_left * 60)))
    # Suites whose name ends in Slow take minutes; they run with --slow.
    cases = "*Slow.*:*Slow/*" if slow else "-*Slow.*:*Slow/*"
    command = [str(program), f"--gtest_output=json:{json_path}", f"--gtest_filter={cases}", "--gtest_brief=0"]
    status, output = run_logged(name, command, timeout_s)
    outcome = Outcome(name)
    outcome.passed, outcome.failed, outcome.skipped = count_gtest(status, json_path, output)
    if outcome.failed:
        outcome.shown = last_lines(output) + f"\n{how_it_ended(status, timeout_s)}"
    elif outcome.skipped:
        outcome.shown = "\n".join(f"skipped: {reason}" for reason in sorted(set(skip_reasons(output))))
    return outcome


def run_one_check(name, command, timeout_s=PROGRAM_TIMEOUT_S):
    """A command whose exit status is the whole answer."""
    status, output = run_logged(name, command, timeout_s)
    if status == 0:
        return Outcome(name, passed=1)
    return Outcome(name, failed=1, shown=last_lines(output) + f"\n{how_it_ended(status, timeout_s)}")


def run_python_files(name, folder, jobs):
    """Every file of a folder of tests by itself, some at once: they mostly wait for servers of their own."""
    files = sorted(path.name for path in (ROOT / folder).glob("*_test.py"))
    whole = Outcome(name)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        outcomes = pool.map(lambda file: run_python_folder(f"{name}/{file}", folder, file), files)
        for file, outcome in zip(files, outcomes):
            whole.passed += outcome.passed
            whole.failed += outcome.failed
            whole.skipped += outcome.skipped
            if outcome.shown:
                whole.shown += f"{file}:\n{outcome.shown}\n"
    return whole


def run_python_folder(name, folder, pattern="*_test.py", timeout_s=PROGRAM_TIMEOUT_S):
    command = [sys.executable, "-B", "-m", "unittest", "discover", "-v", "-s", folder, "-p", pattern]
    status, output = run_logged(name, command, timeout_s)
    outcome = Outcome(name)
    ran = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    if ran:
        counted = {key: int(number) for key, number in re.findall(r"(failures|errors|skipped)=(\d+)", output[ran.end():])}
        outcome.failed = counted.get("failures", 0) + counted.get("errors", 0)
        outcome.skipped = counted.get("skipped", 0)
        # Sub-tests fail one by one, so that there may be more failures than tests.
        outcome.passed = max(0, int(ran.group(1)) - outcome.failed - outcome.skipped)
    if status != 0 and outcome.failed == 0 or not ran:
        outcome.failed += 1
    if outcome.failed:
        told = "\n".join(line for line in output.splitlines() if not line.endswith(" ... ok"))
        outcome.shown = last_lines(told) + f"\n{how_it_ended(status, timeout_s)}"
    elif outcome.skipped:
        reasons = set(re.findall(r" \.\.\. skipped (?:'|\")(.+)(?:'|\")$", output, re.MULTILINE))
        outcome.shown = "\n".join(f"skipped: {reason}" for reason in sorted(reasons))
    return outcome


def run_system(name, program, *arguments):
    """tests/system/<name>_test.py, which counts its own cases and closes with `N passed, N failed`."""
    script = ROOT / "tests/system" / (name.removeprefix("system_") + "_test.py")
    status, output = run_logged(name, [sys.executable, "-B", str(script), program, *arguments], SYSTEM_TIMEOUT_S)
    outcome = Outcome(name)
    outcome.passed, outcome.failed, outcome.skipped = count_system(status, output)
    if outcome.failed:
        outcome.shown = last_lines(output) + f"\n{how_it_ended(status, SYSTEM_TIMEOUT_S)}"
    elif outcome.skipped:
        outcome.shown = "\n".join(line for line in output.splitlines() if ": skipped: " in line)
    return outcome


def count_system(status, output):
    """(passed, failed, skipped) of the closing line; without one, or after a death, something failed."""
    closing = re.search(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", output, re.MULTILINE)
    passed, failed, skipped = (int(number or 0) for number in closing.groups()) if closing else (0, 0, 0)
    if failed == 0 and (status != 0 or not closing):
        failed = 1
    return passed, failed, skipped


def cpp_files():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", "*.cpp", "*.h"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [path for path in listed if (ROOT / path).exists()]


def has_slow_cases(program):
    listed = subprocess.run([str(program), "--gtest_list_tests", "--gtest_filter=*Slow.*:*Slow/*"],
                            capture_output=True, text=True, timeout=60)
    return bool(re.search(r"^  \S", listed.stdout, re.MULTILINE))


def ctest_programs(folder):
    """(name, command) of every test that the build registered, GoogleTest programs and fuzz targets alike."""
    listed = subprocess.run(["ctest", "--test-dir", str(folder), "--show-only=json-v1"],
                            capture_output=True, text=True, check=True)
    return [(test["name"], test["command"]) for test in json.loads(listed.stdout)["tests"] if test.get("command")]


class Run:
    def __init__(self, options):
        self.options = options
        self.started = time.monotonic()
        self.outcomes = []

    def wanted(self, name):
        return not self.options.only or any(word in name for word in self.options.only)

    def minutes_left(self):
        return self.options.minutes - (time.monotonic() - self.started) / 60

    def report(self, outcome):
        self.outcomes.append(outcome)
        counts = f"{outcome.passed} passed"
        if outcome.failed:
            counts += f", {outcome.failed} FAILED"
        if outcome.skipped:
            counts += f", {outcome.skipped} skipped"
        print(f"{outcome.name:<28} {counts}  ({outcome.seconds:.1f} s)", flush=True)
        for line in outcome.shown.splitlines():
            print(f"    {line}", flush=True)

    def timed(self, suite, *arguments):
        started = time.monotonic()
        try:
            outcome = suite(*arguments)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            outcome = Outcome(arguments[0], failed=1, shown=f"could not be run: {error}")
        outcome.seconds = time.monotonic() - started
        return outcome

    def one(self, suite, name, *arguments):
        """Runs and reports one suite if it is wanted. Returns whether nothing in it failed."""
        if not self.wanted(name):
            return True
        outcome = self.timed(suite, name, *arguments)
        self.report(outcome)
        return outcome.failed == 0

    def build(self, preset, *targets):
        name = f"build/{preset}"
        outcome = self.timed(run_one_check, name, [str(ROOT / "tools/build"), preset, *targets], 5400)
        self.report(outcome)
        return outcome.failed == 0

    def programs(self):
        chosen = [(name, command) for name, command in ctest_programs(ROOT / "build/dev") if self.wanted(name)]
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            waiting = []
            for name, command in chosen:
                if name.startswith("fuzz_"):
                    waiting.append(pool.submit(self.timed, run_one_check, name, command))
                else:
                    waiting.append(pool.submit(self.timed, run_gtest, name, command[0], False, 0))
            for done in concurrent.futures.as_completed(waiting):
                self.report(done.result())
        return chosen

    def slow_programs(self, chosen):
        for name, command in chosen:
            if name.startswith("fuzz_") or not has_slow_cases(command[0]):
                continue
            self.slow(run_gtest, f"{name}_slow", command[0], True, self.minutes_left())

    def slow(self, suite, name, *arguments):
        if not self.wanted(name):
            return
        if self.minutes_left() <= 0:
            self.report(Outcome(name, skipped=1, shown=f"left out: the {self.options.minutes:g} minutes are over"))
            return
        self.report(self.timed(suite, name, *arguments))

    def everything(self):
        self.one(run_python_folder, "house", "tests/house")
        self.one(run_python_folder, "range", "tests/range")
        self.one(run_one_check, "format", ["clang-format-14", "--dry-run", "-Werror", *cpp_files()])
        chosen = []
        if self.build("dev"):
            chosen = self.programs()
        program = str(ROOT / "build/release/vedette")
        if not self.options.only or any(self.wanted(name) for name in ("readme", "commands", "tidy", *SYSTEM_SUITES)):
            if self.build("release"):
                self.one(run_python_folder, "readme", "tests/readme")
                self.one(run_python_files, "commands", "tests/commands", self.options.jobs)
                self.one(run_system, "system_clients", program)
                self.one(run_system, "system_network_clients", program)
                self.one(run_system, "system_collectors", program)
        if self.options.slow:
            self.slow_programs(chosen)
            self.slow(run_system, "system_kill", program, "--kills", "20")
            self.slow(run_system, "system_keeping", program, "--kills", "12")
            self.slow(run_system, "system_rule_replays", program, "--kills", "10")
            self.slow(run_system, "system_collectors_kill", program, "--kills", "20")
            self.slow(run_system, "system_hostile", program)
            self.slow(run_system, "system_network_kill", program)
            self.slow(run_system, "system_backup_load", program)
            self.slow(run_system, "system_kafka", program)
        if self.options.tidy:
            self.slow(run_one_check, "tidy", [str(ROOT / "tools/tidy")], 7200)

    def close(self):
        passed = sum(outcome.passed for outcome in self.outcomes)
        failed = sum(outcome.failed for outcome in self.outcomes)
        skipped = sum(outcome.skipped for outcome in self.outcomes)
        if passed + failed == 0:
            print(f"no suite is named like {' or '.join(self.options.only)}")
            failed = 1
        print(f"in {(time.monotonic() - self.started) / 60:.1f} minutes")
        print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
        return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(prog="./test", description="Builds and tests everything.")
    parser.add_argument("--slow", action="store_true", default=os.environ.get("VEDETTE_SLOW") == "1",
                        help="also what takes minutes (GoogleTest suites named *Slow, a killed and a starved server); VEDETTE_SLOW=1 does the same")
    parser.add_argument("--tidy", action="store_true", help="also clang-tidy over everything, about 25 minutes of processor time when nothing is cached")
    parser.add_argument("--only", action="append", metavar="WORD", help="only suites whose name contains the word; may be repeated")
    parser.add_argument("--no-setup", action="store_true", help="do not run tools/setup first")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="test programs at once (default: cores)")
    parser.add_argument("--minutes", type=float, default=600, help="slow suites start only so long after the start (default 600)")
    options = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    run = Run(options)
    run.everything()
    return run.close()


if __name__ == "__main__":
    sys.exit(main())
