#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a server while it replays new rules over its history, then looks whether each finding is there once.

  rule_replays_test.py VEDETTE [--kills 10] [--seed N]

A real server takes numbered documents of the last days, then rule files that were not there before, by SIGHUP, in two
loads. At random moments the server or the store's child gets SIGKILL. Afterwards: every document that one of the rules
is true on has one finding of it, marked as retrospective; what comes then is found by the stream, without a mark; and
the views, deleted and rebuilt from the journal, give the same canonical export.
"""
import argparse, collections, hashlib, http.client, json, os, random, shutil, signal, socket, subprocess, sys
import tempfile, time

from server import Server, export, rebuild, wait_until_stored

DOCUMENTS, RULES = 3000, 24


def rule(number):
    return f"""title: Word {number}
id: word-{number}
logsource: {{product: test}}
detection:
    word:
        message|contains: 'word{number}.'
    condition: word
level: medium
"""


def post(server, documents):
    """Under their ids until they are taken."""
    body = "".join(json.dumps({"create": {"_index": "x", "_id": f"n{n}"}}) + "\n" + json.dumps(
        {"@timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when)), "host": {"name": f"web-{n % 5}"},
         "number": n, "message": f"number {n} says word{n % (2 * RULES)}."}) + "\n" for n, when in documents)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/_bulk", body, {"Content-Type": "application/x-ndjson"})
    answer = json.loads(connection.getresponse().read())
    assert all(item["create"]["status"] in (200, 201, 409) for item in answer["items"]), answer
    connection.close()


def lines(server, path):
    connection = http.client.HTTPConnection("localhost")
    with socket.socket(socket.AF_UNIX) as connection.sock:
        connection.sock.settimeout(20)
        connection.sock.connect(os.path.join(server.data, "admin.sock"))
        connection.request("GET", path)
        return [json.loads(line) for line in connection.getresponse().read().splitlines()]


def replays(server):
    done = subprocess.run([server.program, "rules", "replays", "--data", server.data, "--format", "json"],
                          capture_output=True, text=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def wait_for_replays(server, count, seconds=240):
    deadline = time.time() + seconds
    while time.time() < deadline:
        states = collections.Counter(one["state"] for one in replays(server))
        if sum(states.values()) >= count and not states["waiting"] and not states["running"]:
            return states
        time.sleep(0.3)
    raise SystemExit(f"the replays did not end in {seconds} s: {states}")


def add_rules(server, numbers):
    for number in numbers:
        with open(os.path.join(server.folder, "rules", f"word{number}.yml"), "w") as file:
            file.write(rule(number))
    server.process.send_signal(signal.SIGHUP)


def kill_something(server, rng, kills):
    child = server.child()
    if child and rng.random() < 0.3:
        try:
            os.kill(child, signal.SIGKILL)
            kills["child"] += 1
        except ProcessLookupError:
            pass  # it was being restarted
    else:
        server.kill()
        kills["server"] += 1
        server.start()


def digest(server, batch_rows=4096):
    out = hashlib.sha256()
    for line in export(server, batch_rows):
        out.update(line.encode("utf-8", "surrogateescape"))
    return out.hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vedette")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    folder = tempfile.mkdtemp(prefix="vedette-replays-")
    server = Server(os.path.abspath(arguments.vedette), folder)
    server.start()
    now = int(time.time())
    for begin in range(0, DOCUMENTS, 500):
        post(server, [(n, now - 5 * 86400 + 60 * n) for n in range(begin, begin + 500)])
    wait_until_stored(server)
    assert replays(server) == [], "the first rules are not replayed"

    kills = collections.Counter()
    add_rules(server, range(0, RULES // 2))
    for turn in range(arguments.kills):
        if turn == arguments.kills // 2:
            add_rules(server, range(RULES // 2, RULES))
        time.sleep(rng.uniform(0, 0.8))
        kill_something(server, rng, kills)
    server.process.send_signal(signal.SIGHUP)  # a kill may have come before it
    states = wait_for_replays(server, RULES)
    post(server, [(DOCUMENTS + n, now) for n in range(2 * RULES)])
    wait_until_stored(server)

    problems = []
    if states != {"done": RULES}:
        problems.append(f"the replays are {dict(states)}")
    found = collections.Counter()
    for finding in lines(server, "/api/findings?limit=10000"):
        is_late = json.loads(finding["raw"])["number"] < DOCUMENTS
        if finding.get("retrospective", False) != is_late or finding["title"].startswith("In the history: ") != is_late:
            problems.append(f"wrongly marked: {finding}")
        found[finding["rule_id"], json.loads(finding["raw"])["number"]] += 1
    expected = {(f"word-{n % (2 * RULES)}", n) for n in range(DOCUMENTS + 2 * RULES) if n % (2 * RULES) < RULES}
    problems += [f"{key} was found {times} times" for key, times in found.items() if times != 1 or key not in expected]
    problems += [f"{key} was not found" for key in expected - set(found)]
    server.stop()
    first = digest(server)
    for batch_rows in (1, 7, 4096):
        rebuild(server, batch_rows)
        if digest(server, batch_rows) != first:
            problems.append(f"rebuilt with batches of {batch_rows} it differs")
    print(f"seed {arguments.seed}: {kills['server']} kills of the server, {kills['child']} of the child; {RULES} rules, "
          f"{len(found)} findings")
    for problem in problems[:20]:
        print("WRONG:", problem)
    print("0 passed, 1 failed" if problems else "1 passed, 0 failed")
    if problems:
        print("kept:", folder)
    else:
        shutil.rmtree(folder)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
