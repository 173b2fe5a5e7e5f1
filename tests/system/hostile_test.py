#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starves and floods a real server, then counts.

  hostile_test.py VEDETTE [CASE ...]

Cases: full_disk read_only_disk torn_segment long_line odd_bytes million_keys odd_times.
full_disk and read_only_disk need root (a tmpfs of their own) and are skipped otherwise.
Each ends with everything acknowledged stored once, a server that goes on, and bounded memory.
"""
import http.client, json, os, subprocess, sys, tempfile, time

from server import Server, export, wait_until_stored

MEMORY_MB_MAX = 300  # of the server's process, beside the store's child


def post(server, path, body, content_type="application/x-ndjson"):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": content_type})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def bulk(ids, fields=None):
    return "".join(json.dumps({"create": {"_index": "t", "_id": i}}) + "\n" +
                   json.dumps({"key": i, **(fields or {})}) + "\n" for i in ids)


def stored(server):
    rows = []
    for line in export(server):
        if line.startswith("event "):
            rows.append(json.loads(line[6:]))
    return rows


def finish(server):
    wait_until_stored(server)
    memory = server.peak_memory_mb()
    files = server.open_files()
    server.stop()
    assert memory < MEMORY_MB_MAX, f"the process used {memory} MB"
    assert files < 1024, f"{files} open files"
    return stored(server), memory


def with_small_disk(check, size="192m"):
    if os.geteuid() != 0:
        return "skipped: needs root for a disk of its own"
    folder = tempfile.mkdtemp(prefix="vedette-disk-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        return check(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
        os.rmdir(folder)


def send_until(server, prefix, wanted, seconds):
    """Sends batches; True once the answer is the wanted one. Gives the acknowledged ids."""
    acknowledged, number, deadline = [], 0, time.time() + seconds
    while time.time() < deadline:
        ids = [f"{prefix}-{number + n}" for n in range(200)]
        number += 200
        status, answer = post(server, "/_bulk", bulk(ids, {"fill": "x" * 800}))
        if status == 200:
            items = json.loads(answer)["items"]
            acknowledged += [i["create"]["_id"] for i in items if i["create"]["status"] in (200, 201)]
            if wanted == "refused" and any(i["create"]["status"] == 429 for i in items):
                return acknowledged
            if wanted == "taken" and len(items) == len([i for i in items if i["create"]["status"] < 300]):
                return acknowledged
        elif status in (429, 503) and wanted == "refused":
            return acknowledged
        time.sleep(0.01)
    raise AssertionError(f"no {wanted} answer within {seconds} s")


def full_disk(program):
    def check(folder):
        filler = os.path.join(folder, "filler")
        server = Server(program, folder)
        server.start()
        acknowledged = send_until(server, "before", "taken", 30)
        with open(filler, "wb") as file:
            try:
                while True:
                    file.write(b"x" * 65536)
                    file.flush()
            except OSError:
                pass
        acknowledged += send_until(server, "full", "refused", 60)
        assert server.process.poll() is None, "the server ended on a full disk"
        os.remove(filler)
        time.sleep(1)
        acknowledged += send_until(server, "after", "taken", 60)
        rows, memory = finish(server)
        keys = [json.loads(row["raw"])["key"] for row in rows]
        assert len(keys) == len(set(keys)), "doubled"
        missing = set(acknowledged) - set(keys)
        assert not missing, f"{len(missing)} acknowledged documents lost, e.g. {sorted(missing)[:3]}"
        return f"{len(acknowledged)} acknowledged, all there; {memory} MB"
    return with_small_disk(check)


def read_only_disk(program):
    def check(folder):
        server = Server(program, folder)
        server.start()
        acknowledged = send_until(server, "before", "taken", 30)
        wait_until_stored(server)
        server.stop()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        run = subprocess.run([program, "serve", "--config", server.config], capture_output=True,
                             text=True, timeout=60)
        assert run.returncode == 2, f"it ended with {run.returncode}: {run.stderr[-500:]}"
        assert "read-only" in run.stderr.lower(), run.stderr[-500:]
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        server.start()
        rows, memory = finish(server)
        assert len(rows) == len(acknowledged)
        return f"said: {run.stderr.strip().splitlines()[-1][:140]}"
    return with_small_disk(check)


def torn_segment(program):
    server = Server(program, tempfile.mkdtemp(prefix="vedette-torn-"))
    server.start()
    acknowledged = send_until(server, "before", "taken", 30)
    wait_until_stored(server)
    server.kill()
    segments = sorted(n for n in os.listdir(f"{server.data}/journal") if n.endswith(".seg"))
    with open(f"{server.data}/journal/{segments[-1]}", "ab") as file:
        file.write(b"\xff\x10\x00\x00\x01\x00\x00\x00half a record")
    server.start()
    acknowledged += send_until(server, "after", "taken", 30)
    rows, memory = finish(server)
    assert len(rows) == len(acknowledged), f"{len(rows)} stored, {len(acknowledged)} acknowledged"
    assert any(n.endswith(".torn") for n in os.listdir(f"{server.data}/journal"))
    return f"{len(rows)} rows, the torn bytes kept beside"


def long_line(program, size=1 << 30):
    server = Server(program, tempfile.mkdtemp(prefix="vedette-long-"))
    path = os.path.join(server.folder, "logs", "long.log")
    with open(path, "wb") as file:
        file.write(b"before\n")
        piece = b"a" * (1 << 20)
        for _ in range(size >> 20):
            file.write(piece)
        file.write(b"\nafter\n")
    server.start()
    wait_until_stored(server, 600)
    memory, files = server.peak_memory_mb(), server.open_files()
    server.stop()
    assert memory < MEMORY_MB_MAX, f"the process used {memory} MB"
    total = parts = 0
    ends = []
    process = subprocess.Popen([program, "journal", "export", "--data", server.data],
                               stdout=subprocess.PIPE, encoding="utf-8", errors="surrogateescape")
    for line in process.stdout:
        if line.startswith("event "):
            raw = json.loads(line[6:])["raw"]
            if raw in ("before", "after"):
                ends.append(raw)
            else:
                parts += 1
                total += len(raw)
    assert process.wait() == 0
    assert ends == ["before", "after"] and total == size, f"{ends} {total}"
    os.remove(path)
    return f"1 line of {size >> 20} MB became {parts} parts with every byte; {memory} MB, {files} files"


def odd_bytes(program):
    server = Server(program, tempfile.mkdtemp(prefix="vedette-odd-"))
    server.start()
    lines = [b"\xff\xfe invalid utf-8 \x80", b"nul \x00 inside", b'{"a":1,"a":2,"key":"twice"}',
             b'{"broken', b"[" * 5000, b'{"deep":' * 200 + b"1" + b"}" * 200, b"\xef\xbb\xbfbom", b"{}"]
    status, answer = post(server, "/ingest/odd", b"\n".join(lines) + b"\n")
    assert status in (200, 201, 202), (status, answer[:300])
    with open(os.path.join(server.folder, "logs", "odd.log"), "wb") as file:
        file.write(b"\n".join(lines) + b"\n")
    rows, memory = finish(server)
    assert len(rows) == 2 * len(lines), f"{len(rows)} rows of {2 * len(lines)} records"
    twice = [row for row in rows if "twice" in row["raw"] and row["source"] != "logs"]
    assert twice and json.loads(twice[0]["fields"]["a"]) == [1, 2], twice
    return f"{len(rows)} records kept"


def million_keys(program, count=1_000_000):
    server = Server(program, tempfile.mkdtemp(prefix="vedette-keys-"))
    server.start()
    per_record = 100
    for begin in range(0, count, 20_000):
        body = "".join(json.dumps({f"k{begin + r * per_record + n}": n for n in range(per_record)}) + "\n"
                       for r in range(20_000 // per_record))
        for _ in range(200):
            status, answer = post(server, "/ingest/keys", body)
            if status in (200, 201, 202):
                break
            time.sleep(0.1)
        assert status in (200, 201, 202), (status, answer[:300])
    child_memory, child_files = server.child_peak_memory_mb(), server.child_open_files()
    rows, memory = finish(server)
    assert len(rows) == count // per_record
    keys = sum(len(row["fields"]) for row in rows)
    assert keys == count, f"{keys} keys of {count} are there"
    return f"{count} keys in {len(rows)} records; process {memory} MB, child {child_memory} MB, {child_files} files"


def odd_times(program):
    server = Server(program, tempfile.mkdtemp(prefix="vedette-times-"))
    server.start()
    times = ["1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "not a time",
             "2026-11-22T12:00:00Z", "9999-12-31T23:59:59Z"]
    status, answer = post(server, "/ingest/times",
                          "".join(json.dumps({"@timestamp": t, "n": t}) + "\n" for t in times))
    assert status in (200, 201, 202), (status, answer[:300])
    rows, memory = finish(server)
    by_name = {json.loads(row["raw"])["n"]: row["time"] for row in rows}
    assert len(by_name) == len(times)
    assert by_name[times[0]].startswith("1970-01-01"), by_name
    assert by_name[times[1]].startswith("2100-01-01"), by_name
    return "1970 and 2100 as they are, unreadable times become the arrival's"


CASES = [torn_segment, odd_bytes, odd_times, million_keys, full_disk, read_only_disk, long_line]


def main():
    program = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:]
    failed = passed = 0
    for case in CASES:
        if wanted and case.__name__ not in wanted:
            continue
        try:
            print(f"{case.__name__}: {case(program)}", flush=True)
            passed += 1
        except (AssertionError, SystemExit, subprocess.SubprocessError, OSError) as problem:
            print(f"{case.__name__}: FAILED: {problem}", flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
