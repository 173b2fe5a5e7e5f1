#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills and overloads a server that takes syslog and RELP from the network, then counts.

  network_kill_test.py VEDETTE [CASE ...] [--kills 20] [--seconds 60] [--memory-mb 300] [--seed N]

Cases:
  relp_kill     rsyslog sends over RELP while the server gets SIGKILL: every message is stored, repeats are only of
                messages whose answer was lost, and counted
  tcp_kill      a sender that repeats nothing, over plain TCP: nothing is stored twice, and what is lost is at most
                what the kernels held, and of each connection the message that was not whole
  tcp_kill_rsyslog  the same with rsyslog
  overload      senders over RELP, TCP and UDP against a small journal and a store that stands still four fifths of
                the time and at last altogether, until datagrams are lost: what was answered and what went over TCP is
                stored once, senders were slowed, and every datagram is stored or counted
"""
import argparse, collections, os, random, re, signal, socket, sys, tempfile, threading, time

from cases import run_cases
from network import NetworkServer, Rsyslog, stored
from server import export, wait_until_stored

def kill_now_and_then(server, rng, kills):
    for _ in range(kills):
        time.sleep(rng.uniform(0.3, 1.5))
        server.kill()
        time.sleep(rng.uniform(0, 0.3))
        server.start()


class Writer(threading.Thread):
    """Writes numbered lines for rsyslog."""

    def __init__(self, sender, prefix, per_second):
        super().__init__(daemon=True)
        self.sender, self.prefix, self.per_second, self.count = sender, prefix, per_second, 0
        self.stop_event = threading.Event()

    def run(self):
        while not self.stop_event.is_set():
            step = max(1, self.per_second // 50)
            self.sender.write(f"{self.prefix}-{self.count + n} {'x' * 80} end\n" for n in range(step))
            self.count += step
            time.sleep(0.02)

    def finish(self):
        self.stop_event.set()
        self.join()


def relp_kill(program, folder, options):
    server = NetworkServer(program, folder, has_tls=False)
    server.start()
    sender = Rsyslog(folder, f'type="omrelp" target="127.0.0.1" port="{server.relp}" windowSize="128"', ["omrelp"])
    writer = Writer(sender, "relp", 4000)
    writer.start()
    try:
        kill_now_and_then(server, options.rng, options.kills)
        writer.finish()
        # Since the last start the server counts anew: quiet is the sign that the sender has sent all.
        wait_until_quiet(server, "relp")
    finally:
        sender.stop()
    found = stored(server, "relp")
    missing = [n for n in range(writer.count) if not found[n]]
    assert not missing, f"{len(missing)} of {writer.count} messages are lost, e.g. {missing[:3]}"
    repeats = sum(times - 1 for times in found.values())
    # What the window held at a kill is sent again, each time.
    assert repeats <= 128 * (options.kills + 1), f"{repeats} repeats after {options.kills} kills"
    return f"{options.kills} kills, {writer.count} messages, none lost, {repeats} repeats of messages without an answer"


def wait_until_quiet(server, source, seconds=5):
    reached, since = -1, time.time()
    deadline = time.time() + 300
    while time.time() - since < seconds:
        assert time.time() < deadline, "the sender does not become quiet"
        received = server.received(source)
        if received != reached:
            reached, since = received, time.time()
        time.sleep(0.2)


def kernels_hold(port):
    """Bytes that lie in the kernels between the senders and the server that listens on a port of loopback."""
    total = 0
    for line in open("/proc/net/tcp"):
        words = line.split()
        if words[1] == f"0100007F:{port:04X}":
            total += int(words[4].split(":")[1], 16)  # received, not taken by the server
        elif words[2] == f"0100007F:{port:04X}":
            total += int(words[4].split(":")[0], 16)  # taken from the sender, not received
    return total


class PlainSender(threading.Thread):
    """Sends numbered lines over plain TCP, none of them twice; connects anew after every error."""

    def __init__(self, port, prefix):
        super().__init__(daemon=True)
        self.port, self.prefix, self.slowed = port, prefix, 0
        self.count = self.given = 0  # numbers used, and messages that the kernel took whole
        self.stop_event, self.pause, self.paused = threading.Event(), threading.Event(), threading.Event()
        self.socket = None

    def connect(self):
        while not self.stop_event.is_set():
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.port), 5)
                self.socket.setblocking(False)
                return True
            except OSError:
                time.sleep(0.05)
        return False

    def send(self, data):
        """What the kernel did not take, when the connection broke or we stop: it is never sent."""
        while data:
            if self.pause.is_set():
                self.paused.set()
                time.sleep(0.01)
                continue
            self.paused.clear()
            try:
                data = data[self.socket.send(data):]
            except BlockingIOError:
                self.slowed += 1
                if self.stop_event.is_set():
                    return data
                time.sleep(0.005)
            except OSError:
                return data
        return b""

    def run(self):
        while self.connect():
            while not self.stop_event.is_set():
                numbers = range(self.count, self.count + 200)
                self.count = numbers.stop
                rest = self.send("".join(f"{self.prefix}-{n} {'x' * 80} end\n" for n in numbers).encode())
                self.given += len(numbers) - rest.count(b"\n")
                if rest:
                    break
            if self.stop_event.is_set():
                self.socket.setblocking(True)
                self.socket.close()


def complete(server, prefix):
    """Whole messages by number, how often each is stored; and the number of halves."""
    wait_until_stored(server)
    server.stop()
    whole, halves = collections.Counter(), 0
    name = re.compile(rf"\b{prefix}-(\d+) x+ end\b")
    for line in export(server):
        match = name.search(line) if line.startswith("event ") else None
        if match:
            whole[int(match.group(1))] += 1
        elif line.startswith("event "):
            halves += 1
    return whole, halves


def tcp_kill(program, folder, options):
    server = NetworkServer(program, folder, has_tls=False)
    server.start()
    sender = PlainSender(server.tcp, "tcp")
    sender.start()
    held = []
    for _ in range(options.kills):
        time.sleep(options.rng.uniform(0.2, 1.0))
        # Stopped first, so that sender and kernels stand still while they are measured: the worst case.
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(options.rng.uniform(0, 0.3))
        sender.pause.set()
        assert sender.paused.wait(10), "the sender does not pause"
        held.append(kernels_hold(server.tcp))
        server.kill()
        sender.pause.clear()
        server.start()
    time.sleep(1)
    sender.stop_event.set()
    sender.join()
    wait_until_quiet(server, "net", 2)
    whole, halves = complete(server, "tcp")
    doubled = [n for n, times in whole.items() if times > 1]
    assert not doubled, f"{len(doubled)} messages are stored twice, e.g. {doubled[:3]}"
    line_bytes = len("tcp-123456 ") + 80 + len(" end\n")
    lost = (sender.given - len(whole)) * line_bytes
    assert lost <= sum(held) + options.kills * line_bytes, f"{lost} bytes are lost, the kernels held {sum(held)}"
    assert lost > 0, "nothing was lost: the test did not catch the kernels holding anything"
    return (f"{options.kills} kills at a standstill, {sender.given} messages given to the kernel, none stored twice, "
            f"{halves} halves kept; lost {sender.given - len(whole)} messages = {lost} bytes; the kernels held {sum(held)} "
            f"bytes in all, {max(held)} at most")


def tcp_kill_rsyslog(program, folder, options):
    server = NetworkServer(program, folder, has_tls=False)
    server.start()
    sender = Rsyslog(folder, f'type="omfwd" protocol="tcp" target="127.0.0.1" port="{server.tcp}"')
    writer = Writer(sender, "tcp", 4000)
    writer.start()
    held = []
    try:
        for _ in range(options.kills):
            time.sleep(options.rng.uniform(0.3, 1.5))
            # The server stands still for a while, then both while it is measured what is between them.
            server.process.send_signal(signal.SIGSTOP)
            time.sleep(options.rng.uniform(0, 0.3))
            sender.process.send_signal(signal.SIGSTOP)
            time.sleep(0.05)
            held.append(kernels_hold(server.tcp))
            server.kill()
            sender.process.send_signal(signal.SIGCONT)
            server.start()
        writer.finish()
        wait_until_quiet(server, "net")
    finally:
        sender.stop()
    whole, halves = complete(server, "tcp")
    doubled = [n for n, times in whole.items() if times > 1]
    assert not doubled, f"{len(doubled)} messages are stored twice, e.g. {doubled[:3]}"
    line_bytes = len(f"<133>Nov 28 10:00:00 {socket.gethostname()} app tcp-12345 ") + 80 + len(" end\n")
    lost = sum(1 for n in range(writer.count) if not whole[n])
    assert lost * line_bytes <= sum(held) + options.kills * line_bytes, \
        f"{lost} messages = {lost * line_bytes} bytes are lost, the kernels held {sum(held)}"
    return (f"{options.kills} kills, {writer.count} messages, none stored twice, {halves} halves kept; lost {lost} messages = "
            f"{lost * line_bytes} bytes; the kernels held {sum(held)} bytes in all, {max(held)} at most")


class RelpSender(threading.Thread):
    """Sends numbered messages over RELP with a window, and remembers which were answered."""

    def __init__(self, port, prefix, window=128):
        super().__init__(daemon=True)
        self.port, self.prefix, self.window = port, prefix, window
        self.answered, self.sent, self.waited_s = set(), 0, 0.0
        self.stop_event, self.problem = threading.Event(), None

    def run(self):
        try:
            self.talk()
        except (OSError, ValueError) as problem:
            self.problem = problem

    def talk(self):
        connection = socket.create_connection(("127.0.0.1", self.port), 60)
        connection.settimeout(300)
        replies = connection.makefile("rb")
        self.command(connection, 1, "open", "relp_version=0\ncommands=syslog")
        self.reply(replies)
        waiting, transaction = {}, 2
        while not self.stop_event.is_set() or waiting:
            while len(waiting) < self.window and not self.stop_event.is_set():
                self.command(connection, transaction, "syslog", f"{self.prefix}-{self.sent} {'x' * 80} end")
                waiting[transaction] = self.sent
                self.sent, transaction = self.sent + 1, transaction + 1
            started = time.time()
            number, code = self.reply(replies)
            self.waited_s += time.time() - started
            assert code == "200", f"answered {code}"
            self.answered.add(waiting.pop(number))
        self.command(connection, transaction, "close", "")
        connection.close()

    @staticmethod
    def command(connection, transaction, command, data):
        connection.sendall(f"{transaction} {command} {len(data)}{' ' if data else ''}{data}\n".encode())

    @staticmethod
    def reply(replies):
        def word():
            out = b""
            while (c := replies.read(1)) not in (b" ", b"\n", b""):
                out += c
            if not c:
                raise ValueError("the server ended the connection")
            return out.decode(), c
        number, _ = word()
        command, _ = word()
        size, end = word()
        data = replies.read(int(size) + 1) if end == b" " else b""
        if command != "rsp":
            raise ValueError(f"the server says {command}")
        return int(number), data[:3].decode()


class UdpSender(threading.Thread):
    def __init__(self, port, prefix):
        super().__init__(daemon=True)
        self.port, self.prefix, self.sent, self.stop_event = port, prefix, 0, threading.Event()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", self.port))
            while not self.stop_event.is_set():
                for _ in range(300):
                    sender.send(f"<13>{self.prefix}-{self.sent} {'x' * 80} end".encode())
                    self.sent += 1
                time.sleep(0.01)


class Brake(threading.Thread):
    """Lets the store run one fifth of the time, and at last not at all until it is taken off."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.stop_event, self.is_pulled = server, threading.Event(), False

    def run(self):
        while not self.stop_event.is_set():
            child = self.server.child()
            try:
                os.kill(child, signal.SIGSTOP)
                self.stop_event.wait(2.0)
            finally:
                if not self.is_pulled or self.stop_event.is_set():
                    os.kill(child, signal.SIGCONT)
            if not self.is_pulled:
                self.stop_event.wait(0.5)


