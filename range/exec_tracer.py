#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts a command and writes, in the form of the audit system, every program that it and its children execute.

The kernel gives its audit records to one daemon of the first process namespace only, so there is none inside the range.
This is ptrace(2) instead: the kernel stops a process at its execve, and everything written here is read from the stopped
process (/proc/PID/...). What an audit record has beyond that (registers, inodes) is left out, not made up.

    exec_tracer.py AUDIT_LOG FORKS_JSONL COMMAND [ARGUMENT...]

FORKS_JSONL gets every new process with its parent, for the labels of the recording."""

import ctypes
import errno
import grp
import json
import os
import pwd
import re
import signal
import sys
import time

_SEIZE, _CONT, _LISTEN, _GETEVENTMSG = 0x4206, 7, 0x4208, 0x4201
_FORK, _VFORK, _CLONE, _EXEC, _STOP = 1, 2, 3, 4, 128
_OPTIONS = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 20  # fork, vfork, clone, exec; end with the tracer
_WALL = 0x40000000
_STOPPING = {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
_ARGUMENT_BYTES_MAX, _ARGUMENTS_MAX, _TITLE_BYTES_MAX = 4096, 64, 128

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, pid, data=0):
    """True when done; False when the process is gone already."""
    if _libc.ptrace(request, pid, None, data) == 0:
        return True
    if ctypes.get_errno() == errno.ESRCH:
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def text(value):
    """As the kernel writes a text that another chose: in quotes, or in hexadecimal when it holds what could imitate a record."""
    raw = os.fsencode(value)
    if not raw or re.search(rb'["\x00-\x20\x7f-\xff]', raw):
        return raw.hex().upper() if raw else '""'
    return f'"{raw.decode()}"'


def records(stamp, process):
    """The lines of one execve: SYSCALL (enriched with names, as auditd does), EXECVE, CWD, PROCTITLE."""
    uid, euid, suid, fsuid = process["uids"]
    gid, egid, sgid, fsgid = process["gids"]
    head = f"msg=audit({stamp}):"
    names = "".join(f' {key.upper()}="{value}"' for key, value in process["names"].items())
    yield (
        f"type=SYSCALL {head} arch=c000003e syscall=59 success=yes exit=0 ppid={process['ppid']} pid={process['pid']} "
        f"auid={process['auid']} uid={uid} gid={gid} euid={euid} suid={suid} fsuid={fsuid} egid={egid} sgid={sgid} "
        f"fsgid={fsgid} tty={process['tty']} ses={process['session']} comm={text(process['comm'])} "
        f"exe={text(process['exe'])} key=\"exec\"\x1dARCH=x86_64 SYSCALL=execve{names}")
    arguments = process["arguments"][:_ARGUMENTS_MAX]
    listed = " ".join(f"a{number}={text(value[:_ARGUMENT_BYTES_MAX])}" for number, value in enumerate(arguments))
    yield f"type=EXECVE {head} argc={len(process['arguments'])} {listed}"
    yield f"type=CWD {head} cwd={text(process['cwd'])}"
    title = b"\0".join(map(os.fsencode, process["arguments"]))[:_TITLE_BYTES_MAX]
    plain = len(process["arguments"]) == 1 and not re.search(rb'["\x00-\x20\x7f-\xff]', title)
    yield f"type=PROCTITLE {head} proctitle=" + (f'"{title.decode()}"' if plain else title.hex().upper())


def _read(pid, name):
    with open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read()


def _name(look_up, number):
    if number == "4294967295":
        return "unset"
    try:
        return look_up(int(number))[0]
    except KeyError:
        return f"unknown({number})"


def _terminal(number):
    major = number >> 8 & 0xfff
    return f"pts{number & 0xff | number >> 12 & 0xfff00}" if 136 <= major <= 143 else "(none)"


def look(pid):
    """All that a record says of a stopped process."""
    status = dict(line.split(":\t", 1) for line in os.fsdecode(_read(pid, "status")).splitlines() if ":\t" in line)
    uids, gids = status["Uid"].split(), status["Gid"].split()
    auid = _read(pid, "loginuid").decode().strip()
    numbers = {"auid": auid, **dict(zip(("uid", "euid", "suid", "fsuid"), uids))}
    names = {key: _name(pwd.getpwuid, value) for key, value in numbers.items()}
    names.update({key: _name(grp.getgrgid, value) for key, value in zip(("gid", "egid", "sgid", "fsgid"), gids)})
    return {
        "pid": pid,
        "ppid": int(status["PPid"]),
        "uids": uids,
        "gids": gids,
        "names": names,
        "auid": auid,
        "session": _read(pid, "sessionid").decode().strip(),
        "tty": _terminal(int(_read(pid, "stat").rpartition(b") ")[2].split()[4])),
        "comm": os.fsdecode(_read(pid, "comm").rstrip(b"\n")),
        "exe": os.readlink(f"/proc/{pid}/exe"),
        "cwd": os.readlink(f"/proc/{pid}/cwd"),
        "arguments": [os.fsdecode(part) for part in _read(pid, "cmdline").split(b"\0")[:-1]],
    }


class Tracer:
    def __init__(self, log, forks):
        self.log, self.forks, self.serial = log, forks, 100

    def on_exec(self, pid):
        now = time.time()
        try:
            process = look(pid)
        except (OSError, KeyError, ValueError):
            return  # killed while it stood here
        self.serial += 1
        for line in records(f"{now:.3f}:{self.serial}", process):
            self.log.write(f"node={os.uname().nodename} {line}\n")
        self.log.flush()

    def on_fork(self, pid, event):
        child = ctypes.c_ulong()
        if _ptrace(_GETEVENTMSG, pid, ctypes.addressof(child)):
            kind = "thread" if event == _CLONE else "process"
            self.forks.write(json.dumps({"time": time.time(), "parent": pid, "pid": child.value, "kind": kind}) + "\n")
            self.forks.flush()

    def on_stop(self, pid, status):
        number, event = os.WSTOPSIG(status), status >> 16
        if event == _EXEC:
            self.on_exec(pid)
        elif event in (_FORK, _VFORK, _CLONE):
            self.on_fork(pid, event)
        elif event == _STOP:
            _ptrace(_LISTEN if number in _STOPPING else _CONT, pid)
            return
        _ptrace(_CONT, pid, 0 if event else number)


def trace(command, log, forks):
    """The command's exit status, when it and all its children have ended."""
    first = os.fork()
    if first == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execvp(command[0], command)
    os.waitpid(first, os.WUNTRACED)
    _ptrace(_SEIZE, first, _OPTIONS)
    os.kill(first, signal.SIGCONT)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(first, signal.SIGTERM))
    tracer, result = Tracer(log, forks), 0
    while True:
        try:
            pid, status = os.waitpid(-1, _WALL)
        except ChildProcessError:
            return result
        if os.WIFSTOPPED(status):
            tracer.on_stop(pid, status)
        elif pid == first:
            result = os.waitstatus_to_exitcode(status)


def main():
    if len(sys.argv) < 4 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    with open(sys.argv[1], "a", encoding="utf-8") as log, open(sys.argv[2], "a", encoding="utf-8") as forks:
        sys.exit(trace(sys.argv[3:], log, forks))


if __name__ == "__main__":
    main()
