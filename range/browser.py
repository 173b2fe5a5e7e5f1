# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that is led through pages by its DevTools pipe: JSON with a NUL behind, on file descriptors 3 and 4."""

import fcntl
import json
import os
import select
import subprocess
import time

_HIGH = 50  # the lowest number of an inherited pipe's end


class Browser:
    def __init__(self, as_peer, name, user_agent, seconds_max=60):
        to_read, to_write = os.pipe(), os.pipe()
        self.out, self.back = to_read[1], to_write[0]
        # The shell gives the inherited ends the numbers that Chromium wants, which therefore must be free: theirs are high.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, _HIGH) for end in (to_read[0], to_write[1])]
        start = (
            f"exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
            f"--disable-background-networking --disable-component-update --disable-sync --disable-extensions "
            f"--user-data-dir=/tmp/chromium-{name} --user-agent='{user_agent}' --remote-debugging-pipe about:blank "
            f"3<&{ends[0]} 4>&{ends[1]} {ends[0]}<&- {ends[1]}>&-")
        self.process = subprocess.Popen([*as_peer, "bash", "-c", start], pass_fds=ends, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={
                                            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/tmp", "LANG": "C.UTF-8"
                                        }, start_new_session=True)
        for end in (*ends, to_read[0], to_write[1]):
            os.close(end)
        self.end = time.monotonic() + seconds_max
        self.number, self.rest, self.page = 0, b"", None
        self.events = []

    def __enter__(self):
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self.page = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self.call("Page.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.out)
        os.close(self.back)

    def receive(self):
        while b"\0" not in self.rest:
            left = self.end - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                raise TimeoutError("Chromium does not answer")
            more = os.read(self.back, 1 << 16)
            if not more:
                raise TimeoutError("Chromium is gone")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.page:
            message["sessionId"] = self.page
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer.get("method"))

    def wait_for_page(self):
        while "Page.loadEventFired" not in self.events:
            self.events.append(self.receive().get("method"))

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait_for_page()

    def submit(self, form, **values):
        """Fills a form of the page and sends it."""
        filled = "".join(f"f.elements[{json.dumps(name)}].value = {json.dumps(value)};"
                         for name, value in values.items())
        self.events.clear()
        self.call("Runtime.evaluate",
                  expression=f"{{ const f = document.querySelector({json.dumps(form)}); {filled} f.requestSubmit(); }}")
        self.wait_for_page()
