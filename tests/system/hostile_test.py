#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starves and floods a real server, then counts.

  hostile_test.py VEDETTE [CASE ...]

Cases: torn_segment odd_bytes odd_times million_keys held_folder full_disk read_only_disk long_line long_body.
full_disk and read_only_disk need root (a tmpfs of their own) and are skipped otherwise.
Each ends with everything acknowledged stored once, a server that goes on, and bounded memory.
"""
import collections, http.client, json, os, subprocess, sys, tempfile, time

from cases import Skipped, run_cases
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


def bulk_of(documents):
    return "".join(json.dumps({"create": {"_index": "t", "_id": i}}) + "\n" +
                   json.dumps({"key": i, **fields}) + "\n" for i, fields in documents)


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
        raise Skipped("a disk of its own needs root")
    folder = tempfile.mkdtemp(prefix="vedette-disk-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True,
                             text=True)
    if mounted.returncode != 0:
        os.rmdir(folder)
        raise Skipped(f"this machine mounts no tmpfs: {mounted.stderr.strip()}")
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
        status, answer = post(server, "/_bulk", wide(ids))
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


def wide(ids):
    """Documents of 1 KB each that no compression makes small: what fills a disk must really fill it."""
    return bulk_of((i, {"fill": os.urandom(400).hex()}) for i in ids)


def full_disk(program):
    """The events themselves fill the disk while journal, state and store write to it."""
    def check(folder):
        reserve = os.path.join(folder, "reserve")
        with open(reserve, "wb") as file:
            file.write(b"\0" * (256 << 20))
        server = Server(program, folder)
        server.start()
        before = send_until(server, "before", "refused", 300)
        assert len(before) > 10_000, f"only {len(before)} were acknowledged before the disk was full"
        assert server.process.poll() is None, "the server ended on a full disk"
        for _ in range(20):  # it stays full for a while, and senders go on asking
            before += send_until(server, f"full{_}", "refused", 60)
            time.sleep(0.2)
        assert server.process.poll() is None, "the server ended on a full disk"
        os.remove(reserve)
        after = []
        for n in range(20):
            after += send_until(server, f"after{n}", "taken", 120)
        acknowledged = before + after
        rows, memory = finish(server)
        counts = collections.Counter(json.loads(row["raw"])["key"] for row in rows)
        doubled = [key for key, times in counts.items() if times > 1]
        assert not doubled, f"{len(doubled)} are stored twice, e.g. {doubled[:3]}"
        missing = set(acknowledged) - set(counts)
        assert not missing, f"{len(missing)} acknowledged documents lost, e.g. {sorted(missing)[:3]}"
        return (f"{len(before)} acknowledged before and while the disk was full, {len(after)} after room was made; "
                f"all stored once; {memory} MB")
    return with_small_disk(check, "512m")


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


def long_body(program, size=1 << 30):
    """A line of 1 GB over HTTP, without and with a length told before: refused with a clear word, in little
    memory, and the next request is taken."""
    server = Server(program, tempfile.mkdtemp(prefix="vedette-body-"))
    server.start()
    piece = b"a" * (1 << 20)
    answers = []
    for is_chunked in (False, True):
        for path in ("/ingest/long", "/_bulk"):
            status, answer = post_long(server, path, piece, size >> 20, is_chunked)
            assert status in (413, None), f"{path}: {status} {answer[:200]}"
            answers.append(f"{status}")
            said = answer.decode(errors="replace")
            assert status is None or "large" in said or "bytes" in said or "limit" in said, said[:300]
    status, answer = post(server, "/ingest/long", "after\n")
    assert status in (200, 201, 202), (status, answer[:300])
    rows, memory = finish(server)
    assert [row["raw"] for row in rows] == ["after"], f"{len(rows)} rows"
    return f"bodies of {size >> 20} MB were answered {', '.join(answers)}; {memory} MB"


def post_long(server, path, piece, count, is_chunked):
    """(status, body), or (None, b"") when the server closed the connection instead of taking all of it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.putrequest("POST", path)
        connection.putheader("Content-Type", "application/x-ndjson")
        if is_chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        else:
            connection.putheader("Content-Length", str(count * len(piece)))
        connection.endheaders()
        try:
            for _ in range(count):
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
            if is_chunked:
                connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # it answered before all was sent
        try:
            response = connection.getresponse()
            return response.status, response.read()
        except (ConnectionResetError, http.client.HTTPException):
            return None, b""
    finally:
        connection.close()


def held_folder(program):
    """Somebody else keeps the store's folder: the server waits half a minute, says who it is, and ends."""
    server = Server(program, tempfile.mkdtemp(prefix="vedette-held-"))
    engine = os.path.join(server.data, "store", "engine")
    os.makedirs(os.path.dirname(engine))
    socket_path = os.path.join(server.folder, "holder.sock")
    holder = subprocess.Popen([os.path.join(os.path.dirname(program), "vedette-store-host"), "--data", engine,
                               "--socket", socket_path], stderr=subprocess.DEVNULL)
    try:
        while not os.path.exists(socket_path):
            assert holder.poll() is None, "the holder ended"
            time.sleep(0.02)
        begin = time.time()
        run = subprocess.run([program, "serve", "--config", server.config], capture_output=True, text=True,
                             timeout=120)
        seconds = time.time() - begin
    finally:
        holder.terminate()
        holder.wait()
    assert run.returncode == 2, f"it ended with {run.returncode}: {run.stderr[-500:]}"
    told = [line for line in run.stderr.splitlines() if line.startswith("vedette: ")]
    assert len(told) == 1 and f"held by process {holder.pid}" in told[0], run.stderr[-1000:]
    assert run.stderr.count("store.waits_for_its_folder") == 1, run.stderr[-1000:]
    assert 25 < seconds < 60, f"it waited {seconds:.0f} s"
    server.start()
    server.stop()
    return f"after {seconds:.0f} s: {told[0][:140]}"


CASES = [torn_segment, odd_bytes, odd_times, million_keys, held_folder, full_disk, read_only_disk, long_line, long_body]


def main():
    program = os.path.abspath(sys.argv[1])
    return run_cases(CASES, sys.argv[2:], lambda case: case(program))


if __name__ == "__main__":
    sys.exit(main())
