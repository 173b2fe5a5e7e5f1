# SPDX-License-Identifier: Apache-2.0
"""What cannot start says why in one line, at once; what may start later waits for it."""

import os
import signal
import subprocess
import time
import unittest

from commands import PROGRAM, CommandTest

HOST = PROGRAM.parent / "vedette-store-host"


class Start(CommandTest):
    def assert_one_message(self, done, *words):
        self.assert_ends(2, done)
        told = [line for line in done.stderr.splitlines() if words[0] in line]
        self.assertEqual(1, len(told), done.stderr)
        self.assertTrue(told[0].startswith("vedette"), done.stderr)
        for word in words:
            self.assertIn(word, told[0])
        self.assertLessEqual(len(done.stderr.splitlines()), 6, done.stderr)

    def test_without_the_engine_every_command_says_so_once(self):
        server = self.server_of("one")
        (self.folder / "stored/store").mkdir(parents=True)
        commands = {
            "serve": [PROGRAM, "serve", "--config", server.config],
            "demo": [PROGRAM, "demo"],
            "search": [PROGRAM, "search", "--data", self.folder / "stored", "x"],
            "journal": [PROGRAM, "journal", "export", "--data", self.folder / "journal"],
            "bench": [PROGRAM.parent / "vedette-bench", "ingest", "--events", "1000"],
        }
        for name, (program, *arguments) in commands.items():
            if not program.exists():
                continue  # ./run alone does not build the bench
            with self.subTest(name):
                begin = time.monotonic()
                done = self.run_vedette(*arguments, program=program, VEDETTE_LIBCHDB="/nonexistent")
                self.assert_one_message(done, "/nonexistent", "libchdb.so", "./run")
                self.assertLess(time.monotonic() - begin, 25, "it waited for what does not pass")

    def test_without_the_stores_program_serve_says_so_once(self):
        server = self.server_of("one")
        done = self.run_vedette("serve", "--config", server.config, VEDETTE_STORE_HOST="/nonexistent")
        self.assert_one_message(done, "/nonexistent", "VEDETTE_STORE_HOST")

    def hold_folder_of(self, server):
        """Another process that has the store's folder."""
        engine = os.path.join(server.data, "store/engine")
        os.makedirs(os.path.dirname(engine))
        holder = subprocess.Popen([HOST, "--data", engine, "--socket", str(self.folder / "holder.sock")],
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        while not (self.folder / "holder.sock").exists():
            self.assertIsNone(holder.poll())
            time.sleep(0.02)
        return holder

    def serve_until(self, server, word):
        """A server that runs, once it has said the word."""
        with open(self.folder / "words", "w") as log:
            served = subprocess.Popen([PROGRAM, "serve", "--config", server.config], stderr=log)
        self.addCleanup(lambda: served.poll() is None and (served.kill(), served.wait()))
        self.wait_for(served, word)
        return served

    def wait_for(self, served, word):
        deadline = time.monotonic() + 60
        while word not in self.words() and time.monotonic() < deadline:
            self.assertIsNone(served.poll(), self.words())
            time.sleep(0.05)
        self.assertIn(word, self.words())

    def words(self):
        return (self.folder / "words").read_text()

    def test_serve_waits_for_a_folder_that_is_still_held(self):
        server = self.server_of("one")
        holder = self.hold_folder_of(server)
        served = self.serve_until(server, "store.waits_for_its_folder")
        time.sleep(1)
        self.assertIsNone(served.poll(), "it did not wait")
        holder.send_signal(signal.SIGTERM)
        self.wait_for(served, "on watch")
        served.send_signal(signal.SIGTERM)
        self.assertEqual(0, served.wait(timeout=60), self.words())
        waits = [line for line in self.words().splitlines() if "store.waits_for_its_folder" in line]
        self.assertEqual(1, len(waits), self.words())
        self.assertIn(f"process {holder.pid}", waits[0])

    def test_the_folder_of_data_may_be_named_from_where_one_stands(self):
        here = os.getcwd()
        self.addCleanup(os.chdir, here)
        os.chdir(self.folder)
        self.assert_ends(0, self.run_vedette("demo", "--data", "kept"))
        found = self.run_vedette("search", "--data", "./kept", "user.name:root", "--limit", "1")
        self.assert_ends(0, found)

    def test_who_does_not_want_to_wait_for_the_folder_can_stop(self):
        server = self.server_of("one")
        self.hold_folder_of(server)
        served = self.serve_until(server, "store.waits_for_its_folder")
        served.send_signal(signal.SIGINT)
        # Far below the half minute for which it would wait.
        self.assertEqual(0, served.wait(timeout=15), self.words())


if __name__ == "__main__":
    unittest.main()
