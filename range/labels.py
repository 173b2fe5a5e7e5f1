# SPDX-License-Identifier: Apache-2.0
"""Says of every recorded line who caused it, and of the intruder's lines by which step.

Nothing is guessed from wording. A line belongs to a peer by the address in it; or by the process in it, whose forefathers
(range/exec_tracer.py wrote down every fork) lead to a connection of sshd or a job of cron; or by the client whose
connection to the broker came from an address; or by a name or command that only one of the story's people uses. The step
is the one that the story had under way when the connection or the line began. What none of this decides is `undecided`."""

import bisect
import collections
import datetime
import json
import re

import peers

_SYSLOG = re.compile(r"^(?P<time>\S+) \S+ (?P<program>[\w./-]+)(\[(?P<pid>\d+)\])?: ?(?P<message>.*)$")
_PEER = re.compile(r"\b(\d+\.\d+\.\d+\.\d+)(?: port (\d+))?")
_AUDIT = re.compile(r"msg=audit\((\d+\.\d+):(\d+)\)")
_ACCESS = re.compile(r"^(\S+) .*?\[([^\]]+)\]")
_ERROR = re.compile(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) .*?, client: (\S+), server: ")
_QUERY = re.compile(r"^(\S+) .*?client @\S+ (\d+\.\d+\.\d+\.\d+)#(\d+) \((\S+)\): ")
_PACKET = re.compile(r"SRC=(\S+) DST=(\S+) .*PROTO=(\w+)(?: SPT=(\d+) DPT=(\d+))?")
_HONEST_USERS = {user.name for user in peers.USERS} - {"support"}  # whose passwords the intruder never had
HONEST, ATTACK, UNDECIDED = "honest", "attack", "undecided"


def label(kind, actor, step=None):
    return {"label": kind, "actor": actor, "step": step}


_SERVER = label(HONEST, "server")
_UNDECIDED = label(UNDECIDED, "unknown")


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


class Story:
    """The steps with their times, and what only the intruder names."""
    def __init__(self, steps, planted_command, planted_file, tunnel_zone, ports, honest_names):
        self.steps = sorted(steps, key=lambda step: step["begin"])
        self.begins = [step["begin"] for step in self.steps]
        self.planted_command, self.planted_file, self.tunnel_zone = planted_command, planted_file, tunnel_zone
        self.ports = ports  # of the intruder's servers: step by port
        self.honest_names = honest_names

    def step_at(self, time, precision_s=0.0):
        """The step that had begun last by then. `precision_s`: how much later the log's clock may have been."""
        found = bisect.bisect_right(self.begins, time + precision_s) - 1
        return self.steps[max(found, 0)]["name"]

    def of_peer(self, address, time, precision_s=0.0):
        peer = peers.BY_ADDRESS.get(address)
        if peer is None:
            return _SERVER if address == "127.0.0.1" else _UNDECIDED
        return label(ATTACK, peer.name, self.step_at(time, precision_s)) if peer.side == "attack" else label(
            HONEST, peer.name)


class Processes:
    """Who is behind a process: its forefathers' connection to sshd, or its job of cron."""
    def __init__(self, forks, story):
        self.parents = {}
        for fork in forks:
            self.parents[fork["pid"]] = fork["parent"]
        self.story = story
        self.connections, self.jobs, self.own = {}, {}, set()

    def learn_sshd(self, lines):
        begins = {}  # of a connection: its first line, whichever process wrote it
        for line in lines:
            match = _SYSLOG.match(line)
            if not match or match["program"] != "sshd":
                continue
            if "listening on" in match["message"]:
                self.own.add(int(match["pid"]))
            for address, port in _PEER.findall(match["message"]):
                if port and address in peers.BY_ADDRESS:
                    begin = begins.setdefault((address, port), seconds(match["time"]))
                    self.connections.setdefault(int(match["pid"]), self.story.of_peer(address, begin))
                    break
        # The process that serves a connection is the listener's child; what it starts has the same connection.
        for pid in list(self.connections):
            top = pid
            while self.parents.get(top, 0) and self.parents[top] not in self.own:
                top = self.parents[top]
            self.connections.setdefault(top, self.connections[pid])

    def learn_cron(self, lines):
        for line in lines:
            match = _SYSLOG.match(line)
            if match and match["program"] == "CRON" and (command := re.match(r"\(\S+\) CMD \((?:\[\d+\] )?(.*)\)$",
                                                                             match["message"])):
                pid = int(match["pid"])
                is_planted = command[1].strip() == self.story.planted_command
                found = label(ATTACK, "control", "reverse-shell") if is_planted else label(HONEST, "cron")
                self.jobs[pid] = found
                if pid in self.parents:  # the process that opened the session and waits for the job
                    self.jobs.setdefault(self.parents[pid], found)
            elif match and match["program"] == "cron" and match["pid"]:
                self.own.add(int(match["pid"]))

    def behind(self, pid):
        for _ in range(200):
            if pid in self.connections:
                return self.connections[pid]
            if pid in self.jobs:
                return self.jobs[pid]
            if pid in self.own or pid not in self.parents:
                return None
            pid = self.parents[pid]
        return None


