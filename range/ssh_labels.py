# SPDX-License-Identifier: Apache-2.0
"""Says of every recorded line who caused it. Nothing is guessed from wording: a line of sshd belongs to the peer whose
address is in it or in another line of the same process; a line of sudo belongs to the session of the user it names. Of
the attacker's lines the stage and the tool are those that the story had under way when the connection began."""

import datetime
import json
import re

import ssh_story

_LINE = re.compile(r"^(?P<time>\S+) \S+ (?P<program>[\w./-]+)(\[(?P<pid>\d+)\])?: (?P<message>.*)$")
_PEER = re.compile(r"\b(\d+\.\d+\.\d+\.\d+)(?: port (\d+))?")
_SUDO_USER = re.compile(r"^\s*(\S+) : |ruser=(\w+)")
_PEERS = {peer.address: peer.namespace for peer in ssh_story.PEERS.values()}
_ATTACKER = "attacker"


class _Line:
    def __init__(self, text):
        match = _LINE.match(text)
        self.seconds = datetime.datetime.fromisoformat(match["time"]).timestamp()
        self.program, self.pid, self.message = match["program"], match["pid"], match["message"]
        self.peer, self.port = None, None
        for address, port in _PEER.findall(self.message):
            if address in _PEERS:
                self.peer, self.port = _PEERS[address], port or None
                break


def _find_connections(lines):
    """Fills in peer and port where only the process tells: sshd serves each connection with processes of its own."""
    known = {}
    for line in lines:
        if line.program == "sshd" and line.peer and line.port:
            known.setdefault(line.pid, (line.peer, line.port))
    for line in lines:
        if line.program == "sshd" and line.pid in known:
            line.peer, line.port = known[line.pid]


def _find_sessions(lines):
    """Gives sudo's lines, and those of programs that it started, the peer whose session they came from."""
    users, last = {}, (None, None)
    for line in lines:
        if line.program == "sshd":
            accepted = re.match(r"Accepted \S+ for (\S+) from", line.message)
            if accepted:
                users[accepted[1]] = (line.peer, line.port)
            continue
        named = _SUDO_USER.search(line.message)
        if named:
            last = users.get(named[1] or named[2], last)
        line.peer, line.port = last


def _phase(seconds, phases):
    """The attacker's last step that had begun by then."""
    found = phases[0]
    for phase in phases:
        if phase["begin"] <= seconds:
            found = phase
    return found


def labels(texts, phases):
    lines = [_Line(text) for text in texts]
    _find_connections(lines)
    _find_sessions(lines)
    begins = {}
    for line in lines:
        begins.setdefault((line.peer, line.port), line.seconds)
    out = []
    for line in lines:
        if line.peer != _ATTACKER:
            tool = "ssh" if line.peer and line.program == "sshd" else line.program
            out.append({"label": "honest", "stage": "background", "tool": tool, "peer": line.peer or "server"})
            continue
        phase = _phase(begins[(line.peer, line.port)], phases)
        out.append({"label": "attack", "stage": phase["stage"], "tool": phase["tool"], "peer": line.peer})
    return out


def as_jsonl(texts, phases):
    """One object for each run of lines with the same label; line numbers begin at 0, the last line is included."""
    runs = []
    for number, label in enumerate(labels(texts, phases)):
        if runs and runs[-1][2] == label:
            runs[-1][1] = number
        else:
            runs.append([number, number, label])
    return "".join(json.dumps({"first_line": first, "last_line": last, **label}) + "\n" for first, last, label in runs)
