#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets real clients of Splunk's HEC, OTLP, systemd-journal-remote and Prometheus loose on a real server and counts what is stored.

  collectors_test.py VEDETTE [CASE ...]

Cases: hec_curl (events, raw lines, gzip), hec_client (Splunk's splunk-logging, without and with acknowledgements),
otlp_curl, otlp_client (OpenTelemetry's exporters, JSON and protobuf), journal_upload (systemd's), remote_write (a Prometheus that scrapes a server of this test; no
package of tools/setup: `apt-get install prometheus`, or a program that $VEDETTE_PROMETHEUS names). One whose client is not on this machine is
skipped with a line.
"""
import collections, gzip, http.server, json, os, pathlib, re, subprocess, sys, tempfile, threading, time

from cases import Skipped, needs, run_cases_with_servers
from collectors import CollectorServer, count_names
from server import export, free_port, wait_until_stored

ROOT = pathlib.Path(__file__).resolve().parents[2]
COUNT = 5_000
SERIES = 200
JOURNAL_REMOTE, JOURNAL_UPLOAD = "/lib/systemd/systemd-journal-remote", "/lib/systemd/systemd-journal-upload"
CHANNEL = "0aeeac95-ac74-4aa9-b30d-6c4c0ac581ba"


def node(script, module, *arguments):
    """Runs a script with one of npm/clients and gives the JSON it prints."""
    modules = ROOT / "build/node_modules"
    if not (modules / module).exists():
        raise Skipped(f"{module} is not there: tools/setup test")
    done = subprocess.run([needs("node"), str(ROOT / "tests/system" / script), *map(str, arguments)], capture_output=True,
                          text=True, timeout=300, env=dict(os.environ, NODE_PATH=str(modules)))
    assert done.returncode == 0, done.stderr[-1000:]
    assert not done.stderr, f"the client complains: {done.stderr[-1000:]}"
    return json.loads(done.stdout)


def curl(url, body, *headers):
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        options = [option for header in headers for option in ("-H", header)]
        done = subprocess.run([needs("curl"), "-sS", "--fail-with-body", *options, "--data-binary", f"@{file.name}", url],
                              capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def expect_stored(server, *prefixes, field, may_be_twice=()):
    """Every name is stored once, in a row that has what `field` says."""
    wait_until_stored(server)
    server.stop()
    lines = [line for line in export(server) if line.startswith("event ")]
    found = count_names(lines, prefixes)
    for name in may_be_twice:
        found[name] -= found[name] == 2
    for prefix in prefixes:
        wrong = [(f"{prefix}-{n}", found[f"{prefix}-{n}"]) for n in range(COUNT) if found[f"{prefix}-{n}"] != 1]
        assert not wrong, f"{len(wrong)} of {COUNT} are not stored once, the first: {wrong[:3]}"
    without = [line for line in lines if field not in line]
    assert not without, f"{len(without)} rows lack {field}, the first: {without[0][:400]}"


def hec_curl(server):
    token = "Authorization: Splunk any"
    url = f"http://127.0.0.1:{server.hec}/services/collector"
    events = "".join(json.dumps({"time": 1_795_000_000 + n, "host": "curl.example", "event": f"event-{n}"}) for n in range(COUNT))
    assert json.loads(curl(f"{url}/event", events.encode(), token)) == {"text": "Success", "code": 0}
    packed = gzip.compress("\n".join(json.dumps({"event": {"message": f"gzip-{n}"}, "host": "curl.example"})
                                     for n in range(COUNT)).encode())
    assert json.loads(curl(url, packed, token, "Content-Encoding: gzip"))["code"] == 0
    raw = "".join(f"raw-{n} a line\r\n" for n in range(COUNT)).encode()
    assert json.loads(curl(f"{url}/raw?host=curl.example&sourcetype=mine", raw, token))["code"] == 0
    expect_stored(server, "event", "gzip", "raw", field="curl.example")
    return f"{3 * COUNT} events as text, object (gzip) and raw lines, stored once each"


def hec_client(server):
    plain = node("hec_client.cjs", "splunk-logging", server.hec, COUNT, "plain")
    acked = node("hec_client.cjs", "splunk-logging", server.hec_ack, COUNT, "acked", CHANNEL)
    assert acked["acknowledged"] == acked["answered"] == plain["answered"] > 1, (plain, acked)
    expect_stored(server, "plain", "acked", field="client.example")
    return f"{2 * COUNT} events of splunk-logging in {plain['answered'] + acked['answered']} batches, half of them " \
           "acknowledged by id, stored once each"


def otlp_curl(server):
    records = [{"timeUnixNano": str(1_795_000_000_000_000_000 + n), "severityNumber": 9, "body": {"stringValue": f"curl-{n}"}}
               for n in range(COUNT)]
    resource = {"attributes": [{"key": "host.name", "value": {"stringValue": "curl.example"}}]}
    body = json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).encode()
    url = f"http://127.0.0.1:{server.otlp}/v1/logs"
    assert curl(url, gzip.compress(body), "Content-Type: application/json", "Content-Encoding: gzip") == "{}"
    expect_stored(server, "curl", field="curl.example")
    return f"{COUNT} log records in one request, stored once each"


def otlp_client(server):
    exports = 0
    for prefix, kind, compression in (("json", "http", "none"), ("proto", "proto", "none"), ("packed", "proto", "gzip")):
        figures = node("otlp_client.cjs", f"@opentelemetry/exporter-logs-otlp-{kind}", server.otlp, COUNT, prefix, kind, compression)
        assert figures["failed"] == 0 and figures["exports"] > 1, figures
        exports += figures["exports"]
    expect_stored(server, "json", "proto", "packed", field="client.example")
    return f"{3 * COUNT} log records of OpenTelemetry's exporters in {exports} exports (JSON, protobuf, gzip), stored once each"


def journal_upload(server):
    """Two runs with a kept cursor: the second one sends what the journal has got since. systemd-journal-upload 252
    keeps the cursor of the last entry but one, so that the last one comes again."""
    for program in (JOURNAL_REMOTE, JOURNAL_UPLOAD):
        if not os.path.exists(program):
            raise Skipped(f"there is no {program}")
    with tempfile.TemporaryDirectory() as folder:
        journal, state = os.path.join(folder, "test.journal"), os.path.join(folder, "state")
        for half in (range(COUNT // 2), range(COUNT // 2, COUNT)):
            entries = b"".join(
                b"__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
                b"_HOSTNAME=journal.example\nSYSLOG_IDENTIFIER=app\nMESSAGE=journal-%d a line\n\n"
                % (1_795_000_000_000_000 + n, n + 1, n) for n in half)
            subprocess.run([JOURNAL_REMOTE, "-o", journal, "-"], input=entries, check=True, capture_output=True, timeout=120)
            sent = subprocess.run([JOURNAL_UPLOAD, f"--url=http://127.0.0.1:{server.journal}", f"--file={journal}", "--follow=no",
                                   f"--save-state={state}"], capture_output=True, text=True, timeout=120)
            assert sent.returncode == 0, sent.stderr[-1000:]
    expect_stored(server, "journal", field="journal.example", may_be_twice=[f"journal-{COUNT // 2 - 1}"])
    return f"{COUNT} entries of systemd-journal-upload in two runs, stored once each but the one that it sends again"


class Metrics(http.server.BaseHTTPRequestHandler):
    """What Prometheus scrapes: a counter that grows by one each time, and one gauge for each of SERIES."""
    scrapes = 0

    def do_GET(self):
        type(self).scrapes += 1
        lines = [f'shown{{number="{n}"}} {n}.5' for n in range(SERIES)] + [f"scrapes_total {self.scrapes}"]
        body = ("\n".join(lines) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def remote_write(server):
    program = os.environ.get("VEDETTE_PROMETHEUS") or needs("prometheus")
    exporter = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    threading.Thread(target=exporter.serve_forever, daemon=True).start()
    wanted = 8
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "prometheus.yml"
        config.write_text(f"""
global: {{scrape_interval: 1s}}
scrape_configs:
  - {{job_name: shown, static_configs: [{{targets: ["127.0.0.1:{exporter.server_port}"]}}]}}
remote_write:
  - {{url: "http://127.0.0.1:{server.metrics}/api/v1/write", queue_config: {{batch_send_deadline: 1s}}}}
""")
        with subprocess.Popen([program, f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb",
                               f"--web.listen-address=127.0.0.1:{free_port()}", "--log.level=warn"],
                              stderr=subprocess.PIPE, text=True) as prometheus:
            deadline = time.monotonic() + 60
            while Metrics.scrapes < wanted and time.monotonic() < deadline:
                time.sleep(0.2)
            # It sends what it has before it ends.
            prometheus.terminate()
            said = prometheus.stderr.read()
        exporter.shutdown()
    assert prometheus.returncode == 0 and "level=error" not in said, said[-1000:]
    assert Metrics.scrapes >= wanted, f"it scraped {Metrics.scrapes} times in a minute"
    wait_until_stored(server)
    server.stop()
    lines = [line for line in export(server) if line.startswith("event ")]
    found = collections.Counter(re.findall(r"shown\{[^}]*number=[\\\"]+(\d+)", "\n".join(lines)))
    counts = {re.search(r"scrapes_total\{[^}]*\} (\d+) ", line).group(1) for line in lines if 'scrapes_total{' in line and "StaleNaN" not in line}
    assert len(counts) >= wanted - 1, f"values of the counter: {sorted(counts)}"
    assert len(found) == SERIES, f"{len(found)} of {SERIES} series are stored"
    assert any("up{" in line for line in lines)
    return f"{Metrics.scrapes} scrapes of {SERIES + 1} series by Prometheus, {len(lines)} samples stored"


CASES = [hec_curl, hec_client, otlp_curl, otlp_client, journal_upload, remote_write]


def main():
    return run_cases_with_servers(CASES, CollectorServer, lambda case, server, _: case(server))


if __name__ == "__main__":
    sys.exit(main())