def of_syslog(lines, processes, story):
    """auth.log, cron.log and syslog.log of the web server."""
    for line in lines:
        match = _SYSLOG.match(line)
        if not match:
            yield _UNDECIDED
            continue
        program, pid, message = match["program"], int(match["pid"] or 0), match["message"]
        found = processes.behind(pid) if pid else None
        if found:
            yield found
        elif story.planted_file in message or story.planted_command in message:
            yield label(ATTACK, "attacker", "cron-persistence")
        elif pid in processes.own or program in ("rsyslogd", "runuser", "cron"):
            yield _SERVER
        elif program == "sudo" and (user := re.search(r" ruser=(\w+) ", message)) and user[1] in _HONEST_USERS:
            yield label(HONEST, user[1])  # PAM's lines before a password fits have no process id
        elif program in ("backup-shop", "shop-check"):  # no process id in these; only the shop's own scripts write them
            yield label(HONEST, "cron")
        else:
            yield _UNDECIDED


def of_audit(lines, processes):
    """All lines of an event have its label; the process stands in the first."""
    known = {}
    for line in lines:
        event = _AUDIT.search(line)
        key = event.groups() if event else None
        if key and (pid := re.search(r" pid=(\d+)", line)):
            # Servers that the recorder started have no forefathers of their own.
            known[key] = processes.behind(int(pid[1])) or _SERVER
        yield known.get(key, _UNDECIDED)


def of_access(lines, story):
    for line in lines:
        match = _ACCESS.match(line)
        time = datetime.datetime.strptime(match[2], "%d/%b/%Y:%H:%M:%S %z").timestamp() if match else 0
        yield story.of_peer(match[1], time, 1.0) if match else _UNDECIDED


def of_error(lines, story):
    for line in lines:
        match = _ERROR.match(line)
        time = datetime.datetime.strptime(match[1] + " +0000", "%Y/%m/%d %H:%M:%S %z").timestamp() if match else 0
        yield story.of_peer(match[2], time, 1.0) if match else _UNDECIDED


def of_application(lines, story):
    for line in lines:
        record = json.loads(line)
        yield story.of_peer(record["source.ip"], seconds(record["@timestamp"]), 0.001)


def of_queries(lines, story):
    for line in lines:
        match = _QUERY.match(line)
        if not match:
            yield _UNDECIDED
            continue
        name, address = match[4].lower(), match[2]
        if name.endswith(story.tunnel_zone):
            yield label(ATTACK, peers.BY_ADDRESS[address].name if address in peers.BY_ADDRESS else "unknown",
                        "dns-tunnel")
        elif name in story.honest_names:
            yield story.of_peer(address, seconds(match[1]))
        else:
            yield _UNDECIDED


def of_packets(lines, story, queries):
    """`queries`: the query log with its labels, which tells whose a packet to the name server was."""
    by_port = {}
    for line, found in queries:
        if match := _QUERY.match(line):
            by_port.setdefault((match[2], match[3]), found)
    web, broker, names = (peers.address(name) for name in ("web-1", "iot-1", "dns-1"))
    for line in lines:
        head, packet = _SYSLOG.match(line), _PACKET.search(line)
        if not head or not packet:
            yield _SERVER if head and head["program"] in ("rsyslogd", "ulogd") else _UNDECIDED
            continue
        source, destination, _, source_port, port = packet.groups()
        sides = [peers.BY_ADDRESS.get(address) for address in (source, destination)]
        if any(peer and peer.side == "attack" for peer in sides):
            actor = next(peer.name for peer in sides if peer and peer.side == "attack")
            step = story.ports.get(port) if sides[0] and sides[0].side == HONEST else None
            yield label(ATTACK, actor, step or story.step_at(seconds(head["time"])))
        elif (source, destination) == (web, broker):  # nothing honest on the web server talks to the broker
            yield label(ATTACK, "attacker", "things")
        elif (source, destination) == (web, names):
            yield by_port.get((source, source_port), _UNDECIDED)
        elif sides[0]:
            yield label(HONEST, sides[0].name)
        else:
            yield _UNDECIDED


