#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A day in the life of a server, faster: does anything grow that should not?

  soak.py VEDETTE [--hours 24] [--speed 60] [--rate 2000] [--restart-hours 3] [--kill-hours 8] [--out FILE]

The server's clock runs `speed` times as fast as the machine's (libfaketime, realtime clock only; package
`faketime`), so that ticks, arrival days and retention pass as they would in a day. A log file that is rotated every
simulated hour (old copies go after five) and a `_bulk` sender with ids feed it; the journal's quota and retention are
small, so that both have work to do; it is stopped and started, and killed, as told. Every five simulated minutes
memory, descriptors, files, bytes on disk and the latency of acknowledgement are noted. The answer compares the
second quarter of the day (the first warms up) with the last: medians, and the slope that Theil and Sen's method gives.
At the end the newest acknowledged documents must each be stored once.
"""
import argparse, http.client, json, os, random, shutil, statistics, subprocess, sys, tempfile, threading, time

from server import Server, wait_until_stored

# Small, so that everything with a bound reaches it in the first quarter of the day and comes round many times after it.
SMALL = """journal: {quota_mb: 96, segment_mb: 8}
retention: {days: 1, gb: 0.05, check_minutes: 30}
remembered_keys: 100000
"""
LIBRARY_PLACES = ("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")


class Calendar:
    """Simulated time: begins at noon, so that a midnight is passed."""

    def __init__(self, speed):
        self.speed, self.begin_wall = speed, time.time()
        today = time.gmtime(self.begin_wall)
        self.begin = self.begin_wall - (today.tm_hour - 12) * 3600 - today.tm_min * 60 - today.tm_sec
        self.begin -= 2 * 86400 if self.begin > self.begin_wall - 86400 else 86400

    def now(self):
        return self.begin + (time.time() - self.begin_wall) * self.speed

    def hours(self):
        return (self.now() - self.begin) / 3600


class FastServer(Server):
    """A server whose realtime clock is the calendar's."""

    def __init__(self, program, folder, calendar, library, extra):
        super().__init__(program, folder)
        self.calendar, self.library = calendar, library
        with open(self.config, "a") as file:
            file.write(extra)

    def start(self):
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.calendar.now()))
        os.environ.update(TZ="UTC", LD_PRELOAD=self.library, FAKETIME=f"@{moment} x{self.calendar.speed}",
                          FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_ONLY_CMDS="vedette", NO_FAKE_STAT="1")
        try:
            super().start()
        finally:
            for name in ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC", "FAKETIME_ONLY_CMDS",
                         "NO_FAKE_STAT"):
                os.environ.pop(name, None)