def overload(program, folder, options):
    server = NetworkServer(program, folder, "journal: {quota_mb: 16, segment_mb: 1}\n", has_tls=False, receive_buffer_mb=1)
    server.start()
    relp = [RelpSender(server.relp, f"relp{n}") for n in range(3)]
    tcp, udp, brake = PlainSender(server.tcp, "tcp"), UdpSender(server.udp, "udp"), Brake(server)
    threads = [*relp, tcp, udp, brake]
    for thread in threads:
        thread.start()
    time.sleep(options.seconds)
    brake.is_pulled = True
    deadline = time.time() + 120
    while server.dropped("net") == 0:
        assert time.time() < deadline, "the journal takes everything though the store stands still"
        time.sleep(0.2)
    memory = server.peak_memory_mb()
    waits = sum(value for name, value in server.metrics().items() if name.startswith("vedette_source_waits_total"))
    for thread in [brake, *relp, tcp, udp]:
        thread.stop_event.set()
    for thread in threads:
        thread.join(300)
    for sender in relp:
        assert sender.problem is None, f"{sender.prefix}: {sender.problem}"
    wait_until_quiet(server, "net")
    udp_lost = server.dropped("net")
    wait_until_stored(server)
    server.stop()
    found = collections.Counter()
    name = re.compile(r"\b((?:relp\d|tcp|udp)-\d+) x+ end\b")
    for line in export(server):
        match = name.search(line) if line.startswith("event ") else None
        if match:
            found[match.group(1)] += 1
    doubled = [key for key, times in found.items() if times > 1]
    assert not doubled, f"{len(doubled)} messages are stored twice, e.g. {doubled[:3]}"
    answered = {f"{sender.prefix}-{n}" for sender in relp for n in sender.answered}
    lost = answered - set(found)
    assert not lost, f"{len(lost)} answered messages are lost, e.g. {sorted(lost)[:3]}"
    by_tcp = sum(1 for key in found if key.startswith("tcp-"))
    assert by_tcp == tcp.given, f"{by_tcp} of {tcp.given} messages over TCP are stored"
    by_udp = sum(1 for key in found if key.startswith("udp-"))
    assert by_udp + udp_lost == udp.sent, f"{udp.sent} datagrams sent, {by_udp} stored, {udp_lost} counted as dropped"
    assert waits > 0 and tcp.slowed > 0, "nobody was slowed: this was no overload"
    assert memory < options.memory_mb, f"the process used {memory} MB"
    return (f"{options.seconds:g} s: {len(answered)} answered over RELP (waited {sum(s.waited_s for s in relp):.0f} s for answers), "
            f"{by_tcp} over TCP (held up {tcp.slowed} times), none lost or doubled; {udp.sent} datagrams = {by_udp} stored + "
            f"{udp_lost} counted as dropped; {waits} times the journal had no room; {memory} MB")


CASES = [relp_kill, tcp_kill, tcp_kill_rsyslog, overload]


def end_servers():
    for server in NetworkServer.made:
        if server.process and server.process.poll() is None:
            server.kill()
    NetworkServer.made.clear()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vedette")
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--memory-mb", type=int, default=300, help="of the server's process; one with sanitizers needs 1500")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    options.rng = random.Random(options.seed)

    def run(case):
        with tempfile.TemporaryDirectory(prefix="vedette-network-kill-") as folder:
            try:
                return case(os.path.abspath(options.vedette), folder, options)
            finally:
                end_servers()

    return run_cases(CASES, options.cases, run, f" (seed {options.seed})")


if __name__ == "__main__":
    sys.exit(main())
