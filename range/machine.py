# SPDX-License-Identifier: Apache-2.0
"""The machines of the recording: copies and empty folders over everything that programs write to, and for every peer a
network namespace with one address and one wire to a gateway that has no other way out."""

import os
import pathlib
import shutil
import subprocess

import peers

# What stays visible of the machine's own tree; everything else at the top becomes empty.
_SYSTEM = {"bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "sys", "usr", "var"}
_EMPTY = ("/var/log", "/var/mail", "/var/lib/sudo", "/var/tmp", "/var/spool", "/var/cache/bind", "/var/backups",
          "/var/lib/nginx", "/var/www", "/usr/local", "/usr/src")
RANGE = "/srv/range"
PYTHON = "/usr/bin/python3"  # Debian's own: another may lie in a folder that is hidden
CODE = f"{RANGE}/code"
_HERE = pathlib.Path(__file__).resolve().parent

# Runs a command as one machine: its own host name, log folder and log socket.
_ENTER = """\
#!/bin/sh
host=$1
shift
hostname "$host"
mount --bind "/srv/range/hosts/$host/log" /var/log
mount --bind "/srv/range/hosts/$host/socket" /run/log
exec "$@"
"""
# New connections are logged, by the packet filter itself; from outside only two ports of one machine are open.
_FILTER = f"""\
table ip perimeter {{
    set outside {{ type ipv4_addr; flags interval; elements = {{ 198.51.100.0/24, 203.0.113.0/24, 192.0.2.192/26 }} }}
    chain forward {{
        type filter hook forward priority 0; policy accept;
        ct state established,related accept
        ip saddr @outside ip daddr {peers.address("web-1")} tcp dport {{ 22, 80 }} ct state new log prefix "fw-accept" group 1 queue-threshold 1 accept
        ip saddr @outside ip daddr @outside accept
        ip saddr @outside log prefix "fw-deny" group 1 queue-threshold 1 drop
        ct state new log prefix "fw-accept" group 1 queue-threshold 1 accept
    }}
}}
"""


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options)


def write(path, text, mode=0o644):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.chmod(path, mode)


def _make_devices(scratch):
    dev = f"{scratch}/dev"
    os.mkdir(dev)
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", dev)
    os.mkdir(f"{dev}/net")
    for name in ("null", "zero", "full", "random", "urandom", "tty", "net/tun"):
        pathlib.Path(f"{dev}/{name}").touch()
        run("mount", "--bind", f"/dev/{name}", f"{dev}/{name}")
    for name in ("pts", "shm"):
        os.mkdir(f"{dev}/{name}")
    os.chmod(f"{dev}/shm", 0o1777)
    run("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620,gid=5", "devpts", f"{dev}/pts")
    os.symlink("pts/ptmx", f"{dev}/ptmx")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{dev}/{name}")
    os.symlink("/proc/self/fd", f"{dev}/fd")
    os.symlink("/run/log/socket", f"{dev}/log")
    run("mount", "--move", dev, "/dev")


def _forget_people():
    """Only the system's own users stay in the copy of /etc."""
    people = {
        line.split(":")[0]
        for line in pathlib.Path("/etc/passwd").read_text().splitlines() if 1000 <= int(line.split(":")[2]) < 65000
    }
    for name in ("passwd", "shadow", "group", "gshadow", "subuid", "subgid"):
        path = pathlib.Path(f"/etc/{name}")
        if path.exists():
            path.write_text("".join(line for line in path.read_text().splitlines(True)
                                    if line.split(":")[0] not in people))


