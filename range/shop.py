#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small shop behind nginx, with one hole made on purpose: the search pastes what it is asked into its SQL.

Never run this where anybody can reach it: it is the thing that is attacked in the recording. One line of JSON (ECS names)
for each request goes to its log.

    shop.py DATABASE LOG PORT"""

import datetime
import hashlib
import html
import http.server
import json
import secrets
import socket
import sqlite3
import sys
import threading
import time
import urllib.parse
from http.cookies import SimpleCookie

_BODY_BYTES_MAX = 10_000
_PRODUCTS = (("Larch board 200 x 20", "timber", 18.9), ("Larch batten 300 x 4", "timber", 6.4),
             ("Oak dowel 10 mm", "timber", 2.1), ("Hand plane", "tools", 74.0), ("Marking gauge", "tools", 21.5),
             ("Japanese saw", "tools", 38.0), ("Linseed oil 1 l", "finish", 15.8), ("Beeswax 250 g", "finish", 9.9),
             ("Shellac flakes", "finish", 12.4), ("Workbench, beech", "furniture", 690.0),
             ("Three-legged stool", "furniture", 58.0), ("Wall shelf", "furniture", 44.5))
_CUSTOMERS = (("ines.harder@post.example", "Ines Harder",
               "Regenbogen7"), ("jon.fell@post.example", "Jon Fell", "hobel-und-saege"), ("mara.lind@post.example",
                                                                                          "Mara Lind", "lindwurm1987"),
              ("tomas.beck@post.example", "Tomas Beck", "kein.passwort"), ("office@larch.example", "Shop office",
                                                                           "Fichtenharz-22"))


def _hash(password):
    return hashlib.sha1(password.encode()).hexdigest()  # as an old shop would


def fill(path):
    """A new database with the products and customers above and 900 orders."""
    database = sqlite3.connect(path)
    database.executescript("""
        CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, kind TEXT, price REAL);
        CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, name TEXT, password_sha1 TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, product_id INTEGER, pieces INTEGER, placed TEXT);"""
                           )
    database.executemany("INSERT INTO product (name, kind, price) VALUES (?, ?, ?)", _PRODUCTS)
    database.executemany("INSERT INTO users (email, name, password_sha1) VALUES (?, ?, ?)",
                         [(email, name, _hash(password)) for email, name, password in _CUSTOMERS])
    database.executemany(
        "INSERT INTO orders (user_id, product_id, pieces, placed) VALUES (?, ?, ?, ?)",
        [(n % 5 + 1, n * 7 % 12 + 1, n % 4 + 1, f"2026-{n % 11 + 1:02d}-{n * 31 % 27 + 1:02d} {n * 7919 % 86400:05d}")
         for n in range(900)])
    database.commit()
    database.close()


def page(title, body, user):
    who = f"Signed in as {html.escape(user)}" if user else '<a href="/login">Sign in</a>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - Larch</title>'
        '<link rel="stylesheet" href="/static/shop.css"><script src="/static/shop.js" defer></script></head>'
        f'<body><header><img src="/static/logo.svg" alt="Larch" width="40"><a href="/">Home</a> <a href="/about">About</a> '
        f'<a href="/basket">Basket</a> {who}<form action="/search"><input name="q"><button>Search</button></form></header>'
        f'<main><h1>{title}</h1>{body}</main><footer>Larch, timber and tools</footer></body></html>')


class Shop:
    """What the pages do; one lock for all, because it is a small shop."""
    def __init__(self, path):
        self.database = sqlite3.connect(path, check_same_thread=False)
        self.lock = threading.Lock()
        self.sessions, self.baskets = {}, {}

    def rows(self, sql, *values):
        with self.lock:
            return self.database.execute(sql, values).fetchall()

    def search(self, words):
        return self.rows(f"SELECT id, name, price FROM product WHERE name LIKE '%{words}%' ORDER BY name")  # the hole

    def listed(self, rows):
        return "<ul>" + "".join(f'<li><a href="/product?id={row[0]}">{html.escape(str(row[1]))}</a> '
                                f'{html.escape(str(row[2]))} EUR</li>' for row in rows) + "</ul>"

    def sign_in(self, email, password):
        found = self.rows("SELECT email FROM users WHERE email = ? AND password_sha1 = ?", email, _hash(password))
        if not found:
            return None
        session = secrets.token_hex(12)
        self.sessions[session] = found[0][0]
        return session


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shop, log = None, None

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="text/html; charset=utf-8", **headers):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data if self.command != "HEAD" else b"")
        self.status = status

    def session(self):
        cookie = SimpleCookie(self.headers.get("Cookie", ""))
        return cookie["session"].value if "session" in cookie else ""

    def serve(self, form):
        parts = urllib.parse.urlsplit(self.path)
        query = {name: values[0] for name, values in urllib.parse.parse_qs(parts.query).items()}
        user = self.shop.sessions.get(self.session(), "")
        self.note["user.email"] = user or None
        answer = {
            "/": self.home, "/search": self.search, "/product": self.product, "/about": self.about,
            "/login": self.login, "/basket": self.basket, "/api/products": self.products, "/api/health": self.health
        }.get(parts.path)
        if answer:
            answer(user, query, form)
        else:
            self.answer(404, page("Not found", "<p>There is no such page.</p>", user))

    def home(self, user, *_):
        self.answer(
            200, page("Timber and tools", self.shop.listed(self.shop.rows("SELECT id, name, price FROM product")),
                      user))

    def about(self, user, *_):
        self.answer(200, page("About us", "<p>We plane, saw and sell since 1987.</p>", user))

    def search(self, user, query, _):
        words = query.get("q", "")
        found = self.shop.search(words)
        self.answer(
            200, page("Search", f"<p>{len(found)} found for {html.escape(words)}</p>" + self.shop.listed(found), user))

    def product(self, user, query, _):
        wanted = query.get("id", "")
        rows = self.shop.rows("SELECT id, name, price FROM product WHERE id = ?",
                              int(wanted)) if wanted.isdigit() else []
        if not rows:
            self.answer(404, page("Not found", "<p>We do not sell that.</p>", user))
            return
        buy = (f'<form method="post" action="/basket" id="buy"><input type="hidden" name="id" value="{rows[0][0]}">'
               "<button>Put into the basket</button></form>")
        self.answer(200, page(html.escape(rows[0][1]), f"<p>{rows[0][2]} EUR</p>" + buy, user))

    def login(self, user, _, form):
        if self.command == "POST":
            email = form.get("email", "")
            session = self.shop.sign_in(email, form.get("password", ""))
            self.note.update({
                "event.action": "user_login", "event.category": "authentication", "user.email": email,
                "event.outcome": "success" if session else "failure"
            })
            if session:
                self.answer(303, "", Location="/", Set_Cookie=f"session={session}; HttpOnly; SameSite=Lax")
                return
        self.answer(
            200 if self.command != "POST" else 401,
            page(
                "Sign in",
                '<form method="post" action="/login" id="login"><input name="email"><input name="password" type="password">'
                "<button>Sign in</button></form>", user))

    def basket(self, user, _, form):
        basket = self.shop.baskets.setdefault(self.session(), [])
        if self.command == "POST" and form.get("id", "").isdigit():
            basket.append(int(form["id"]))
        self.answer(200, page("Your basket", f"<p>{len(basket)} pieces</p>", user))

    def products(self, *_):
        rows = self.shop.rows("SELECT id, name, kind, price FROM product")
        self.answer(200, json.dumps([dict(zip(("id", "name", "kind", "price"), row)) for row in rows]),
                    "application/json")

    def health(self, *_):
        self.answer(200, '{"status":"ok"}', "application/json")

    def do_GET(self):
        begin, self.status = time.monotonic(), 0
        source = self.headers.get("X-Real-IP", self.client_address[0])
        self.note = {"event.action": "http_request", "event.category": "web", "event.outcome": None}
        failure = None
        try:
            length = min(int(self.headers.get("Content-Length") or 0), _BODY_BYTES_MAX)
            form = {name: values[0] for name, values in urllib.parse.parse_qs(self.rfile.read(length).decode()).items()}
            self.serve(form)
        except (sqlite3.Error, sqlite3.Warning) as error:
            failure = error
            self.answer(500, page("Something went wrong", f"<pre>{html.escape(str(error))}</pre>", ""))
        except (ValueError, UnicodeError):
            self.answer(400, "bad request", "text/plain")
        self.write_log(source, failure, time.monotonic() - begin)

    do_POST = do_HEAD = do_GET

    def write_log(self, source, failure, seconds):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        path = urllib.parse.urlsplit(self.path).path
        record = {
            "@timestamp": now, "log.level": "error" if failure else "info",
            "message": f"{self.command} {path} {self.status}", "ecs.version": "8.17.0", "event.dataset": "shop.app",
            "service.name": "shop", "host.name": socket.gethostname(), "source.ip": source,
            "http.request.method": self.command, "url.original": self.path, "url.path": path,
            "http.response.status_code": self.status, "event.duration": int(seconds * 1e9), **self.note
        }
        record["event.outcome"] = record["event.outcome"] or ("failure" if self.status >= 400 else "success")
        if failure:
            record.update({"error.type": f"sqlite3.{type(failure).__name__}", "error.message": str(failure)})
        with self.shop.lock:
            self.log.write(json.dumps({name: value for name, value in record.items() if value is not None}) + "\n")
            self.log.flush()


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    Handler.shop = Shop(sys.argv[1])
    with open(sys.argv[2], "a", encoding="utf-8") as log:
        Handler.log = log
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), Handler).serve_forever()


if __name__ == "__main__":
    main()
