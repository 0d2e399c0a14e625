# SPDX-License-Identifier: Apache-2.0
"""`scripts/run` as a newcomer starts it: it stays up, says where to look and what to type, and ends cleanly; before that it
installs what is missing, a browser too where somebody is to look at the pages."""
import contextlib
import os
import pathlib
import re
import shlex
import signal
import ssl
import subprocess
import threading
import urllib.request

import pytest
from demo.processes import wait_until
from terminal import Screen

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("COUNTERSIGN_BUILD", str(ROOT / "build/dev"))
RUN = ROOT / "scripts/run"


class Newcomer:
    """Runs the script and reads what it prints, up to its last line."""

    def __init__(self, data: pathlib.Path, seconds: float = 180.0):
        self.run = subprocess.Popen([RUN, "--data", data], env={**os.environ, "COUNTERSIGN_BUILD": BUILD}, text=True,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        overdue = threading.Timer(seconds, self.run.kill)
        overdue.start()
        self.said = ""
        for line in self.run.stdout:
            self.said += line
            if "Ctrl-C" in line:
                break
        overdue.cancel()
        assert "Ctrl-C" in self.said, self.said

    def fact(self, name: str) -> str:
        """What stands behind a name."""
        return re.search(rf"^\s*{re.escape(name)}:?\s+(\S+)$", self.said, re.MULTILINE).group(1)

    def press_control_c(self) -> int:
        self.run.send_signal(signal.SIGINT)
        self.said += self.run.stdout.read()
        return self.run.wait(60)


@pytest.fixture(name="newcomer")
def somebody_new(tmp_path):
    newcomer = Newcomer(tmp_path / "demo")
    yield newcomer
    if newcomer.run.poll() is None:
        newcomer.press_control_c()


def programs_below(folder: pathlib.Path) -> list[str]:
    """Command lines of the processes that work in or with a folder."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [command for command in found if str(folder) in command]


def page(url: str, trusted: pathlib.Path | None = None) -> str:
    context = ssl.create_default_context(cafile=str(trusted)) if trusted else None
    with urllib.request.urlopen(url, timeout=20, context=context) as response:
        assert response.status == 200
        return response.read().decode()


def test_it_says_where_to_buy_and_what_to_type_and_ends_with_control_c(newcomer, tmp_path):
    shop = newcomer.fact("shop")
    assert "Celadon cup" in page(shop, tmp_path / "demo/root/root.pem"), "the shop stands under the root that was named"
    assert str(tmp_path / "demo/root/root.pem") in newcomer.said
    assert page(newcomer.fact("registration"), tmp_path / "demo/root/root.pem")
    assert page(newcomer.fact("mail box"))

    address = newcomer.fact("wallet's screen")
    assert "<!doctype html>" in page(address.split("#")[0]).lower()
    screen = Screen(address)
    assert screen.get("/api/state")["certificate"], "the purchaser is registered"
    held = screen.post("/api/holder/review", [newcomer.fact("PIN of the wallet")])
    assert {means["ending"] for means in held["means"]} >= {"1111"}, "the PIN opens it, and there is something to pay with"

    command = next(shlex.split(line) for line in newcomer.said.splitlines() if "--load-extension=" in line)
    assert command[-1] == shop
    options = dict(word.removeprefix("--").split("=", 1) for word in command if word.startswith("--") and "=" in word)
    assert (pathlib.Path(options["load-extension"]) / "manifest.json").exists()
    assert (pathlib.Path(options["user-data-dir"]) / "NativeMessagingHosts/org.countersign.mediator.json").exists()

    assert len(programs_below(tmp_path)) > 5, "the network is up"
    assert newcomer.press_control_c() == 0, newcomer.said
    assert not programs_below(tmp_path)


STUB = """#!/bin/sh
echo "$0 $*" >>"{log}"
exit {status}
"""


def packages_that_it_asks_for(folder: pathlib.Path, *words: str) -> set[str]:
    """What it would install on a machine where every package is missing, and none can be had."""
    folder.mkdir()
    log = folder / "log"
    for name, status in {"dpkg-query": 1, "apt-get": 100, "sudo": 100}.items():
        (folder / name).write_text(STUB.format(log=log, status=status), encoding="utf-8")
        (folder / name).chmod(0o755)
    done = subprocess.run([RUN, *words], env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "COUNTERSIGN_BUILD": BUILD},
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0 and "countersign" not in done.stderr
    return set(re.search(r"^Installing \d+ packages: (.*)$", done.stdout, re.MULTILINE).group(1).split())


def test_it_installs_a_browser_for_those_who_stay(tmp_path):
    to_stay = packages_that_it_asks_for(tmp_path / "stay")
    unattended = packages_that_it_asks_for(tmp_path / "once", "--once", "--out", str(tmp_path / "evidence"))
    assert "chromium" in to_stay - unattended
    assert {"g++", "softhsm2", "openssl"} <= unattended < to_stay
