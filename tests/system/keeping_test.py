#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a server while it removes what is past and forgets people, then looks for what is left.

  keeping_test.py VEDETTE [--kills 12] [--seed N]

A `_bulk` sender feeds numbered documents of a few people to a real server whose store may only have so many bytes. At
random moments a retention pass or the deletion of a person is asked for, and shortly after it the server or the
store's child gets SIGKILL. Afterwards: no file of the data folder has the name of a forgotten person, every other
acknowledged document behind the oldest one left is there once, a held one is there, and the views, deleted and
rebuilt from the journal, give the same canonical export.
"""
import argparse, collections, hashlib, http.client, json, os, pathlib, random, re, shutil, signal, subprocess, sys
import tempfile, threading, time

from server import Server, export, rebuild, wait_until_stored

LIMIT_GB = 0.0006


class Sender(threading.Thread):
    """One document after the other in order, each repeated under its _id until it is acknowledged."""

    def __init__(self, port, people):
        super().__init__(daemon=True)
        self.port, self.people, self.done, self.acknowledged = port, people, threading.Event(), {}
        self.forgotten, self.batches = set(), 0  # the forgotten send nothing from the moment they ask

    def post(self, documents):
        body = "".join(json.dumps({"create": {"_index": "x", "_id": f"n{n}"}}) + "\n" + json.dumps(
            {"number": n, "user": {"name": who}, "message": f"number {n} of {who} {hashlib.sha256(b'%d' % n).hexdigest()}"}
        ) + "\n" for n, who in documents)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/_bulk", body, {"Content-Type": "application/x-ndjson"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            return response.status == 200 and all(item["create"]["status"] in (200, 201, 409) for item in answer["items"])
        finally:
            connection.close()

    def run(self):
        number = 0
        while not self.done.is_set():
            people = [who for who in self.people if who not in self.forgotten]
            documents = [(number + i, people[(number + i) % len(people)]) for i in range(100)]
            number += len(documents)
            while True:
                try:
                    if self.post(documents):
                        self.acknowledged.update(documents)
                        self.batches += 1
                        break
                except (OSError, http.client.HTTPException, ValueError):
                    pass
                time.sleep(0.05)
            time.sleep(0.02)


    def silence(self, who):
        """Returns once what was on its way of this person is acknowledged."""
        self.forgotten.add(who)
        wanted, deadline = self.batches + 2, time.time() + 60
        while self.batches < wanted and time.time() < deadline:
            time.sleep(0.05)


class Keeper:
    """The commands, each of which may meet a server that was just killed."""

    def __init__(self, server):
        self.server = server

    def ask(self, *arguments):
        return subprocess.run([self.server.program, *arguments, "--data", self.server.data], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120)

    def lines(self, *arguments):
        done = self.ask(*arguments, "--format", "json")
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else None

    def wait(self, seconds=240):
        deadline = time.time() + seconds
        while time.time() < deadline:
            retention, deletions = self.lines("retention", "status"), self.lines("forget", "status")
            if retention and deletions is not None:
                is_carried_out = retention[0]["carried_out_to"] >= retention[0]["decided_to"]
                if is_carried_out and all(one["state"] == "done" for one in deletions):
                    return deletions
            time.sleep(0.3)
        raise SystemExit(f"not everything was carried out in {seconds} s: {retention} {deletions}")


def read_export(server, batch_rows=4096):
    digest, events = hashlib.sha256(), collections.Counter()
    for line in export(server, batch_rows):
        digest.update(line.encode("utf-8", "surrogateescape"))
        found = line.startswith("event ") and re.search(r"number (\d+) of", line)
        if found:
            events[int(found.group(1))] += 1
    return digest.hexdigest(), events


def files_with(folder, names):
    wrong = []
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            wrong += [f"{path.relative_to(folder)} has {name}" for name in names if name.encode() in data]
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vedette")
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    folder = tempfile.mkdtemp(prefix="vedette-keeping-")
    server = Server(os.path.abspath(arguments.vedette), folder)
    with open(server.config, "a") as file:
        file.write(f"retention:\n  gb: {LIMIT_GB}\njournal:\n  segment_mb: 1\n")
    people = [f"person{chr(97 + n)}{rng.getrandbits(32):08x}" for n in range(8)]
    server.start()
    sender, keeper = Sender(server.port, people), Keeper(server)
    sender.start()
    time.sleep(1.5)
    held = keeper.ask("hold", "add", "court", "--query", "number:8", "--reason", "court order")
    if held.returncode != 0:
        raise SystemExit("no hold: " + held.stderr)
    passes, kills = 0, collections.Counter()
    for round_number in range(arguments.kills):
        time.sleep(rng.uniform(0.3, 1.5))
        alive = [who for who in people[1:] if who not in sender.forgotten]
        if round_number % 2 == 0 and len(alive) > 1:
            who = rng.choice(alive)
            sender.silence(who)
            while keeper.ask("forget", "--user", who, "--reason", f"case {round_number}", "--yes").returncode != 0:
                time.sleep(0.3)  # another deletion still goes on
        else:
            passes += keeper.ask("retention", "run").returncode == 0
        time.sleep(rng.uniform(0, 1.2))
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
    sender.done.set()
    sender.join(60)
    wait_until_stored(server)
    deletions = keeper.wait()
    status = keeper.lines("retention", "status")[0]
    wait_until_stored(server)
    server.stop()

    problems = files_with(server.data, sender.forgotten)
    problems += [f"{path} is said to remain" for one in deletions for path in one["remains"]]
    first, events = read_export(server)
    problems += [f"document {n} is stored {times} times" for n, times in events.items() if times != 1]
    problems += [f"document {n} of a forgotten person is stored" for n in events
                 if sender.acknowledged.get(n) in sender.forgotten and n != 8]
    if events[8] != 1:
        problems.append("the held document is gone")
    oldest = min((n for n in events if n != 8), default=0)
    problems += [f"document {n} is lost" for n, who in sender.acknowledged.items()
                 if n >= oldest and who not in sender.forgotten and events[n] != 1]
    if status["rows_removed"] == 0 or not sender.forgotten:
        problems.append("the test removed nothing")
    for batch_rows in (1, 4096):
        rebuild(server, batch_rows)
        if read_export(server, batch_rows)[0] != first:
            problems.append(f"rebuilt with batches of {batch_rows} it differs")
    print(f"seed {arguments.seed}: {kills['server']} kills of the server, {kills['child']} of the child; {passes} passes, "
          f"{status['rows_removed']} events removed, {len(sender.forgotten)} people forgotten with "
          f"{sum(one['events'] for one in deletions)} events; {len(sender.acknowledged)} documents, {len(events)} left")
    for problem in problems[:20]:
        print("WRONG:", problem)
    print(f"{len(problems)} problems")
    print("0 passed, 1 failed" if problems else "1 passed, 0 failed")
    if problems:
        print("kept:", folder)
    else:
        shutil.rmtree(folder)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
