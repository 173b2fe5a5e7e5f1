#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a server again and again while HEC, OTLP and _bulk senders run, then counts.

  collectors_kill_test.py VEDETTE [--kills 20] [--seed N]

Two senders each of HEC without acknowledgements (an answer says durable), HEC with them (asked for by id), OTLP in
both encodings, and `_bulk` with _id. A batch is sent again until its sender knows that it was taken. Afterwards:
nothing that was acknowledged is lost; only what was sent again is there more than once, at most as often as it was
sent; `_bulk`, which has ids, is there once; the views rebuilt from the journal are equal.
"""
import argparse, hashlib, http.client, json, os, random, shutil, sys, tempfile, threading, time, uuid

from collectors import CollectorServer, count_names
from kill_test import BulkSender
from server import export, rebuild, wait_until_stored

PREFIXES = ("hec", "acked", "otlp", "bulk")


class Sender(threading.Thread):
    """Sends numbered batches; `post` returns whether the batch is known to be taken."""

    def __init__(self, prefix, port, stop, rng):
        super().__init__(daemon=True)
        self.prefix, self.port, self.stop_event, self.rng = prefix, port, stop, rng
        self.acknowledged, self.sends, self.sent = set(), {}, 0

    def request(self, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def run(self):
        while not self.stop_event.is_set():
            names = [f"{self.prefix}-{self.sent + n}" for n in range(self.rng.randint(1, 200))]
            self.sent += len(names)
            while True:
                for name in names:
                    self.sends[name] = self.sends.get(name, 0) + 1
                try:
                    if self.post(names):
                        self.acknowledged.update(names)
                        break
                except (OSError, http.client.HTTPException, ValueError, KeyError):
                    pass
                if self.stop_event.is_set():
                    return
                time.sleep(0.05)


class HecSender(Sender):
    headers = {"Authorization": "Splunk any"}

    def body(self, names):
        return "".join(json.dumps({"time": 1_795_000_000, "host": "kill", "event": f"{name} a line"}) for name in names)

    def post(self, names):
        status, answer = self.request("/services/collector/event", self.body(names), self.headers)
        return status == 200 and json.loads(answer)["code"] == 0


class HecAckSender(HecSender):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.query = f"?channel={uuid.UUID(int=self.rng.getrandbits(128))}"

    def post(self, names):
        status, answer = self.request("/services/collector/event" + self.query, self.body(names), self.headers)
        if status != 200:
            return False
        ack_id = json.loads(answer)["ackId"]
        deadline = time.time() + 3
        while time.time() < deadline:
            _, answer = self.request("/services/collector/ack" + self.query, json.dumps({"acks": [ack_id]}), self.headers)
            if json.loads(answer)["acks"][str(ack_id)]:
                return True
            time.sleep(0.01)
        return False


def message(field, body):
    """A protobuf field of bytes, by hand: what is sent here must not depend on a library."""
    size, length = len(body), b""
    while size >= 0x80:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([field << 3 | 2]) + length + bytes([size]) + body


class OtlpSender(Sender):
    def post(self, names):
        if self.rng.random() < 0.5:
            records = [{"body": {"stringValue": f"{name} a line"}} for name in names]
            body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
            kind = "application/json"
        else:
            body = b"".join(message(2, message(5, message(1, f"{name} a line".encode()))) for name in names)
            body = message(1, message(2, body))
            kind = "application/x-protobuf"
        status, _ = self.request("/v1/logs", body, {"Content-Type": kind})
        return status == 200


def digest(lines):
    out = hashlib.sha256()
    for line in lines:
        out.update(line.encode("utf-8", "surrogateescape"))
    return out.hexdigest()


def problems_of(sender, found):
    problems, doubled = [], 0
    for name in sender.acknowledged:
        if found[name] == 0:
            problems.append(f"{name} was acknowledged and is lost")
    for name, sends in sender.sends.items():
        doubled += max(0, found[name] - 1)
        if found[name] > sends:
            problems.append(f"{name} is stored {found[name]} times and was sent {sends} times")
    return problems, doubled


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vedette")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    folder = tempfile.mkdtemp(prefix="vedette-collectors-kill-")
    server = CollectorServer(os.path.abspath(arguments.vedette), folder)
    stop = threading.Event()
    server.start()
    kinds = [(HecSender, "hec", server.hec), (HecAckSender, "acked", server.hec_ack), (OtlpSender, "otlp", server.otlp)]
    senders = [kind(f"{name}{n}", port, stop, random.Random(rng.random())) for kind, name, port in kinds for n in range(2)]
    bulk = BulkSender("bulk0", server.port, stop, random.Random(rng.random()))
    for thread in [*senders, bulk]:
        thread.start()
    for _ in range(arguments.kills):
        time.sleep(rng.uniform(0.2, 2.5))
        server.kill()
        server.start()
    time.sleep(1)
    stop.set()
    for thread in [*senders, bulk]:
        thread.join(30)
    wait_until_stored(server)
    server.stop()
    found = count_names(export(server), [f"{prefix}\\d" for prefix in PREFIXES])
    problems = []
    for sender in senders:
        wrong, doubled = problems_of(sender, found)
        problems += wrong
        repeated = sum(sends - 1 for sends in sender.sends.values())
        print(f"{sender.prefix}: {len(sender.acknowledged)} acknowledged, {repeated} sent again, {doubled} stored more than once")
        if len(sender.acknowledged) < 10 * arguments.kills:
            problems.append(f"{sender.prefix} got too little through to prove anything")
    for name in bulk.acknowledged:
        if found[name] != 1:
            problems.append(f"{name} is stored {found[name]} times")
    print(f"bulk0: {len(bulk.acknowledged)} acknowledged, {bulk.repeats} requests sent again")
    first = digest(export(server))
    rebuild(server, 4096)
    if digest(export(server)) != first:
        problems.append("rebuilt from the journal it differs")
    print(f"seed {arguments.seed}: {arguments.kills} kills, {sum(found.values())} events stored")
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
