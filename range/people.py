# SPDX-License-Identifier: Apache-2.0
"""How somebody on a peer does something: the ordinary clients, with a limit of time on each."""

import os
import pathlib
import subprocess
import threading
import time

import machine
import peers

_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "TERM": "xterm"}
_OPTIONS = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
            "ConnectTimeout=10", "-F", "none")


def at(peer, *command, seconds_max=40, environment=None, **options):
    """Runs a command on a peer. Its exit status (-1: it took too long) and what it said."""
    everything = {"stdin": subprocess.DEVNULL, **options}
    if "input" in everything:
        del everything["stdin"]
    try:
        done = subprocess.run(machine.as_peer(peer, *command), check=False, timeout=seconds_max, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd="/tmp", env={**_ENVIRONMENT,
                                                                         **(environment or {})}, **everything)
    except subprocess.TimeoutExpired as late:
        return -1, (late.output or b"").decode(errors="replace")
    return done.returncode, done.stdout.decode(errors="replace")


def by_key(peer, user, command, *more, **options):
    return at(peer, "ssh", "-i", f"/root/{user}.key", *_OPTIONS, *more, f"{user}@{peers.address('web-1')}", command,
              **options)


def _helper(passwords):
    """A program that tells ssh one password after the other, when it asks."""
    helper = pathlib.Path(f"/root/askpass-{threading.get_ident()}-{time.monotonic_ns()}")
    queue = pathlib.Path(f"{helper}.queue")
    queue.write_text("".join(password + "\n" for password in passwords))
    helper.write_text(f"#!/bin/sh\nhead -n 1 {queue}\nsed -i 1d {queue}\n")
    os.chmod(helper, 0o700)
    return {"SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}


def by_password(peer, user, passwords, command, *more, typed="", program="ssh", **options):
    """The ordinary client; mistypes come first in the list of passwords. `typed` goes to standard input."""
    target = [f"{user}@{peers.address('web-1')}", command] if program == "ssh" else list(command)
    return at(peer, program, "-o", "PubkeyAuthentication=no", "-o", f"NumberOfPasswordPrompts={len(passwords)}",
              *_OPTIONS, *more, *target, environment=_helper(passwords), input=typed.encode(), **options)


def with_sudo(*commands):
    """A shell line that runs the commands under sudo, the password read from standard input."""
    return "; ".join(f"sudo -S -p '' {command}" for command in commands)