def hide_the_machine(scratch):
    """After this nothing of the machine can be seen or written but its programs."""
    run("mount", "--make-rprivate", "/")
    code = {path.name: path.read_text() for path in _HERE.glob("*.py")}
    etc = f"{scratch}/etc"
    shutil.copytree("/etc", etc, symlinks=True)
    run("mount", "--bind", etc, "/etc")
    # Neither jobs nor rules nor logins of the machine itself.
    for folder in ("cron.d", "cron.hourly", "cron.daily", "cron.weekly", "cron.monthly", "sudoers.d", "profile.d"):
        shutil.rmtree(f"/etc/{folder}", ignore_errors=True)
        os.makedirs(f"/etc/{folder}", mode=0o755)
    write(
        "/etc/sudoers", "Defaults syslog_pid\nDefaults secure_path=/usr/sbin:/usr/bin:/sbin:/bin\n"
        "root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n", 0o440)
    _forget_people()
    write("/etc/crontab", "")
    write("/etc/environment", "")
    _make_devices(scratch)
    tops = [
        f"/{entry.name}" for entry in os.scandir("/")
        if entry.is_dir(follow_symlinks=False) and entry.name not in _SYSTEM
    ]
    for folder in filter(os.path.isdir, {*tops, "/srv", "/root", "/run", "/tmp", *_EMPTY}):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    run("mount", "-o", "remount,bind,ro", "/")
    for folder in ("/tmp", "/var/tmp", "/var/mail"):
        os.chmod(folder, 0o1777)
    for folder in ("/run/sshd", "/run/lock", "/run/sudo", "/run/log", "/run/named", "/var/spool/cron/crontabs",
                   "/usr/local/bin", "/usr/local/sbin", RANGE):
        os.makedirs(folder, mode=0o755, exist_ok=True)
    shutil.chown("/var/spool/cron/crontabs", "root", "crontab")
    os.chmod("/var/spool/cron/crontabs", 0o1730)
    write("/run/utmp", "")
    write(f"{RANGE}/enter", _ENTER, 0o755)
    for name, text in code.items():
        write(f"{CODE}/{name}", text)


def make_network():
    """One wire from every peer to the gateway, which forwards and logs; routes are by single addresses."""
    run("hostname", "gw-1")
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", f"{peers.GATEWAY}/32", "dev", "lo")
    pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    names = "".join(f"{peer.address} {peer.name}\n" for peer in peers.PEERS.values() if peer.side == "honest")
    for number, peer in enumerate(peers.PEERS.values()):
        name = peer.name
        run("ip", "netns", "add", name)
        run("ip", "link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", f"port{number}", "up")
        run("ip", "route", "add", f"{peer.address}/32", "dev", f"port{number}", "src", peers.GATEWAY)
        # Else every wire begins with the neighbours' talk of version 6.
        run("ip", "netns", "exec", name, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        inside = ("ip", "-n", name)
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "set", "eth0", "up")
        run(*inside, "addr", "add", f"{peer.address}/32", "dev", "eth0")
        run(*inside, "route", "add", f"{peers.GATEWAY}/32", "dev", "eth0", "src", peer.address)
        run(*inside, "route", "add", "default", "via", peers.GATEWAY, "dev", "eth0", "src", peer.address)
        is_inside = peer.address.startswith("10.") or name == "web-1"
        resolver = f"nameserver {peers.address('dns-1')}\nsearch {peers.ZONE}\n" if is_inside else ""
        write(f"/etc/netns/{name}/resolv.conf", resolver)
        known = f"127.0.0.1 localhost\n{peers.address('web-1')} {peers.SHOP}\n" + (names if is_inside else "")
        write(f"/etc/netns/{name}/hosts", known)
        write(f"/etc/netns/{name}/hostname", name + "\n")
    for name in (*peers.PEERS, "gw-1"):
        for folder in ("log", "socket"):
            os.makedirs(f"{RANGE}/hosts/{name}/{folder}", mode=0o755)
        for file in ("lastlog", "wtmp", "btmp"):  # else sshd complains of what every machine has
            write(f"{RANGE}/hosts/{name}/log/{file}", "", 0o660)
            shutil.chown(f"{RANGE}/hosts/{name}/log/{file}", "root", "utmp")
    run("nft", "-f", "-", input=_FILTER)


def as_peer(name, *command):
    """The command line that runs a command on a peer."""
    if name == "gw-1":
        return ["unshare", "--mount", f"{RANGE}/enter", name, *command]
    return ["ip", "netns", "exec", name, "unshare", "--uts", f"{RANGE}/enter", name, *command]


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def logs(host):
    return pathlib.Path(f"{RANGE}/hosts/{host}/log")


def make_users():
    for user in peers.USERS:
        groups = ["-G", "sudo"] if user.may_sudo else []
        run("useradd", "-m", "-s", "/bin/bash", *groups, user.name)
        run("chpasswd", input=f"{user.name}:{user.password}\n")
    for key in pathlib.Path("/etc/ssh").glob("ssh_host_*"):
        key.unlink()  # the machine's own, in the copy of /etc
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "/etc/ssh/ssh_host_ed25519_key")
    for user in peers.USERS:
        if not user.has_key:
            continue
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", user.name, "-f", f"/root/{user.name}.key")
        folder = f"/home/{user.name}/.ssh"
        os.mkdir(folder, 0o700)
        shutil.copy(f"/root/{user.name}.key.pub", f"{folder}/authorized_keys")
        run("chown", "-R", f"{user.name}:", folder)
