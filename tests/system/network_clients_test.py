#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real senders of syslog and RELP, unchanged, on loopback: each message is stored once.

  network_clients_test.py VEDETTE [CASE ...]

Senders: rsyslog (UDP, TCP in both framings, TLS with both of its drivers, RELP, RELP over TLS), util-linux's logger,
syslog-ng (TCP, TLS, HTTP to /ingest and _bulk). One that is not on this machine is skipped with a line.
"""
import os, subprocess, sys, time

from cases import Skipped, needs, run_cases_with_servers
from network import ROOT, NetworkServer, Rsyslog, expect_each_once, stored

COUNT = 5_000


def lines(prefix, count=COUNT):
    return [f"{prefix}-{n} a line of some length, as programs write them\n" for n in range(count)]


def by_rsyslog(server, folder, source, action, modules=(), settings=""):
    sender = Rsyslog(folder, action, modules, settings)
    try:
        sender.write(lines("rsyslog"))
        server.wait_received(source, COUNT, is_alive=sender.is_alive)
    except AssertionError as problem:
        raise AssertionError(f"{problem}; rsyslog said: {sender.said()}") from problem
    finally:
        sender.stop()
    expect_each_once(stored(server, "rsyslog"), COUNT)
    return f"{COUNT} messages stored once each"


def rsyslog_udp(server, folder):
    # As fast as rsyslog can, which the receive buffer has to bear.
    return by_rsyslog(server, folder, "net", f'type="omfwd" protocol="udp" target="127.0.0.1" port="{server.udp}"')


def rsyslog_tcp_lines(server, folder):
    return by_rsyslog(server, folder, "net", f'type="omfwd" protocol="tcp" target="127.0.0.1" port="{server.tcp}"')


def rsyslog_tcp_counted(server, folder):
    return by_rsyslog(server, folder, "net", f'type="omfwd" protocol="tcp" TCP_Framing="octet-counted" '
                      f'target="127.0.0.1" port="{server.tcp}" template="RSYSLOG_SyslogProtocol23Format"')


def rsyslog_over_tls(server, folder, driver, module):
    return by_rsyslog(
        server, folder, "tls",
        f'type="omfwd" protocol="tcp" TCP_Framing="octet-counted" target="localhost" port="{server.tls}" '
        f'template="RSYSLOG_SyslogProtocol23Format" StreamDriver="{driver}" StreamDriverMode="1" '
        'StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"', [module],
        f'defaultNetstreamDriverCAFile="{folder}/ca.pem" defaultNetstreamDriverCertFile="{folder}/sender.pem" '
        f'defaultNetstreamDriverKeyFile="{folder}/sender.key"')


def rsyslog_tls_gnutls(server, folder):
    return rsyslog_over_tls(server, folder, "gtls", "lmnsd_gtls")


def rsyslog_tls_openssl(server, folder):
    return rsyslog_over_tls(server, folder, "ossl", "lmnsd_ossl")


def rsyslog_relp(server, folder):
    return by_rsyslog(server, folder, "relp", f'type="omrelp" target="127.0.0.1" port="{server.relp}"', ["omrelp"])


def rsyslog_relp_tls(server, folder):
    return by_rsyslog(
        server, folder, "relp_tls",
        f'type="omrelp" target="localhost" port="{server.relp_tls}" tls="on" tls.caCert="{folder}/ca.pem" '
        f'tls.myCert="{folder}/sender.pem" tls.myPrivKey="{folder}/sender.key" tls.authMode="name" '
        'tls.permittedPeer="localhost"', ["omrelp"])


def by_logger(server, folder, transport, *options):
    program = needs("logger")
    path = os.path.join(folder, "input.txt")
    with open(path, "w") as out:
        out.writelines(lines("logger"))
    port = server.udp if transport == "--udp" else server.tcp
    done = subprocess.run([program, "--server", "127.0.0.1", "--port", str(port), transport, "--file", path, *options],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    server.wait_received("net", COUNT)
    expect_each_once(stored(server, "logger"), COUNT)
    return f"{COUNT} messages stored once each"


def logger_udp(server, folder):
    return by_logger(server, folder, "--udp", "--rfc3164")


def logger_udp_rfc5424(server, folder):
    return by_logger(server, folder, "--udp", "--rfc5424")


def logger_tcp(server, folder):
    return by_logger(server, folder, "--tcp", "--rfc3164")


def logger_tcp_counted(server, folder):
    return by_logger(server, folder, "--tcp", "--rfc5424", "--octet-count")


def by_syslog_ng(server, folder, source, destination):
    root = ROOT / "build/syslog-ng"
    if not (root / "usr/sbin/syslog-ng").exists():
        raise Skipped("syslog-ng is not unpacked (its package conflicts with rsyslog's): tools/setup test")
    config, log = os.path.join(folder, "syslog-ng.conf"), os.path.join(folder, "syslog-ng.log")
    source_file = os.path.join(folder, "input.txt")
    with open(source_file, "w") as out:
        out.writelines(lines("ng"))
    with open(config, "w") as out:
        out.write(f"""@version: 3.38
