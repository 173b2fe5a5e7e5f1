# SPDX-License-Identifier: Apache-2.0
"""A real server in a folder of its own, for tests that kill, starve and flood it."""
import http.client, json, os, re, resource, signal, socket, subprocess, time

RULE = """title: Marked record
id: 7c1d6a52-5f0f-4a39-9d5e-0d9f5a0e1b11
status: test
description: A marker that the kill test puts into some records.
author: Vedette
logsource:
    product: test
detection:
    keywords:
        - kill-test-marker
    condition: keywords
level: high
"""
LOGSOURCES = """description: Every record of the test
product: test
logsources:
  - match: {dataset: '*'}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, program, folder, more_sources=()):
        """more_sources: further lines of the list of sources, e.g. "kind: hec, name: hec, listen: ..."."""
        self.program, self.folder, self.port = program, folder, free_port()
        self.data = os.path.join(folder, "data")
        os.makedirs(os.path.join(folder, "rules"))
        os.makedirs(os.path.join(folder, "logs"))
        with open(os.path.join(folder, "rules", "marked.yml"), "w") as file:
            file.write(RULE)
        with open(os.path.join(folder, "logsources.yml"), "w") as file:
            file.write(LOGSOURCES)
        self.config = os.path.join(folder, "vedette.yml")
        with open(self.config, "w") as file:
            file.write(f"""data: {self.data}
rules: [{folder}/rules]
logsources: ["{folder}/logsources.yml"]
sources:
  - {{kind: files, name: logs, paths: ["{folder}/logs/*.log*"], format: text}}
  - {{kind: http, name: bulk, listen: "127.0.0.1:{self.port}"}}
""" + "".join(f"  - {{{source}}}\n" for source in more_sources))
        # Beside the folder: it may become read-only while we write.
        self.log = open(folder + ".server.log", "ab")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "serve", "--config", self.config], stdout=self.log, stderr=self.log,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)))
        deadline = time.time() + 60
        while time.time() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with {self.process.returncode}; see {self.log.name}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                self.status()
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
        raise SystemExit("the server does not listen")

    def child(self):
        try:
            out = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True)
            pids = [int(pid) for pid in out.stdout.split()]
            return pids[0] if pids else None
        except OSError:
            return None

    @staticmethod
    def _of(pid, key):
        with open(f"/proc/{pid}/status") as file:
            return int(re.search(key + r":\s+(\d+)", file.read()).group(1))

    def peak_memory_mb(self):
        return self._of(self.process.pid, "VmHWM") // 1024

    def child_peak_memory_mb(self):
        return self._of(self.child(), "VmHWM") // 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def child_open_files(self):
        return len(os.listdir(f"/proc/{self.child()}/fd"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=120)
        if code != 0:
            raise SystemExit(f"the server ended with {code} after SIGTERM")

    def status(self):
        connection = http.client.HTTPConnection("localhost")
        with socket.socket(socket.AF_UNIX) as connection.sock:
            connection.sock.settimeout(10)
            connection.sock.connect(os.path.join(self.data, "admin.sock"))
            connection.request("GET", "/api/status")
            return json.loads(connection.getresponse().read())


def wait_until_stored(server, seconds=180):
    deadline = time.time() + seconds
    quiet = 0
    last_end = -1
    while time.time() < deadline:
        s = server.status()
        end = s["journal"]["end"]
        is_done = s["judged_to"] >= end and s["store"]["stored_to"] >= end and end == last_end
        quiet = quiet + 1 if is_done else 0
        if quiet >= 15:
            return
        last_end = end
        time.sleep(0.2)
    raise SystemExit(f"not everything was judged and stored in {seconds} s: {s}")


def export(server, batch_rows=4096):
    """The lines of the canonical export, one after the other: it may be larger than memory."""
    process = subprocess.Popen(
        [server.program, "journal", "export", "--data", server.data, "--batch-rows", str(batch_rows)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="surrogateescape")
    yield from process.stdout
    errors = process.stderr.read()
    if process.wait() != 0:
        raise SystemExit("export failed: " + errors[-2000:])


def rebuild(server, batch_rows):
    out = subprocess.run([server.program, "journal", "rebuild", "--data", server.data, "--batch-rows",
                          str(batch_rows)], capture_output=True, text=True)
    if out.returncode != 0:
        raise SystemExit("rebuild failed: " + out.stderr[-2000:])
