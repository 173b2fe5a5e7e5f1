# SPDX-License-Identifier: Apache-2.0
"""What the tests of the commands share: the program, a folder of their own, a small server's configuration."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Another build of it, the dev preset's say: VEDETTE_PROGRAM=build/dev/vedette
PROGRAM = pathlib.Path(os.environ.get("VEDETTE_PROGRAM") or ROOT / "build/release/vedette").absolute()
sys.path.insert(0, str(ROOT / "tests/system"))

RULE = """title: A marked line
id: 0b1f9f0a-6c0e-4d4e-8a7b-2d9f3a1c5e77
status: test
description: Finds the marker of these tests.
author: Vedette
logsource:
    product: test
detection:
    keywords:
        - marked-by-the-test
    condition: keywords
level: medium
"""
LOGSOURCES = """description: Every record
product: test
logsources:
  - match: {dataset: '*'}
"""


class CommandTest(unittest.TestCase):
    def setUp(self):
        if not PROGRAM.exists():
            self.skipTest(f"{PROGRAM} is not built: tools/build release, or name another with VEDETTE_PROGRAM")
        folder = tempfile.TemporaryDirectory(prefix="vedette-commands-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run_vedette(self, *arguments, timeout_s=120, program=PROGRAM, **environment):
        return subprocess.run([str(program), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=timeout_s, env=dict(os.environ, **environment))

    def assert_ends(self, status, done):
        self.assertEqual(status, done.returncode, f"{done.args}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")

    def server_of(self, *lines):
        """A server's files around a log that holds these lines."""
        from server import Server
        server = Server(str(PROGRAM), str(self.folder))
        self.addCleanup(server.log.close)
        self.addCleanup(pathlib.Path(server.log.name).unlink)
        self.write("logs/app.log", "".join(line + "\n" for line in lines))
        return server

    def started(self, server):
        server.start()
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        return server


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]
