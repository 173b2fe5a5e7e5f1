# SPDX-License-Identifier: Apache-2.0
"""A real server that listens for syslog and RELP, and rsyslog as one more real sender."""
import collections, http.client, os, pathlib, re, socket, subprocess, time

from cases import Skipped, needs
from server import Server, export, free_port, wait_until_stored

ROOT = pathlib.Path(__file__).resolve().parents[2]
RSYSLOG_MODULES = [pathlib.Path(path) for path in ("/usr/lib/x86_64-linux-gnu/rsyslog", "/usr/lib/rsyslog")]


def make_certificates(folder):
    """An authority, and what it signed for the server and for senders."""
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    def openssl(*arguments):
        subprocess.run([needs("openssl"), *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", *new_key, "-days", "2", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    with open(os.path.join(folder, "names"), "w") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name in ("localhost", "sender"):
        openssl("req", *new_key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-extfile", "names", "-out", f"{name}.pem")


class NetworkServer(Server):
    """Listens on UDP, TCP, TLS (senders must show a certificate), RELP and RELP over TLS."""

    made = []  # all of them, for whoever has to end what a failed case left running

    def __init__(self, program, folder, settings="", has_tls=True, receive_buffer_mb=32):
        super().__init__(program, folder)
        self.made.append(self)
        self.udp, self.tcp, self.relp = free_port(), free_port(), free_port()
        self.tls, self.relp_tls = free_port(), free_port()
        sources = [f"""{{kind: http, name: bulk, listen: "127.0.0.1:{self.port}"}}""",
                   f"""{{kind: syslog, name: net, listen: ["udp://127.0.0.1:{self.udp}", "tcp://127.0.0.1:{self.tcp}"], receive_buffer_mb: {receive_buffer_mb}}}""",
                   f"""{{kind: relp, name: relp, listen: "127.0.0.1:{self.relp}"}}"""]
        if has_tls:
            make_certificates(folder)
            tls = f"""tls_certificate: {folder}/localhost.pem, tls_key: {folder}/localhost.key, tls_client_ca: {folder}/ca.pem"""
            sources += [f"""{{kind: syslog, name: tls, listen: "tls://127.0.0.1:{self.tls}", {tls}}}""",
                        f"""{{kind: relp, name: relp_tls, listen: "127.0.0.1:{self.relp_tls}", {tls}}}"""]
        with open(self.config, "w") as file:
            file.write(f"data: {self.data}\nrules: [{folder}/rules]\nlogsources: [\"{folder}/logsources.yml\"]\n{settings}"
                       "sources:\n" + "".join(f"  - {source}\n" for source in sources))

    def metrics(self):
        """Numbers of /metrics by name with labels."""
        connection = http.client.HTTPConnection("localhost")
        with socket.socket(socket.AF_UNIX) as connection.sock:
            connection.sock.settimeout(10)
            connection.sock.connect(os.path.join(self.data, "admin.sock"))
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
        return {name: int(value) for name, value in pairs}

    def received(self, source):
        return self.metrics().get(f'vedette_stage_received_total{{stage="source {source}"}}', 0)

    def dropped(self, source):
        start = f'vedette_source_dropped_total{{source="{source}"'
        return sum(value for name, value in self.metrics().items() if name.startswith(start))

    def wait_received(self, source, count, seconds=120, is_alive=lambda: True):
        deadline = time.time() + seconds
        while (received := self.received(source) + self.dropped(source)) < count:
            assert is_alive(), f"the sender ended when {received} of {count} had come"
            assert time.time() < deadline, f"{received} of {count} came in {seconds} s"
            time.sleep(0.1)


def stored(server, prefix):
    """How often each message `prefix-N` is stored; messages that are cut before their end mark do not count."""
    wait_until_stored(server)
    server.stop()
    found = collections.Counter()
    name = re.compile(rf"\b{prefix}-(\d+)\b")
    for line in export(server):
        match = name.search(line) if line.startswith("event ") else None
        if match:
            found[int(match.group(1))] += 1
    return found


def expect_each_once(found, count):
    wrong = [(n, found[n]) for n in range(count) if found[n] != 1]
    assert not wrong, f"{len(wrong)} of {count} are not stored once, the first: {wrong[:3]}"
    assert len(found) == count, f"{len(found)} messages are stored where {count} were sent"


class Rsyslog:
    """rsyslogd that follows one file and sends its lines on by one action."""

    def __init__(self, folder, action, modules=(), settings=""):
        program = needs("rsyslogd")
        for module in modules:
            if not any((path / f"{module}.so").exists() for path in RSYSLOG_MODULES):
                raise Skipped(f"rsyslog has no {module}: tools/setup test")
        self.folder, self.input = folder, os.path.join(folder, "input.txt")
        open(self.input, "a").close()
        loads = "".join(f'module(load="{module}")\n' for module in modules if module.startswith("om"))
        config = os.path.join(folder, "rsyslog.conf")
        with open(config, "w") as out:
            out.write(f"""global(workDirectory="{folder}" {settings})
module(load="imfile")
{loads}input(type="imfile" file="{self.input}" tag="app" freshStartTail="off")
action({action} queue.type="linkedList" queue.size="200000" queue.timeoutEnqueue="600000"
       action.resumeRetryCount="-1" action.resumeInterval="1")
""")
        self.words = open(os.path.join(folder, "rsyslog.log"), "w")
        self.process = subprocess.Popen([program, "-n", "-f", config, "-i", os.path.join(folder, "rsyslog.pid")],
                                        stdout=self.words, stderr=self.words)

    def write(self, lines):
        with open(self.input, "a") as out:
            out.writelines(lines)

    def is_alive(self):
        return self.process.poll() is None

    def said(self):
        with open(self.words.name) as file:
            return file.read()[-600:]

    def stop(self):
        if self.is_alive():
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
