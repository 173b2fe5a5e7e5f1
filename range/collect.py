# SPDX-License-Identifier: Apache-2.0
"""Takes the logs out of the recorded machines, in a folder for each, and writes the labels beside them."""

import datetime
import json
import pathlib
import shutil
import subprocess

import attack
import honest
import labels
import machine
import peers
import servers

# (name in the recording, host that has it, where it lies there); what went through syslog is taken from the log host, where
# the intruder could not change it.
LOGS = (
    ("web-1/auth.log", "log-1", "remote/web-1/auth.log"),
    ("web-1/cron.log", "log-1", "remote/web-1/cron.log"),
    ("web-1/syslog.log", "log-1", "remote/web-1/syslog.log"),
    ("web-1/access.log", "web-1", "nginx/access.log"),
    ("web-1/error.log", "web-1", "nginx/error.log"),
    ("web-1/shop.log", "web-1", "shop/app.json"),
    ("web-1/audit.log", "web-1", "audit/audit.log"),
    ("dns-1/query.log", "dns-1", "named/query.log"),
    ("iot-1/mosquitto.log", "log-1", "remote/iot-1/syslog.log"),
    ("gw-1/firewall.log", "log-1", "remote/gw-1/syslog.log"),
)
_VERSIONS = (("sshd", "sshd", "-V"), ("nginx", "nginx", "-v"), ("named", "named", "-v"),
             ("mosquitto", "mosquitto", "-h"), ("rsyslogd", "rsyslogd", "-v"), ("ulogd", "ulogd", "-V"),
             ("sudo", "sudo", "-V"), ("python3", machine.PYTHON, "-V"), ("chromium", "chromium", "--version"),
             ("curl", "curl", "-V"), ("nmap", "nmap", "-V"), ("ffuf", "ffuf", "-V"), ("wapiti", "wapiti", "--version"),
             ("sqlmap", "sqlmap", "--version"), ("hydra", "hydra", "-h"), ("iodine", "iodine", "-v"), ("nc", "nc",
                                                                                                       "-h"))


def _version(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, stdin=subprocess.DEVNULL)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if any(c.isdigit() for c in line)]
    return lines[0].strip().split(" (", 1)[0] if lines else "unknown"


def story_of(steps):
    ports = {str(attack.PORT_SHELL): "reverse-shell", str(attack.PORT_FILES): "tool-transfer", "53": "dns-tunnel"}
    return labels.Story(steps, attack.CRON_COMMAND, attack.CRON_FILE, peers.TUNNEL_ZONE, ports, honest.NAMES)


def _iso(time):
    return datetime.datetime.fromtimestamp(time,
                                           datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def scenario(steps, found, begin, end):
    """The form that a scorer of whole scenarios reads (`labels-1`): steps with their times, places and visible records."""
    out = []
    for step in steps:
        lines = {name: sum(label["step"] == step["name"] for label in found[name]) for name in found}
        visible = {name: count for name, count in lines.items() if count}
        actors = sorted({label["actor"] for name in found for label in found[name] if label["step"] == step["name"]})
        out.append({
            "id": step["name"], "section": "storyline", "activity": step["activity"], "start": _iso(step["begin"]),
            "end": _iso(step["end"]), "hosts": sorted({name.split("/")[0]
                                                       for name in visible}),
            "ips": [peers.address(actor) for actor in actors
                    if actor in peers.PEERS], "users": [attack.NEW_USER, "support"] if "ssh" in step["tools"] else [],
            "techniques": list(step["techniques"]), "indicators": list(step["indicators"]),
            "kinds": list(step["tools"]), "records": [], "visible": visible
        })
    return {
        "format": "labels-1", "scenario": "intrusion", "window": {"start": _iso(begin), "end": _iso(end)},
        "sensors": ["gw-1"], "host_ip": {peer.name: peer.address
                                         for peer in peers.PEERS.values()}, "steps": out, "red_herrings": []
    }


def write_labels(out, steps, forks, begin, end):
    logs = {name: (out / "logs" / name).read_text(errors="replace").split("\n")[:-1] for name, _, _ in LOGS}
    found = labels.of_everything(logs, forks, story_of(steps))
    techniques = {step["name"]: step["techniques"] for step in steps}
    (out / "labels.jsonl").write_text(labels.as_jsonl(found, techniques))
    (out / "LABELS.json").write_text(json.dumps(scenario(steps, found, begin, end), indent=1) + "\n")
    for name, counted in labels.counts(found).items():
        print(f"record: {name}: {', '.join(f'{count} {kind}' for kind, count in sorted(counted.items()))}", flush=True)


def write_all(out, begin, end):
    """Gives back the names of the logs that are empty."""
    for name, host, source in LOGS:
        (out / "logs" / name).parent.mkdir(parents=True, exist_ok=True)
        path = machine.logs(host) / source
        (out / "logs" / name).write_bytes(path.read_bytes() if path.exists() else b"")
    steps = [{key: value
              for key, value in vars(step).items() if key not in ("action", "said")} for step in attack.STEPS
             if step.begin]
    # What the labels were made of; no part of a recording that is kept.
    made_of = out / "made-of"
    made_of.mkdir(exist_ok=True)
    (made_of / "story.json").write_text(json.dumps({"begin": begin, "end": end, "steps": steps}, indent=1) + "\n")
    shutil.copyfile(servers.FORKS, made_of / "forks.jsonl")
    (made_of / "said.txt").write_text("".join(f"--- {step.name}\n{step.said}\n" for step in attack.STEPS))
    errors = pathlib.Path(f"{machine.RANGE}/errors.txt")
    (made_of / "errors.txt").write_text(errors.read_text() if errors.exists() else "")
    (out / "versions.txt").write_text("".join(f"{name}: {_version(*command)}\n" for name, *command in _VERSIONS))
    forks = [json.loads(line) for line in (made_of / "forks.jsonl").read_text().splitlines()]
    write_labels(out, steps, forks, begin, end)
    return [name for name, _, _ in LOGS if (out / "logs" / name).stat().st_size == 0]
