# SPDX-License-Identifier: Apache-2.0
"""The servers that are recorded: their configuration, and how they are started."""

import glob
import os
import pathlib
import shutil
import subprocess
import sys
import time

import machine
import peers
import shop

WEB, DNS, LOG, IOT = (peers.address(name) for name in peers.SERVERS)
_BASE = machine.RANGE
AUDIT_LOG = "/var/log/audit/audit.log"
FORKS = f"{_BASE}/forks.jsonl"

# What Debian's own configuration does, with every line sent to the log host as well.
_RSYSLOG = f"""\
module(load="imuxsock" SysSock.Name="/run/log/socket")
$WorkDirectory /run
auth,authpriv.* /var/log/auth.log
cron.* /var/log/cron.log
*.*;auth,authpriv,cron.none /var/log/syslog
action(type="omfwd" target="{LOG}" port="514" protocol="tcp" template="RSYSLOG_ForwardFormat" action.resumeRetryCount="-1")
"""
_RSYSLOG_COLLECTOR = """\
module(load="imtcp")
$WorkDirectory /run
template(name="auth" type="string" string="/var/log/remote/%HOSTNAME%/auth.log")
template(name="cron" type="string" string="/var/log/remote/%HOSTNAME%/cron.log")
template(name="rest" type="string" string="/var/log/remote/%HOSTNAME%/syslog.log")
input(type="imtcp" port="514" ruleset="remote")
ruleset(name="remote") {
    if prifilt("auth,authpriv.*") then { action(type="omfile" dynaFile="auth" template="RSYSLOG_FileFormat") stop }
    if prifilt("cron.*") then { action(type="omfile" dynaFile="cron" template="RSYSLOG_FileFormat") stop }
    action(type="omfile" dynaFile="rest" template="RSYSLOG_FileFormat")
}
"""
_PLUGINS = "".join(f'plugin="{path}"\n' for part in ("inppkt_NFLOG", "raw2packet_BASE", "filter_IFINDEX",
                                                     "filter_IP2STR", "filter_PRINTPKT", "output_SYSLOG")
                   for path in glob.glob(f"/usr/lib/*/ulogd/ulogd_{part}.so"))