options {{ keep-hostname(yes); log-fifo-size(100000); time-reopen(1); }};
source lines {{ file("{source_file}" follow-freq(0.1) log-iw-size(10000) flags(no-parse) program-override("app")); }};
destination there {{ {destination} }};
log {{ source(lines); destination(there); flags(flow-control); }};
""")
    library = root / "usr/lib"
    paths = [library / "x86_64-linux-gnu", root / "lib/x86_64-linux-gnu", library / "syslog-ng"]
    words = open(log, "w")
    process = subprocess.Popen(
        [root / "usr/sbin/syslog-ng", "--foreground", "--stderr", "--no-caps", "--cfgfile", config, "--persist-file",
         os.path.join(folder, "ng.persist"), "--control", os.path.join(folder, "ng.ctl"), "--pidfile",
         os.path.join(folder, "ng.pid"), "--module-path", library / "syslog-ng/3.38"],
        stdout=words, stderr=words, env=dict(os.environ, LD_LIBRARY_PATH=":".join(map(str, paths))))
    try:
        server.wait_received(source, COUNT, is_alive=lambda: process.poll() is None)
    except AssertionError as problem:
        with open(log) as file:
            raise AssertionError(f"{problem}; syslog-ng said: {file.read()[-600:]}") from problem
    finally:
        process.terminate()
        process.wait(timeout=30)
    expect_each_once(stored(server, "ng"), COUNT)
    return f"{COUNT} messages stored once each"


def syslog_ng_tcp(server, folder):
    return by_syslog_ng(server, folder, "net", f'syslog("127.0.0.1" transport("tcp") port({server.tcp}));')


def syslog_ng_tcp_lines(server, folder):
    return by_syslog_ng(server, folder, "net", f'network("127.0.0.1" transport("tcp") port({server.tcp}));')


def syslog_ng_tls(server, folder):
    return by_syslog_ng(
        server, folder, "tls",
        f'syslog("127.0.0.1" transport("tls") port({server.tls}) tls(ca-file("{folder}/ca.pem") '
        f'cert-file("{folder}/sender.pem") key-file("{folder}/sender.key") peer-verify(required-trusted)));')


def syslog_ng_http_ingest(server, folder):
    return by_syslog_ng(
        server, folder, "bulk",
        f'http(url("http://127.0.0.1:{server.port}/ingest/ng") method("POST") headers("Content-Type: application/json") '
        'body("$(format-json --scope rfc5424)") delimiter("\\n") batch-lines(500) batch-timeout(300) workers(1));')


def syslog_ng_http_bulk(server, folder):
    return by_syslog_ng(
        server, folder, "bulk",
        f'http(url("http://127.0.0.1:{server.port}/_bulk") method("POST") headers("Content-Type: application/x-ndjson") '
        'body("{\\"index\\":{\\"_index\\":\\"ng\\"}}\\n$(format-json --scope rfc5424)") delimiter("\\n") body-suffix("\\n") '
        'batch-lines(500) batch-timeout(300) workers(1));')


CASES = [rsyslog_udp, rsyslog_tcp_lines, rsyslog_tcp_counted, rsyslog_tls_gnutls, rsyslog_tls_openssl, rsyslog_relp,
         rsyslog_relp_tls, logger_udp, logger_udp_rfc5424, logger_tcp, logger_tcp_counted, syslog_ng_tcp,
         syslog_ng_tcp_lines, syslog_ng_tls, syslog_ng_http_ingest, syslog_ng_http_bulk]


def main():
    return run_cases_with_servers(CASES, NetworkServer, timed)


def timed(case, server, folder):
    started = time.time()
    return f"{case(server, folder)} ({time.time() - started:.1f} s)"


if __name__ == "__main__":
    sys.exit(main())
