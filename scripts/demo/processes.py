# SPDX-License-Identifier: Apache-2.0
"""Starting, waiting for and ending the programs of a network on loopback."""
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
_marks: list[socket.socket] = []  # of the ports taken: another run here must not take them before their servers listen


class StepFailed(Exception):
    """A step of the story did not come out as it should; the text says which and what to look at."""


class Place(NamedTuple):
    """Where somebody's programs run: the address that others reach them at, and the network namespace that has it; without
    one it is loopback, and the machine's own."""

    address: str = "127.0.0.1"
    namespace: str = ""

    @property
    def block(self) -> str:
        """The addresses that are this place's alone; all of loopback is everybody's."""
        return f"{self.address}/32" if self.namespace else "127.0.0.0/8"

    def inside(self, command: list) -> list[str]:
        """The command line that runs a program there; it replaces itself by the program, whose process it so is."""
        before = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        return [str(word) for word in (*before, *command)]


LOOPBACK = Place()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, below those that the system gives to outgoing connections:
    one of these could take it before its server does. It stays this process's as long as it runs."""
    while True:
        port = random.randrange(15000, 32000)
        mark = socket.socket(socket.AF_UNIX)
        with socket.socket() as probe:
            try:
                mark.bind(f"\0countersign-port-{port}")
                probe.bind(("127.0.0.1", port))
            except OSError:
                mark.close()
                continue
        _marks.append(mark)
        return port


def wait_until(condition, what: str, seconds: float = 30.0):
    """Asks `condition` until it answers something true, which is returned."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise StepFailed(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.02)


def answers(url: str) -> bool:
    """Whether a GET of the URL is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def run(command: list, *, env: dict | None = None, stdin: str = "", seconds: float = 60.0) -> str:
    """Runs a command to its end and returns what it printed; its error text is in the exception otherwise."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=seconds, check=False,
                          env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise StepFailed(f"{' '.join(words)}\nexited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def run_json(command: list, **options):
    """Runs a command that prints JSON."""
    return json.loads(run(command, **options))


class Service:
    """A program that runs until it is told to stop; its log goes to a file."""

    def __init__(self, name: str, command: list, log: pathlib.Path, env: dict | None = None):
        self.name, self.command, self.log, self.env = name, [str(word) for word in command], log, env or {}
        self.process: subprocess.Popen | None = None

    def start(self) -> "Service":
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **self.env}, start_new_session=True)
        return self

    def wait_ready(self, url: str, seconds: float = 30.0) -> "Service":
        def ready():
            if self.process.poll() is not None:
                raise StepFailed(f"{self.name} ended with {self.process.returncode}; its log {self.log} says:\n"
                                 + self.log.read_text(errors="replace")[-2000:])
            return answers(url)
        wait_until(ready, f"{self.name} at {url} (log: {self.log})", seconds)
        return self

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float = 10.0) -> None:
        """SIGTERM, and SIGKILL when it does not end in time."""
        if not self.running():
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL: nothing is written any more."""
        if self.running():
            self.process.kill()
        if self.process is not None:
            self.process.wait()
