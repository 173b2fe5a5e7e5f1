# SPDX-License-Identifier: Apache-2.0
"""Runs the command blocks of README.md and docs/howto that are marked `sh tested`, each from the checkout's root."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT_S = 600


def tested_blocks(text):
    return re.findall(r"^```sh tested\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Commands(unittest.TestCase):
    def test_blocks_are_found_by_their_mark(self):
        text = "```sh tested\na\nb\n```\n```sh untested=x\nc\n```\n```sh tested\nd\n```\n"
        self.assertEqual(["a\nb\n", "d\n"], tested_blocks(text))

    def run_block(self, document, block):
        with tempfile.TemporaryDirectory() as home:
            # What a command keeps between runs (state, configuration) must not come from this machine.
            environment = dict(os.environ, XDG_STATE_HOME=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home)
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=ROOT, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, env=environment)
        self.assertEqual(0, done.returncode, f"{document}:\n{block}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def add_tests():
    """One test for each block, so that each counts and fails alone."""
    for document in [ROOT / "README.md", *sorted((ROOT / "docs/howto").glob("*.md"))]:
        if not document.exists():
            continue
        for number, block in enumerate(tested_blocks(document.read_text()), 1):
            name = f"test_{re.sub(r'[^a-z]', '_', document.stem.lower())}_{number}"
            setattr(Commands, name,
                    lambda self, document=document.name, block=block: self.run_block(document, block))


add_tests()

if __name__ == "__main__":
    unittest.main()
