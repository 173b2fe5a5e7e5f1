# SPDX-License-Identifier: Apache-2.0
"""What honest people and things do, each in a thread of its own, until the recording is over."""

import random
import subprocess
import threading

import machine
import peers
from browser import Browser
from people import at, by_key, by_password, with_sudo

_SHOP = f"http://{peers.SHOP}"
_CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
_LOOKED_UP = ("shop.larch.example", "mirror.packages.example", "api.weather.example", "time.example",
              "mail.post.example", "www.woodworkers.example", "iot-1.larch.example", "news.timber.example",
              "web-1.larch.example")
_MISSING = "wpad.larch.example"
NAMES = {*_LOOKED_UP, _MISSING}  # whoever asks for one of these is honest
VISITS = []  # of every visit to the shop what went wrong, or nothing
_ROUNDS_MAX = 400  # of any of the loops below, whatever happens


def office(is_over):
    """People who log in with keys and passwords, mistype, and use sudo."""
    alice, bob, carol, support = (peers.PASSWORDS[name] for name in ("alice", "bob", "carol", "support"))
    for number in range(_ROUNDS_MAX):
        by_key("build", "deploy", "mkdir -p release && date > release/stamp && sleep 1")
        by_key("desk-alice", "alice", "uptime; ls; df -h /")
        by_password("desk-bob", "bob", ["kaffe!und!kuchen!81", bob] if number % 3 == 1 else [bob],
                    "ls -la; who; sleep 2")
        if number % 6 == 0:
            by_password("desk-alice", "alcie", ["x", "x"], "true")  # a slip of the fingers
            by_password("desk-carol", "carol", [carol], with_sudo("-k id", "systemctl --version"),
                        typed=f"Lampe.Segel.Moos\n{carol}\n{carol}\n")
        if number % 6 == 1:
            by_key("travel", "alice", "df -h; ps aux | head -n 3; sleep 2")
            by_key("desk-alice", "alice", with_sudo("tail -n 3 /var/log/auth.log", "ls /etc/cron.d"), "-tt", stdin=None,
                   input=f"{alice}\n{alice}\n".encode())
        if number % 6 == 2:
            by_password("desk-carol", "support", [support], "cat /etc/hostname; ls; tail -n 2 /etc/services")
            by_password("desk-carol", "carol", ["Lampe.Segel.Moos.4", "Lampe Segel Moos 5", carol],
                        "cat /etc/hostname; id")
        if number % 6 == 3:
            by_password("desk-carol", "carol", [carol],
                        with_sudo("crontab -l -u root", "cat /etc/crontab", "/usr/local/bin/backup-shop"),
                        typed=f"{carol}\n" * 3)
        if number % 6 == 4:
            by_key(
                "desk-alice", "alice",
                "grep -c GET /var/log/nginx/access.log; ss -tln; netstat -rn; uname -r; curl -sI "
                f"{_SHOP}/ | head -n 1")
        if is_over.wait(26):
            return


def visitors(is_over):
    """People with a browser who look around, search, sign in and buy."""
    chance = random.Random(11)
    places = ("visitor-1", "visitor-2", "visitor-3", "travel")
    customers = (("ines.harder@post.example", "Regenbogen7"), ("jon.fell@post.example", "hobel-und-saege"),
                 ("mara.lind@post.example", "lindwurm1987"))
    for number in range(_ROUNDS_MAX):
        place = places[number % len(places)]
        try:
            with Browser(machine.as_peer(place), f"{place}-{number}", _CHROME.format(155 + number % 2), 90) as browser:
                browser.open(f"{_SHOP}/")
                is_over.wait(chance.uniform(1, 4))
                browser.submit(
                    "header form", q=chance.choice(["larch", "saw", "oil", "O'Brien", "10 mm", "stool",
                                                    "select"][:3 + number % 5]))
                is_over.wait(chance.uniform(1, 4))
                browser.open(f"{_SHOP}/product?id={chance.randint(1, 12)}")
                if number % 2 == 0:
                    email, password = customers[number // 2 % 3]
                    browser.open(f"{_SHOP}/login")
                    if number % 4 == 2:
                        browser.submit("#login", email=email, password=password.upper())  # capitals locked
                    browser.submit("#login", email=email, password=password)
                    browser.open(f"{_SHOP}/product?id={chance.randint(1, 12)}")
                    is_over.wait(chance.uniform(1, 3))
                    browser.submit("#buy")
                elif number % 4 == 1:
                    browser.open(f"{_SHOP}/old-catalogue.pdf")  # a link that is out of date
                browser.open(f"{_SHOP}/about")
            VISITS.append("")
        except (TimeoutError, OSError, RuntimeError, KeyError) as error:
            VISITS.append(repr(error))  # a browser that a busy machine did not bring up; the next one will come
        if is_over.wait(chance.uniform(14, 28)):
            return


def monitoring(is_over):
    """Health checks, and once in a while a look at the page itself."""
    for number in range(_ROUNDS_MAX):
        at("mon-1", "curl", "-s", "-m", "5", "-A", "shop-monitor/1.4", f"{_SHOP}/api/health")
        if number % 5 == 4:
            at("mon-1", "curl", "-s", "-m", "5", "-A", "shop-monitor/1.4", f"{_SHOP}/")
        if is_over.wait(15):
            return


def names(is_over):
    """Machines of the office look up what they need; some names do not exist."""
    chance = random.Random(7)
    for number in range(_ROUNDS_MAX):
        desk = chance.choice(("desk-alice", "desk-bob", "desk-carol", "build", "mon-1", "web-1"))
        name = _MISSING if number % 17 == 16 else chance.choice(_LOOKED_UP)
        at(desk, "dig", "+short", "+time=2", "+tries=1", name, chance.choice(("A", "A", "AAAA", "MX", "TXT")))
        if is_over.wait(chance.uniform(4, 9)):
            return


def things(is_over):
    """Thermometers publish, a lock waits for commands of the doorkeeper's machine, a display listens."""
    broker = peers.address("iot-1")
    chance = random.Random(5)
    listeners = [
        subprocess.Popen(machine.as_peer(peer, "mosquitto_sub", "-h", broker, "-i", identity, "-k", "30", "-t", topic),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for peer, identity, topic in (("lock-1", "lock-1", "building/door/main/command"), ("mon-1", "display-hall",
                                                                                           "building/+/temperature"))
    ]
    for number in range(_ROUNDS_MAX):
        for thing in ("thermo-1", "thermo-2"):
            at(thing, "mosquitto_pub", "-h", broker, "-i", thing, "-t", f"building/{thing}/temperature", "-m",
               f'{{"celsius": {chance.uniform(19, 22):.1f}}}')
        if number % 8 == 4:
            at("mon-1", "mosquitto_pub", "-h", broker, "-i", "doorkeeper", "-t", "building/door/main/command", "-m",
               '{"action": "unlock", "seconds": 5}')
            at("lock-1", "mosquitto_pub", "-h", broker, "-i", "lock-1-state", "-t", "building/door/main/state", "-m",
               '{"state": "unlocked"}')
        if is_over.wait(15):
            break
    for process in listeners:
        process.terminate()
        process.wait()


def begin(is_over):
    """Starts all of them; gives back their threads."""
    threads = [
        threading.Thread(target=what, args=(is_over, )) for what in (office, visitors, monitoring, names, things)
    ]
    for thread in threads:
        thread.start()
    return threads
