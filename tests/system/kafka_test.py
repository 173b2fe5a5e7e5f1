#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kcat as the producer, librdkafka's mock cluster as the broker, and a real server that reads it.

  kafka_test.py VEDETTE [--kills 20] [--seed N] [CASE ...]

Cases: kcat (plain and every compression, keys and headers searchable), broker (goes and comes while kcat sends),
kills (the server gets SIGKILL again and again while kcat sends: nothing lost, nothing doubled, and a rebuild from
the journal gives the same). The mock cluster is a program of its own and outlives the server. There is no broker
of the Apache project in Debian 12 or on npm, so none is tried here.
"""
import argparse, collections, hashlib, json, os, pathlib, random, re, shutil, subprocess, sys, tempfile, threading, time

from cases import Skipped, run_cases
from server import Server, export, rebuild, wait_until_stored

HERE = pathlib.Path(__file__).resolve().parent
PARTITIONS = 3
# The mock cluster keeps 100,000 messages and 5 MB of a partition.
COUNT = 4_000


class Cluster:
    def __init__(self, *topics):
        if shutil.which("kcat") is None:
            raise Skipped("there is no kcat")
        self.process = subprocess.Popen([sys.executable, "-B", str(HERE / "mock_kafka.py"), *topics], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.brokers = self.process.stdout.readline().strip()
        if not self.brokers:
            raise Skipped("there is no librdkafka.so.1")

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def send(self, lines, *options, topic="logs"):
        done = subprocess.run(["kcat", "-b", self.brokers, "-t", topic, "-P", *options], text=True,
                              input="".join(line + "\n" for line in lines), capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def server_of(program, folder, cluster):
    server = Server(program, folder)
    with open(server.config, "a") as file:
        file.write(f'  - {{kind: kafka, name: stream, brokers: ["{cluster.brokers}"], topics: ["^logs$"], format: text, '
                   f'session_timeout_ms: 6000, topics_look_ms: 1000}}\n')
    return server


class Counted:
    """What an export holds: how often each `kafka-N` is stored, the findings about marked ones, a hash of all of it."""

    def __init__(self, lines):
        self.events, self.findings, self.marked = collections.Counter(), collections.Counter(), {}
        digest = hashlib.sha256()
        for line in lines:
            digest.update(line.encode("utf-8", "surrogateescape"))
            if line.startswith("event "):
                self.count_event(line)
            elif line.startswith('state {"table":"findings"'):
                for event_id in json.loads(line[6:])["record"]["events"]:
                    self.findings[event_id] += 1
        self.hash = digest.hexdigest()

    def count_event(self, line):
        found = re.search(r"kafka-\d+", line)
        if found is None:
            return
        self.events[found.group(0)] += 1
        if "kill-test-marker" in line:
            row = json.loads(line[6:])
            self.marked[f"{row['offset']}:{row['row']}"] = found.group(0)


def expect_each_once(events, count):
    wrong = [(n, events[f"kafka-{n}"]) for n in range(count) if events[f"kafka-{n}"] != 1]
    assert not wrong, f"{len(wrong)} of {count} are not stored once, the first: {wrong[:5]}"
    assert len(events) == count, f"{len(events)} different records, {count} were sent"


def wait_until_journalled(server, cluster, count, seconds=120):
    """Until the broker was told that all of it is durable."""
    deadline = time.time() + seconds
    while time.time() < deadline:
        told = [int(cluster.ask(f"committed vedette logs {p}")) for p in range(PARTITIONS)]
        if sum(max(0, offset) for offset in told) >= count:
            return
        time.sleep(0.3)
    raise AssertionError(f"the group has committed {told}, {count} were sent")


def kcat(program, folder, arguments):
    cluster = Cluster(f"logs:{PARTITIONS}")
    server = server_of(program, folder, cluster)
    try:
        server.start()
        codecs = ("none", "gzip", "snappy", "lz4", "zstd")
        for i, codec in enumerate(codecs):
            part = COUNT // len(codecs)
            cluster.send([f"key-{n};kafka-{n} a line of kcat" for n in range(i * part, (i + 1) * part)],
                         "-z", codec, "-K", ";", "-H", f"codec={codec}")
        wait_until_journalled(server, cluster, COUNT)
        wait_until_stored(server)
        found = subprocess.run([program, "search", "--data", server.data, "--format", "json",
                                "kafka.topic:logs and kafka.key:key-17"],
                               capture_output=True, text=True, timeout=60)
        assert found.returncode == 0, found.stderr
        rows = [json.loads(line) for line in found.stdout.splitlines()]
        assert len(rows) == 1 and "codec: none" in found.stdout and "kafka-17 " in found.stdout, found.stdout[:500]
        server.stop()
        expect_each_once(Counted(export(server)).events, COUNT)
        return f"{COUNT} messages in {len(codecs)} compressions stored once each, found by key and topic"
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
        cluster.end()


def broker(program, folder, arguments):
    cluster = Cluster(f"logs:{PARTITIONS}")
    server = server_of(program, folder, cluster)
    try:
        server.start()
        for round_number in range(4):
            part = COUNT // 4
            cluster.send([f"kafka-{n} a line" for n in range(round_number * part, (round_number + 1) * part)])
            cluster.ask("down")
            time.sleep(1)
            cluster.ask("up")
        wait_until_journalled(server, cluster, COUNT)
        wait_until_stored(server)
        server.stop()
        expect_each_once(Counted(export(server)).events, COUNT)
        return f"{COUNT} messages stored once each although the broker went four times"
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
        cluster.end()


class Sender(threading.Thread):
    """kcat after kcat with the next numbers, now and then marked."""

    def __init__(self, cluster, stop, rng):
        super().__init__(daemon=True)
        self.cluster, self.stop_event, self.rng, self.count, self.problem = cluster, stop, rng, 0, None

    def run(self):
        try:
            while not self.stop_event.is_set():
                size = self.rng.randint(1, 600)
                self.cluster.send([f"kafka-{n} a line {'kill-test-marker ' if n % 50 == 0 else ''}{'x' * 60}"
                                   for n in range(self.count, self.count + size)])
                self.count += size
                time.sleep(self.rng.uniform(0, 0.3))
        except (AssertionError, subprocess.SubprocessError) as problem:
            self.problem = problem


def kills(program, folder, arguments):
    rng = random.Random(arguments.seed)
    cluster = Cluster(f"logs:{PARTITIONS}")
    server = server_of(program, folder, cluster)
    stop = threading.Event()
    sender = Sender(cluster, stop, random.Random(rng.random()))
    try:
        server.start()
        sender.start()
        for _ in range(arguments.kills):
            time.sleep(rng.uniform(0.3, 2.5))
            server.kill()
            server.start()
        stop.set()
        sender.join(60)
        assert sender.problem is None, sender.problem
        wait_until_journalled(server, cluster, sender.count, 180)
        wait_until_stored(server)
        server.stop()
        first = Counted(export(server))
        expect_each_once(first.events, sender.count)
        wrong = {name: first.findings[event_id] for event_id, name in first.marked.items()
                 if first.findings[event_id] != 1}
        assert not wrong and first.marked, f"marked records without one finding each: {list(wrong.items())[:5]}"
        rebuild(server, 7)
        assert Counted(export(server, 7)).hash == first.hash, "rebuilt from the journal it differs"
        return (f"seed {arguments.seed}: {sender.count} messages stored once each over {arguments.kills} kills, "
                f"{len(first.marked)} findings; rebuilt it is the same")
    finally:
        stop.set()
        if server.process and server.process.poll() is None:
            server.kill()
        cluster.end()


CASES = [kcat, broker, kills]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vedette")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_intermixed_args()

    def run(case):
        with tempfile.TemporaryDirectory(prefix="vedette-kafka-") as folder:
            return case(os.path.abspath(arguments.vedette), folder, arguments)

    return run_cases(CASES, arguments.cases, run)


if __name__ == "__main__":
    sys.exit(main())
