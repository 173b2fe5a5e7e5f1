#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets real clients loose on a real server and counts what is stored.

  clients_test.py VEDETTE [CASE ...]

Cases: curl (plain and gzip), bulk_helper (@elastic/elasticsearch), rsyslog (omelasticsearch). One whose client
is not on this machine is skipped with a line.
"""
import collections, gzip, json, os, pathlib, subprocess, sys, time

from cases import Skipped, needs, run_cases_with_servers
from server import Server, export, wait_until_stored

ROOT = pathlib.Path(__file__).resolve().parents[2]
COUNT = 5_000


def stored(server):
    """How often each message is in the store."""
    wait_until_stored(server)
    server.stop()
    found = collections.Counter()
    for line in export(server):
        for word in line.replace('"', " ").replace("\\", " ").split():
            name, dash, number = word.partition("-")
            if dash and name in ("curl", "gzip", "helper", "rsyslog") and number.isdigit():
                found[word] += 1
                break
    return found


def expect_each_once(found, prefix, count):
    wrong = [(f"{prefix}-{n}", found[f"{prefix}-{n}"]) for n in range(count) if found[f"{prefix}-{n}"] != 1]
    assert not wrong, f"{len(wrong)} of {count} are not stored once, the first: {wrong[:3]}"


def curl(server, folder):
    program = needs("curl")
    for prefix, packed in (("curl", False), ("gzip", True)):
        lines = []
        for n in range(COUNT):
            lines.append(json.dumps({"index": {"_index": "curl", "_id": f"{prefix}-{n}"}}))
            lines.append(json.dumps({"message": f"{prefix}-{n}"}))
        body = ("\n".join(lines) + "\n").encode()
        file = os.path.join(folder, "body")
        with open(file, "wb") as out:
            out.write(gzip.compress(body) if packed else body)
        headers = ["-H", "Content-Type: application/x-ndjson"] + (["-H", "Content-Encoding: gzip"] if packed else [])
        done = subprocess.run([program, "-sS", "--fail", *headers, "--data-binary", f"@{file}",
                               f"http://127.0.0.1:{server.port}/_bulk"], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["errors"] is False and len(answer["items"]) == COUNT, done.stdout[:300]
    found = stored(server)
    expect_each_once(found, "curl", COUNT)
    expect_each_once(found, "gzip", COUNT)
    return f"{2 * COUNT} documents, half of them gzipped, stored once each"


def bulk_helper(server, folder):
    node = needs("node")
    modules = ROOT / "build/node_modules"
    if not (modules / "@elastic/elasticsearch").exists():
        raise Skipped("@elastic/elasticsearch is not there: tools/setup test")
    done = subprocess.run([node, str(ROOT / "tests/system/bulk_helper.cjs"), str(server.port), str(COUNT)],
                          capture_output=True, text=True, timeout=300, env=dict(os.environ, NODE_PATH=str(modules)))
    assert done.returncode == 0, done.stderr[-1000:]
    result = json.loads(done.stdout)
    assert result["successful"] == COUNT and result["failed"] == 0, result
    expect_each_once(stored(server), "helper", COUNT)
    return f"{result['successful']} documents in {result['time']} ms, {result['retry']} retries, stored once each"


def rsyslog(server, folder):
    program = needs("rsyslogd")
    modules = next((path for path in map(pathlib.Path, ("/usr/lib/x86_64-linux-gnu/rsyslog", "/usr/lib/rsyslog"))
                    if (path / "omelasticsearch.so").exists()), None)
    if modules is None:
        raise Skipped("rsyslog has no omelasticsearch: tools/setup test")
    log = os.path.join(folder, "app.txt")
    with open(log, "w") as out:
        out.writelines(f"rsyslog-{n}\n" for n in range(COUNT))
    config = os.path.join(folder, "rsyslog.conf")
    with open(config, "w") as out:
        out.write(f"""
global(workDirectory="{folder}")
module(load="imfile")
module(load="omelasticsearch")
input(type="imfile" file="{log}" tag="app" freshStartTail="off")
template(name="document" type="list" option.jsonf="on") {{
    property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
    property(outname="message" name="msg" format="jsonf")
}}
template(name="id" type="string" string="%msg%")
action(type="omelasticsearch" server="127.0.0.1" serverport="{server.port}" searchIndex="rsyslog" bulkmode="on"
       template="document" dynbulkid="on" bulkid="id" maxbytes="1m" errorfile="{folder}/refused"
       action.resumeRetryCount="-1" action.resumeInterval="1"
       queue.type="linkedList" queue.dequeueBatchSize="500" queue.size="{4 * COUNT}")
""")
    words = open(os.path.join(folder, "rsyslog.log"), "w")
    daemon = subprocess.Popen([program, "-n", "-f", config, "-i", os.path.join(folder, "rsyslog.pid")],
                              stdout=words, stderr=words)
    try:
        deadline = time.time() + 120
        reached = -1
        while time.time() < deadline:
            assert daemon.poll() is None, f"rsyslogd ended: {open(words.name).read()[-500:]}"
            # The journal stands still once everything is there; the counting proves that it is.
            end = server.status()["journal"]["end"]
            if end == reached and end > 0 and quiet_since + 5 < time.time():
                break
            if end != reached:
                reached, quiet_since = end, time.time()
            time.sleep(0.2)
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)
    refused = os.path.join(folder, "refused")
    assert not os.path.exists(refused) or os.path.getsize(refused) == 0, open(refused).read()[:500]
    expect_each_once(stored(server), "rsyslog", COUNT)
    return f"{COUNT} lines stored once each"


CASES = [curl, bulk_helper, rsyslog]


def main():
    return run_cases_with_servers(CASES, Server, lambda case, server, folder: case(server, folder))


if __name__ == "__main__":
    sys.exit(main())
