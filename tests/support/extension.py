# SPDX-License-Identifier: Apache-2.0
"""Plays the browser's extension: starts the real mediator as a browser does and speaks native messaging with it."""
import json
import os
import re
import struct
import subprocess
import threading
import time

from openssl_party import link_parts

ID = "chrome-extension://npnojofcjaheidmphkghbkebghaadhek/"


def tag_of(checkout: dict) -> dict:
    """What the page's tag says of a checkout or identification that the shop has opened."""
    parts = link_parts(checkout["link"]) if "link" in checkout else dict(re.findall(r'(\w+)="([^"]*)"', checkout["tag"]))
    return {"gateway": parts["gateway"], "checkout": parts["checkout"], "token": parts["token"],
            "profiles": checkout.get("profiles", ["session"])}


class Extension:
    """One purchase on the PC; usable in `with`. Says “continue” to each review unless told otherwise."""

    def __init__(self, computer, answer: str = "continue", before=(), **options):
        command = [*before, computer.program, "--config", computer.config, ID]
        self.answer = answer
        self.heard: list[dict] = []
        self.changed = threading.Condition()  # guards heard and is_over
        self.is_over = False
        self.process = subprocess.Popen([str(word) for word in command], cwd=computer.home, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env={**os.environ, **computer.environment}, **options)
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def __enter__(self) -> "Extension":
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()
        self.listener.join(10)
        self.process.stdin.close()
        self.process.stdout.close()

    def start(self, tag: dict | list[dict], origin: str) -> None:
        """With one tag, or with several that the page holds together."""
        named = {"purchases": tag} if isinstance(tag, list) else {"purchase": tag}
        self.say({"type": "start", **named, "origin": origin})

    def say(self, message: dict) -> None:
        text = json.dumps(message).encode()
        self.process.stdin.write(struct.pack("=I", len(text)) + text)
        self.process.stdin.flush()

    def wait_for(self, *types: str, seconds: float = 60.0) -> dict | None:
        """The first message of such a type; None when the mediator ended without one."""
        def found():
            return next((message for message in self.heard if message["type"] in types), None)
        deadline = time.monotonic() + seconds
        with self.changed:
            while not found() and not self.is_over:
                if not self.changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"no {types} within {seconds} s; heard: {self.heard}")
            return found()

    def _listen(self) -> None:
        while len(head := self.process.stdout.read(4)) == 4:
            message = json.loads(self.process.stdout.read(struct.unpack("=I", head)[0]))
            with self.changed:
                self.heard.append(message)
                self.changed.notify_all()
            if message["type"] == "review" and self.answer:
                self.say({"type": "answer", "answer": self.answer})
        with self.changed:
            self.is_over = True
            self.changed.notify_all()