class LogWriter(threading.Thread):
    def __init__(self, folder, calendar, rate, stop):
        super().__init__(daemon=True)
        self.path, self.calendar, self.rate = os.path.join(folder, "logs", "app.log"), calendar, rate
        self.stop_event, self.count, self.rotations = stop, 0, 0

    def run(self):
        file, hour = open(self.path, "a"), int(self.calendar.hours())
        while not self.stop_event.is_set():
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.calendar.now()))
            for _ in range(max(1, self.rate // 20)):
                file.write(f"{moment} file-{self.count} user={self.count % 997} path=/srv/app/{self.count % 4099} "
                           f"{'x' * 80}\n")
                self.count += 1
            file.flush()
            if int(self.calendar.hours()) != hour:
                hour = int(self.calendar.hours())
                file.close()
                self.rotate()
                file = open(self.path, "a")
            time.sleep(0.05)
        file.close()

    def rotate(self):
        self.rotations += 1
        os.rename(self.path, f"{self.path}.{self.rotations}")
        old = f"{self.path}.{self.rotations - 5}"
        if os.path.exists(old):
            os.remove(old)


class Sender(threading.Thread):
    """`_bulk` with ids at a steady rate; what is not acknowledged is sent again."""

    def __init__(self, port, calendar, rate, stop):
        super().__init__(daemon=True)
        self.port, self.calendar, self.rate, self.stop_event = port, calendar, rate, stop
        self.sent, self.repeats, self.latencies_ms, self.newest = 0, 0, [], []
        self.lock = threading.Lock()

    def body(self, ids):
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.calendar.now()))
        return "".join(
            json.dumps({"create": {"_index": "soak", "_id": i}}) + "\n" + json.dumps(
                {"@timestamp": moment, "key": i, "message": f"request {i} was served",
                 "user": {"name": f"user{random.randint(0, 3000)}"}, "http": {"response": {"status_code": 200}},
                 "source": {"ip": f"10.{random.randint(0, 3)}.{random.randint(0, 255)}.{random.randint(1, 254)}"}}) + "\n"
            for i in ids)

    def post(self, ids):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            begun = time.monotonic()
            connection.request("POST", "/_bulk", self.body(ids), {"Content-Type": "application/x-ndjson"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            taken = {item["create"]["_id"] for item in answer["items"] if item["create"]["status"] in (200, 201, 409)}
            if response.status == 200 and len(taken) == len(ids):
                with self.lock:
                    self.latencies_ms.append((time.monotonic() - begun) * 1000)
            return taken
        finally:
            connection.close()

    def run(self):
        per_request = max(1, self.rate // 20)
        while not self.stop_event.is_set():
            ids = [f"doc-{self.sent + n}" for n in range(per_request)]
            self.sent += len(ids)
            waiting, begun = ids, time.monotonic()
            while waiting and not self.stop_event.is_set():
                try:
                    taken = self.post(waiting)
                    waiting = [i for i in waiting if i not in taken]
                except (OSError, http.client.HTTPException, ValueError, KeyError):
                    pass
                if waiting:
                    self.repeats += 1
                    time.sleep(0.05)
            if not waiting:
                self.newest = (self.newest + ids)[-5000:]
            time.sleep(max(0.0, 0.05 - (time.monotonic() - begun)))

    def take_latencies(self):
        with self.lock:
            taken, self.latencies_ms = self.latencies_ms, []
        return sorted(taken)


def folder_size(folder):
    files = size = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.stat(os.path.join(where, name)).st_blocks * 512
                files += 1
            except OSError:
                pass  # merged or removed meanwhile
    return files, size / 2**20


def sample(server, calendar, sender):
    ms = sender.take_latencies()
    files, size_mib = folder_size(server.data)
    status = server.status()
    return {"hour": round(calendar.hours(), 3), "memory_mib": server._of(server.process.pid, "VmRSS") / 1024,
            "child_memory_mib": server._of(server.child(), "VmRSS") / 1024, "descriptors": server.open_files(),
            "child_descriptors": server.child_open_files(), "files": files, "disk_mib": round(size_mib, 1),
            "journal_mib": status["journal"]["bytes"] / 2**20,
            "lag_records": status["journal"]["end"] - status["judged_to"],
            "ack_p50_ms": ms[len(ms) // 2] if ms else None, "ack_p99_ms": ms[int(len(ms) * 0.99)] if ms else None}


def slope_per_day(points):
    """Theil and Sen's: the median of the slopes between all pairs. Units: of the value, per 24 simulated hours."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) * 24 for i, a in enumerate(points) for b in points[i + 1:] if b[0] > a[0]]
    return statistics.median(slopes) if slopes else 0.0


def judged(samples, hours):
    """Quarters of the day: the second and the last, and the slope from the second on."""
    out = {}
    for name in samples[0]:
        points = [(s["hour"], s[name]) for s in samples if name != "hour" and s[name] is not None]
        second = [v for h, v in points if hours / 4 <= h < hours / 2]
        last = [v for h, v in points if h >= hours * 3 / 4]
        if second and last:
            out[name] = {"second_quarter": round(statistics.median(second), 2),
                         "last_quarter": round(statistics.median(last), 2), "max": round(max(v for _, v in points), 2),
                         "slope_per_day": round(slope_per_day([p for p in points if p[0] >= hours / 4]), 2)}
    return out


def found(server, query):
    """What a search finds. The server's time-outs run as fast as its clock, so one that ran into them is asked again."""
    for _ in range(20):
        done = subprocess.run([server.program, "search", "--data", server.data, "--format", "json", query],
                              capture_output=True, text=True)
        if "nothing moved for" not in done.stderr:
            break
    return done


def not_stored_once(server, ids):
    """Those of 200 of the ids that are not found exactly once, and what was found instead."""
    wrong = {}
    for i in random.sample(ids, min(200, len(ids))):
        done = found(server, f'key:"{i}"')
        if len(done.stdout.splitlines()) != 1:
            wrong[i] = done.stdout[:2000] + done.stderr[:2000]
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vedette")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--speed", type=float, default=60)
    parser.add_argument("--rate", type=int, default=2000, help="events a second of the wall clock, half of them by file")
    parser.add_argument("--restart-hours", type=float, default=3)
    parser.add_argument("--kill-hours", type=float, default=8)
    parser.add_argument("--config", default="", help=f"YAML to add instead of: {SMALL!r}")
    parser.add_argument("--out", help="all samples as JSON lines")
    arguments = parser.parse_args()
    library = next((path for path in LIBRARY_PLACES if os.path.exists(path)), None)
    if library is None:
        raise SystemExit("libfaketime is missing: install the Debian package faketime (no list of tools/packages.txt has it:"
                         " only this script needs it, which ./test does not run)")
    folder = tempfile.mkdtemp(prefix="vedette-soak-")
    calendar, stop = Calendar(arguments.speed), threading.Event()
    extra = open(arguments.config).read() if arguments.config else SMALL
    server = FastServer(os.path.abspath(arguments.vedette), folder, calendar, library, extra)
    server.start()
    writer = LogWriter(folder, calendar, arguments.rate // 2, stop)
    sender = Sender(server.port, calendar, arguments.rate // 2, stop)
    for thread in (writer, sender):
        thread.start()
    samples, restarts, kills = [], 0, 0
    next_restart, next_kill = arguments.restart_hours, arguments.kill_hours
    try:
        while calendar.hours() < arguments.hours:
            time.sleep(300 / arguments.speed)
            samples.append(sample(server, calendar, sender))
            if arguments.out:
                with open(arguments.out, "a") as file:
                    file.write(json.dumps(samples[-1]) + "\n")
            if calendar.hours() >= next_kill:
                server.kill()
                server.start()
                kills, next_kill = kills + 1, next_kill + arguments.kill_hours
            elif calendar.hours() >= next_restart:
                server.stop()
                server.start()
                restarts, next_restart = restarts + 1, next_restart + arguments.restart_hours
        stop.set()
        for thread in (writer, sender):
            thread.join(60)
        wait_until_stored(server)
        wrong = not_stored_once(server, sender.newest)
        result = {"hours": arguments.hours, "speed": arguments.speed, "lines": writer.count, "documents": sender.sent,
                  "repeats": sender.repeats, "rotations": writer.rotations, "restarts": restarts, "kills": kills,
                  "newest_not_stored_once": wrong, "samples": len(samples), "figures": judged(samples, arguments.hours)}
        print(json.dumps(result, indent=1))
        return 1 if wrong else 0
    finally:
        stop.set()
        if server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
