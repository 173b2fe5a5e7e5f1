#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Backs a loaded server up, kills it, restores elsewhere, and compares with a rebuild of the journal up to there.

  backup_load_test.py VEDETTE [--seconds 8] [--kills 6] [--seed N]

A file and two `_bulk` senders load the server all the time. First the senders' answers are timed without a
backup, then during one. Then backups are killed at random moments: none may look whole. Then one goes to a disk
that is too small. Then one is taken, the server is killed, and the backup restored elsewhere.
"""
import argparse, json, os, random, shutil, subprocess, sys, tempfile, threading, time

from kill_test import BulkSender, FileWriter
from server import Server, export, rebuild, wait_until_stored

HEAD = 24  # of a journal record: size u32, kind u8, 3 zeros, offset u64, hash u64


class TimedSender(BulkSender):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.times = []

    def post(self, ids):
        begin = time.time()
        done = super().post(ids)
        self.times.append((begin, time.time() - begin))
        return done


def percentile(senders, begin, end, part):
    times = sorted(took for sender in senders for at, took in sender.times if begin <= at < end)
    return times[int(len(times) * part)] * 1000 if times else 0


def backup(server, target, *arguments):
    return subprocess.Popen([server.program, "backup", target, "--data", server.data, "--format", "json", *arguments],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def vedette(server, *arguments):
    done = subprocess.run([server.program, *arguments], capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise SystemExit(f"{arguments}: {done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout


def killed_backups(server, folder, count, rng, problems):
    """Each is killed sooner or later; what is there under its name afterwards must be whole."""
    whole = 0
    for n in range(count):
        target = os.path.join(folder, f"killed{n}" + rng.choice(["", ".tar.zst"]))
        process = backup(server, target)
        time.sleep(rng.uniform(0.05, 2.5))
        process.kill()
        process.communicate()
        if os.path.exists(target):
            whole += 1
            vedette(server, "restore", target, "--check")
    # The next one takes away what they left.
    last = backup(server, os.path.join(folder, "after-kills"), "--without-store")
    out = last.communicate()
    if last.returncode != 0:
        problems.append(f"no backup after killed ones: {out[1][-500:]}")
    if os.path.exists(os.path.join(server.data, "backing_up")):
        problems.append("the staging folder of a killed backup stayed")
    return whole


def full_disk(server, problems):
    if os.geteuid() != 0:
        return "skipped: needs root"
    folder = tempfile.mkdtemp(prefix="vedette-small-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        os.rmdir(folder)
        return "skipped: cannot mount"
    try:
        for name in ("folder", "file.tar.zst"):
            process = backup(server, os.path.join(folder, name))
            out = process.communicate()
            if process.returncode != 2:
                problems.append(f"a full disk gave {process.returncode}: {out}")
            if os.listdir(folder):
                problems.append(f"a full disk left {os.listdir(folder)}")
        return "refused"
    finally:
        subprocess.run(["umount", folder], check=False)
        os.rmdir(folder)


def cut_journal(source, target, end):
    """The journal's segments up to record `end`, read without our program."""
    os.makedirs(target)
    for name in sorted(os.listdir(source)):
        if not name.endswith(".seg") or int(name[:20]) > end:
            continue
        with open(os.path.join(source, name), "rb") as file:
            data = file.read()
        at = 16
        while at + HEAD <= len(data):
            size = int.from_bytes(data[at:at + 4], "little")
            offset = int.from_bytes(data[at + 8:at + 16], "little")
            if offset > end or at + HEAD + size > len(data):
                break
            at += HEAD + size
        with open(os.path.join(target, name), "wb") as file:
            file.write(data[:at])


class Folder:
    """What export and rebuild want of a server."""

    def __init__(self, program, data):
        self.program, self.data = program, data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vedette")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    folder = tempfile.mkdtemp(prefix="vedette-backup-")
    server = Server(os.path.abspath(arguments.vedette), folder)
    stop, problems = threading.Event(), []
    server.start()
    writer = FileWriter(folder, stop, random.Random(rng.random()))
    senders = [TimedSender(f"bulk{n}", server.port, stop, random.Random(rng.random())) for n in range(2)]
    for thread in [writer, *senders]:
        thread.start()

    time.sleep(arguments.seconds)
    quiet_begin = time.time() - arguments.seconds / 2
    during_begin = time.time()
    first = backup(server, os.path.join(folder, "timed"))
    out = first.communicate()
    if first.returncode != 0:
        problems.append(f"the backup beside the server failed: {out[1][-1000:]}")
    during_end = time.time()
    figures = {name: [round(percentile(senders, *span, part)) for part in (0.5, 0.99)]
               for name, span in (("before", (quiet_begin, during_begin)), ("during", (during_begin, during_end)))}

    whole = killed_backups(server, folder, arguments.kills, rng, problems)
    disk = full_disk(server, problems)

    target = os.path.join(folder, "last.tar.zst")
    last = backup(server, target)
    out = last.communicate()
    server.kill()
    stop.set()
    for thread in [writer, *senders]:
        thread.join(30)
    if last.returncode != 0:
        raise SystemExit(f"the backup failed: {out[1][-2000:]}")
    end = json.loads(out[0])["journal_end"]
    replayed = end - json.loads(out[0])["judged_to"]

    restored = Folder(server.program, os.path.join(folder, "restored"))
    begin = time.time()
    vedette(server, "restore", target, "--data", restored.data)
    restore_seconds = time.time() - begin
    truth = Folder(server.program, os.path.join(folder, "truth"))
    os.makedirs(truth.data)
    for name in os.listdir(server.data):
        path = os.path.join(server.data, name)
        if os.path.isdir(path) and name not in ("journal", "store", "backing_up"):
            shutil.copytree(path, os.path.join(truth.data, name))
    cut_journal(os.path.join(server.data, "journal"), os.path.join(truth.data, "journal"), end)
    rebuild(truth, 4096)
    want, have = list(export(truth)), list(export(restored))
    if want != have:
        problems.append(f"restored it differs: {len(want)} lines wanted, {len(have)} there; first: "
                        f"{[pair for pair in zip(want, have) if pair[0] != pair[1]][:1]}")

    # It goes on: the same sources, the restored folder; every line of the file once.
    shutil.rmtree(server.data)
    os.rename(restored.data, server.data)
    server.start()
    wait_until_stored(server)
    server.stop()
    times = {}
    for line in export(server):
        if line.startswith("event ") and "file-" in line:
            name = line[line.index("file-"):].split(" ", 1)[0]
            times[name] = times.get(name, 0) + 1
    for n in range(writer.count):
        if times.get(f"file-{n}") != 1:
            problems.append(f"file-{n} is stored {times.get(f'file-{n}')} times after the restore")

    print(f"seed {arguments.seed}: {writer.count} lines, {sum(len(s.acknowledged) for s in senders)} documents; "
          f"acknowledged in ms (p50, p99): {figures}; the timed backup took {during_end - during_begin:.1f} s; "
          f"{arguments.kills} backups killed, {whole} of them were whole by then; full disk: {disk}; "
          f"restored up to record {end} in {restore_seconds:.1f} s, {replayed} replayed, {len(have)} lines equal")
    for problem in problems[:20]:
        print("WRONG:", problem)
    print("0 passed, 1 failed" if problems else "1 passed, 0 failed")
    if not problems:
        shutil.rmtree(folder)
    else:
        print("kept:", folder)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
