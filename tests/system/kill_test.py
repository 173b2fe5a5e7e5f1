#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a loaded server again and again, then counts.

  kill_test.py VEDETTE [--kills 20] [--seed N] [--batch-rows 1,7,4096]

A file (with rotation) and two `_bulk` senders with _id feed a real server on loopback. At random moments
either the server or the store's child gets SIGKILL. Afterwards: every line of the file and every
acknowledged document is stored exactly once, every marked one has exactly one finding, and the views,
deleted and rebuilt from the journal, give the same canonical export for every batch size.
"""
import argparse, collections, hashlib, http.client, json, os, random, re, shutil, signal, sys, tempfile
import threading, time

from server import Server, export, rebuild, wait_until_stored


class FileWriter(threading.Thread):
    """Appends numbered lines, some marked, and rotates by rename now and then."""

    def __init__(self, folder, stop, rng):
        super().__init__(daemon=True)
        self.path, self.stop_event, self.rng = os.path.join(folder, "logs", "app.log"), stop, rng
        self.count, self.rotations = 0, 0

    def run(self):
        file = open(self.path, "a")
        while not self.stop_event.is_set():
            for _ in range(self.rng.randint(1, 400)):
                marker = " kill-test-marker" if self.count % 50 == 0 else ""
                file.write(f"file-{self.count} a line of the kill test{marker} {'x' * 120}\n")
                self.count += 1
            file.flush()
            if self.rng.random() < 0.02:
                file.close()
                self.rotations += 1
                os.rename(self.path, f"{self.path}.{self.rotations}")
                file = open(self.path, "a")
            time.sleep(0.01)
        file.close()


class BulkSender(threading.Thread):
    """Sends documents with _id until each is acknowledged; repeats after every lost answer."""

    def __init__(self, name, port, stop, rng):
        super().__init__(daemon=True)
        self.prefix, self.port, self.stop_event, self.rng = name, port, stop, rng
        self.acknowledged, self.sent, self.repeats = set(), 0, 0

    def post(self, ids):
        body = "".join(
            json.dumps({"create": {"_index": "kill", "_id": i}}) + "\n" + json.dumps(
                {"@timestamp": "2026-11-22T12:00:00Z", "key": i,
                 "message": "kill-test-marker" if int(i.split("-")[-1]) % 50 == 0 else "plain"}) + "\n"
            for i in ids)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/_bulk", body, {"Content-Type": "application/x-ndjson"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            if response.status != 200:
                return []
            return [item["create"]["_id"] for item in answer["items"]
                    if item["create"]["status"] in (200, 201, 409)]
        finally:
            connection.close()

    def run(self):
        while not self.stop_event.is_set():
            ids = [f"{self.prefix}-{self.sent + n}" for n in range(self.rng.randint(1, 300))]
            self.sent += len(ids)
            waiting = ids
            while waiting:
                try:
                    done = set(self.post(waiting))
                    self.acknowledged |= done
                    waiting = [i for i in waiting if i not in done]
                except (OSError, http.client.HTTPException, ValueError):
                    pass
                if waiting:
                    self.repeats += 1
                    if self.stop_event.is_set():
                        return
                    time.sleep(0.05)


class Counted:
    """What an export holds, counted while it passes by, and a hash of all of it."""

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
        name = re.search(r"(?:file|bulk\d)-\d+", line).group(0)
        self.events[name] += 1
        if "kill-test-marker" in line:
            row = json.loads(line[6:])
            self.marked[f"{row['offset']}:{row['row']}"] = name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vedette")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--batch-rows", default="1,7,4096")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    folder = tempfile.mkdtemp(prefix="vedette-kill-")
    server = Server(os.path.abspath(arguments.vedette), folder)
    stop = threading.Event()
    server.start()
    writer = FileWriter(folder, stop, random.Random(rng.random()))
    senders = [BulkSender(f"bulk{n}", server.port, stop, random.Random(rng.random())) for n in range(2)]
    for thread in [writer, *senders]:
        thread.start()
    kills = collections.Counter()
    for _ in range(arguments.kills):
        time.sleep(rng.uniform(0.2, 2.5))
        child = server.child()
        if child and rng.random() < 0.4:
            try:
                os.kill(child, signal.SIGKILL)
                kills["child"] += 1
            except ProcessLookupError:
                pass  # it was being restarted
        else:
            server.kill()
            kills["server"] += 1
            server.start()
    stop.set()
    for thread in [writer, *senders]:
        thread.join(30)
    wait_until_stored(server)
    server.stop()

    first = Counted(export(server))
    events, findings, marked = first.events, first.findings, first.marked
    problems = []
    for n in range(writer.count):
        if events[f"file-{n}"] != 1:
            problems.append(f"file-{n} is stored {events[f'file-{n}']} times")
    acknowledged = set().union(*(s.acknowledged for s in senders))
    for name in acknowledged:
        if events[name] != 1:
            problems.append(f"{name} is stored {events[name]} times")
    for name, times in events.items():
        if times > 1:
            problems.append(f"{name} is stored {times} times")
    for event_id, name in marked.items():
        if findings[event_id] != 1:
            problems.append(f"{name} ({event_id}) has {findings[event_id]} findings")
    if set(findings) - set(marked):
        problems.append(f"findings about nothing: {sorted(set(findings) - set(marked))[:5]}")
    for batch_rows in [int(text) for text in arguments.batch_rows.split(",") if text]:
        rebuild(server, batch_rows)
        if Counted(export(server, batch_rows)).hash != first.hash:
            problems.append(f"rebuilt with batches of {batch_rows} it differs")
            arguments.keep = True
    print(f"seed {arguments.seed}: {kills['server']} kills of the server, {kills['child']} of the child; "
          f"{writer.count} lines with {writer.rotations} rotations, {len(acknowledged)} documents "
          f"acknowledged after {sum(s.repeats for s in senders)} repeats, {len(marked)} findings expected")
    for problem in problems[:20]:
        print("WRONG:", problem)
    print(f"{len(problems)} problems")
    print("0 passed, 1 failed" if problems else "1 passed, 0 failed")
    if not problems and not arguments.keep:
        shutil.rmtree(folder)
    else:
        print("kept:", folder)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