def of_broker(lines, story):
    """A client is known by its last connection; a message that goes out belongs to who sent it in, or asked for all."""
    clients, last, sender = {}, _SERVER, _SERVER

    def of_client(name):
        return clients.get(name, _UNDECIDED)

    def of_address(address):
        # What comes from the web server came through the port that sshd forwarded.
        return label(ATTACK, "attacker", "things") if address == peers.address("web-1") else story.of_peer(address, 0)

    for line in lines:
        match = _SYSLOG.match(line)
        message = re.sub(r"^\d{10}: ", "", match["message"]) if match else ""
        if found := re.match(r"New connection from (\S+):\d+ on port", message):
            last = of_address(found[1])
        elif found := re.match(r"New client connected from (\S+):\d+ as (.+) \(p", message):
            last = clients[found[2]] = of_address(found[1])
        elif found := re.match(r"(?:Received|Denied) PUBLISH from (.+?) \(d", message):
            last = sender = of_client(found[1])
        elif found := re.match(r"Sending PUBLISH to (.+?) \(d", message):
            receiver = of_client(found[1])
            last = receiver if receiver["label"] == ATTACK else sender
        elif found := re.match(r"(?:Received|Sending) [A-Z]+ (?:from|to) (\S+)", message):
            last = of_client(found[1])
        elif found := re.match(r"Client (\S+) |(\S+) \d \S", message):
            last = of_client(found[1] or found[2])
        elif message.startswith(("#011", "No will message")):
            pass  # goes on with the line before
        elif match and (match["program"] == "rsyslogd" or message.startswith(
            ("mosquitto version", "Config loaded", "Opening "))):
            last = _SERVER
        else:
            last = _UNDECIDED
        yield last


def of_everything(logs, forks, story):
    """`logs`: lines by name of file. Gives labels by name of file, one for each line."""
    processes = Processes(forks, story)
    processes.learn_sshd(logs["web-1/auth.log"])
    processes.learn_cron(logs["web-1/cron.log"])
    queries = list(of_queries(logs["dns-1/query.log"], story))
    return {
        "web-1/auth.log": list(of_syslog(logs["web-1/auth.log"], processes, story)),
        "web-1/cron.log": list(of_syslog(logs["web-1/cron.log"], processes, story)),
        "web-1/syslog.log": list(of_syslog(logs["web-1/syslog.log"], processes, story)),
        "web-1/audit.log": list(of_audit(logs["web-1/audit.log"], processes)),
        "web-1/access.log": list(of_access(logs["web-1/access.log"], story)),
        "web-1/error.log": list(of_error(logs["web-1/error.log"], story)),
        "web-1/shop.log": list(of_application(logs["web-1/shop.log"], story)),
        "dns-1/query.log": queries,
        "iot-1/mosquitto.log": list(of_broker(logs["iot-1/mosquitto.log"], story)),
        "gw-1/firewall.log": list(of_packets(logs["gw-1/firewall.log"], story, zip(logs["dns-1/query.log"], queries))),
    }


def as_jsonl(labels, techniques):
    """One object for each run of lines with the same label: `line` to `last_line`, counted from 1. `techniques`: by step."""
    out = []
    for name in sorted(labels):
        runs = []
        for number, found in enumerate(labels[name], 1):
            if runs and runs[-1][2] == found:
                runs[-1][1] = number
            else:
                runs.append([number, number, found])
        for first, last, found in runs:
            section = {ATTACK: "storyline", HONEST: "background"}.get(found["label"], UNDECIDED)
            record = {
                "file": name, "line": first, "last_line": last, "section": section, "label": found["label"],
                "actor": found["actor"]
            }
            if found["step"]:
                record.update(step=found["step"], techniques=list(techniques[found["step"]]))
            out.append(json.dumps(record))
    return "\n".join(out) + "\n"


def counts(labels):
    """Lines by file and label."""
    return {name: dict(collections.Counter(found["label"] for found in labels[name])) for name in sorted(labels)}