_ULOGD = f"""\
[global]
logfile="{_BASE}/ulogd.txt"
{_PLUGINS}stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,sys1:SYSLOG
[log1]
group=1
[sys1]
facility=LOG_LOCAL0
level=LOG_WARNING
"""
_SSHD = """\
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM yes
KbdInteractiveAuthentication no
PasswordAuthentication yes
PermitRootLogin prohibit-password
X11Forwarding no
PrintMotd no
UseDNS no
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
"""
_NGINX = f"""\
user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    access_log /var/log/nginx/access.log combined;
    server_tokens off;
    client_max_body_size 1m;
    client_body_temp_path {_BASE}/nginx-body;
    proxy_temp_path {_BASE}/nginx-proxy;
    fastcgi_temp_path {_BASE}/nginx-fastcgi;
    uwsgi_temp_path {_BASE}/nginx-uwsgi;
    scgi_temp_path {_BASE}/nginx-scgi;
    server {{
        listen {WEB}:80;
        server_name {peers.SHOP};
        location /static/ {{ root /srv/shop; }}
        location = /favicon.ico {{ root /srv/shop/static; }}
        location = /robots.txt {{ root /srv/shop/static; }}
        location / {{
            proxy_pass http://127.0.0.1:8000;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
        }}
    }}
}}
"""
_STATIC = {
    "shop.css": "body { font-family: sans-serif; margin: 2em; background: url(grain.svg) }\nheader * { margin-right: 1em }\n",
    "shop.js": "fetch('/api/products').then(a => a.json()).then(all => { document.title += ' (' + all.length + ')' })\n",
    "logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M5 0 9 9H1z" fill="#385"/></svg>\n',
    "grain.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="4"><path d="M0 2h40" stroke="#eed"/></svg>\n',
    "robots.txt": "User-agent: *\nDisallow: /basket\n",
}
_NAMED = f"""\
options {{
    directory "/run/named";
    listen-on {{ {DNS}; }};
    listen-on-v6 {{ none; }};
    allow-query {{ 10.20.0.0/24; {WEB}; }};
    recursion yes;
    dnssec-validation no;
    empty-zones-enable no;
    notify no;
    pid-file "/run/named/named.pid";
    session-keyfile "/run/named/session.key";
    managed-keys-directory "/run/named";
}};
controls {{ }};
logging {{
    channel query {{ file "/var/log/named/query.log"; print-time iso8601-utc; print-category yes; print-severity yes; severity info; }};
    category queries {{ query; }};
    category query-errors {{ query; }};
    category security {{ query; }};
    category default {{ null; }};
}};
zone "{peers.ZONE}" {{ type master; file "{_BASE}/zone.larch"; }};
zone "example" {{ type master; file "{_BASE}/zone.example"; }};
zone "." {{ type master; file "{_BASE}/zone.root"; }};
"""
_ZONE = """\
$TTL 60
@ IN SOA ns root 1 3600 600 86400 60
@ IN NS ns
"""
# What looks like the rest of the internet: some names that resolve, and the attacker's zone with a server of its own.
_EXAMPLE = _ZONE + f"""\
ns IN A {DNS}
mirror.packages IN A 198.51.100.10
api.weather IN A 198.51.100.11
time IN A 198.51.100.12
www.woodworkers IN A 198.51.100.13
mail.post IN A 198.51.100.14
news.timber IN A 198.51.100.15
larch IN NS ns.larch
ns.larch IN A {DNS}
cdn-metrics IN NS ns.cdn-metrics
ns.cdn-metrics IN A {peers.address("control")}
"""
_MOSQUITTO = f"""\
listener 1883 {IOT}
allow_anonymous true
log_dest syslog
log_type all
"""
_BACKUP = """\
#!/bin/sh
# Keeps the last three copies of the shop's database.
set -e
folder=/var/backups/shop
mkdir -p $folder
cp /srv/shop/shop.db $folder/shop-$(date +%H%M%S).db
tar -czf $folder/shop.tar.gz -C /srv/shop static
ls -1t $folder/shop-*.db | tail -n +4 | xargs -r rm -f
logger -t backup-shop "copied the database of the shop"
"""
_CHECK = """\
#!/bin/sh
curl -s -m 5 -H 'Host: shop.larch.example' http://192.0.2.10/api/health >/dev/null || logger -t shop-check -p daemon.err "the shop does not answer"
"""
_CRON = """\
SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
* * * * * www-data /usr/local/bin/check-shop
*/3 * * * * root /usr/local/bin/backup-shop
"""


def configure():
    """Writes all configuration, zones, static files, scripts and the database."""
    write = machine.write
    write(f"{_BASE}/rsyslog.conf", _RSYSLOG)
    write(f"{_BASE}/rsyslog-collector.conf", _RSYSLOG_COLLECTOR)
    write(f"{_BASE}/ulogd.conf", _ULOGD)
    write("/etc/ssh/sshd_config", _SSHD)
    write("/etc/nginx/nginx.conf", _NGINX)
    write("/etc/bind/named.conf", _NAMED)
    write("/etc/mosquitto/mosquitto.conf", _MOSQUITTO)
    write(
        f"{_BASE}/zone.root", "$TTL 60\n@ IN SOA ns.example. root.example. 1 3600 600 86400 60\n@ IN NS ns.example.\n"
        f"example. IN NS ns.example.\nns.example. IN A {DNS}\n")
    write(f"{_BASE}/zone.example", _EXAMPLE)
    hosts = "".join(f"{peer.name} IN A {peer.address}\n" for peer in peers.PEERS.values()
                    if peer.address.startswith("10.") or peer.name == "web-1")
    write(f"{_BASE}/zone.larch", _ZONE + f"ns IN A {DNS}\nshop IN A {WEB}\n{hosts}")
    for name, text in _STATIC.items():
        write(f"/srv/shop/static/{name}", text)
    shutil.copy(f"{machine.CODE}/shop.py", "/srv/shop/shop.py")
    shop.fill("/srv/shop/shop.db")
    shutil.chown("/srv/shop/shop.db", "www-data", "www-data")
    shutil.chown("/srv/shop", "www-data", "www-data")
    write("/usr/local/bin/backup-shop", _BACKUP, 0o755)
    write("/usr/local/bin/check-shop", _CHECK, 0o755)
    write("/etc/cron.d/shop", _CRON)
    for host, folder, user in (("web-1", "nginx", "root"), ("web-1", "shop", "www-data"), ("web-1", "audit", "root"),
                               ("dns-1", "named", "bind"), ("log-1", "remote", "root")):
        path = machine.logs(host) / folder
        os.makedirs(path, mode=0o755)
        shutil.chown(path, user)
    shutil.chown("/run/named", "bind")


