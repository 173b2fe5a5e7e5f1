# SPDX-License-Identifier: Apache-2.0
"""What tests share that are a list of cases, each a function: run, told of in a line each, counted in a last line."""
import contextlib, os, shutil, subprocess, sys, tempfile


class Skipped(Exception):
    """Of a case that this machine lacks something for; its text says what."""


def needs(program):
    """Where a program of the machine is."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin:/usr/bin")
    if path is None:
        raise Skipped(f"there is no {program}")
    return path


def run_cases(cases, wanted, run, note=""):
    """Runs those that are wanted (none: all). `run(case)` gives what the case showed, as text. The exit status."""
    passed = failed = skipped = 0
    for case in cases:
        if wanted and case.__name__ not in wanted:
            continue
        try:
            print(f"{case.__name__}: {run(case)}", flush=True)
            passed += 1
        except Skipped as reason:
            print(f"{case.__name__}: skipped: {reason}", flush=True)
            skipped += 1
        except (AssertionError, SystemExit, subprocess.SubprocessError, OSError, ValueError, KeyError) as problem:
            print(f"{case.__name__}{note}: FAILED: {problem}", flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


@contextlib.contextmanager
def running(make_server, program):
    """A server with a folder of its own that has started, and that is gone afterwards whatever happened."""
    with tempfile.TemporaryDirectory(prefix="vedette-cases-") as folder:
        server = make_server(program, folder)
        try:
            server.start()
            yield server, folder
        finally:
            if server.process and server.process.poll() is None:
                server.kill()


def run_cases_with_servers(cases, make_server, run):
    """A test's main(): program and wanted cases from the command line, a server for each; `run(case, server, folder)`."""
    program = os.path.abspath(sys.argv[1])

    def with_server(case):
        with running(make_server, program) as (server, folder):
            return run(case, server, folder)

    return run_cases(cases, sys.argv[2:], with_server)