def _wait_for(is_there, what):
    for _ in range(200):
        if is_there():
            return
        time.sleep(0.1)
    said = pathlib.Path(f"{_BASE}/errors.txt")
    sys.exit(f"record: {what} did not come up\n" + (said.read_text()[-3000:] if said.exists() else ""))


class Servers:
    """All of them, and the tracers of those whose programs are written down."""
    def __init__(self):
        self.started = []

    def start(self, host, *command, traced=False):
        if traced:
            command = (machine.PYTHON, f"{machine.CODE}/exec_tracer.py", AUDIT_LOG, FORKS, *command)
        self.started.append(
            subprocess.Popen(
                machine.as_peer(host, *command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=open(f"{_BASE}/errors.txt", "a", encoding="utf-8"), cwd="/",
                env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}))

    def start_all(self):
        configure()
        self.start("log-1", "rsyslogd", "-n", "-f", f"{_BASE}/rsyslog-collector.conf", "-i", "/run/rsyslogd-log.pid")
        _wait_for(lambda: self._answers("nc", "-z", LOG, "514", peer="web-1"), "the log host")
        for host in ("web-1", "gw-1", "iot-1"):
            self.start(host, "rsyslogd", "-n", "-f", f"{_BASE}/rsyslog.conf", "-i", f"/run/rsyslogd-{host}.pid")
            _wait_for(lambda host=host: os.path.exists(f"{_BASE}/hosts/{host}/socket/socket"), f"rsyslogd of {host}")
        self.start("gw-1", "ulogd", "-c", f"{_BASE}/ulogd.conf")
        self.start("dns-1", "named", "-f", "-4", "-u", "bind")
        self.start("iot-1", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
        self.start("web-1", "runuser", "-u", "www-data", "--", "python3", "/srv/shop/shop.py", "/srv/shop/shop.db",
                   "/var/log/shop/app.json", "8000", traced=True)
        _wait_for(lambda: self._answers("curl", "-fs", "-m", "2", "http://127.0.0.1:8000/about", peer="web-1"),
                  "the shop")
        self.start("web-1", "nginx", "-g", "daemon off;", traced=True)
        self.start("web-1", "cron", "-f", traced=True)
        self.start("web-1", "/usr/sbin/sshd", "-D", traced=True)
        _wait_for(lambda: "listening" in self._text("auth.log"), "sshd")
        _wait_for(lambda: self._answers("curl", "-fs", "-m", "2", f"http://{peers.SHOP}/about"), "nginx")
        _wait_for(lambda: self._answers("dig", "+short", "+time=1", "+tries=1", f"web-1.{peers.ZONE}"), "named")
        _wait_for(
            lambda: self._answers("mosquitto_pub", "-h", IOT, "-i", "mon-1-start", "-t", "building/start", "-m", "1"),
            "mosquitto")

    @staticmethod
    def _text(name):
        path = machine.logs("web-1") / name
        return path.read_text() if path.exists() else ""

    @staticmethod
    def _answers(*command, peer="mon-1"):
        return subprocess.run(machine.as_peer(peer, *command), capture_output=True, check=False,
                              timeout=20).returncode == 0

    def stop(self):
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
