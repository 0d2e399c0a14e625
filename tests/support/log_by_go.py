# SPDX-License-Identifier: Apache-2.0
"""A reader of logs that is made of Go's own implementation (tests/log/go), and shares no line with ours."""
import os
import pathlib
import subprocess

from demo.processes import ROOT

GO = "/usr/bin/go"  # Debian's, whose packages in source are below /usr/share/gocode
SOURCES = ROOT / "tests/log/go"
SECONDS = 600


class Refused(Exception):
    """The sentence that it ended with."""


class LogByGo:
    """Reads one log, under these verifier keys."""

    def __init__(self, build: pathlib.Path, log, key: str, witnesses=()):
        self.program, self.log = build_program(build), log
        self.keys = [f"-key={key}", *(f"-witness={witness}" for witness in witnesses)]

    def check(self, log=None, every: int = 1000, **more) -> dict[str, int]:
        """What it checked, with counts; `more` are files by flag, `log` is another copy."""
        words = [f"-log={log or self.log}", f"-every={every}", *self.keys]
        for flag, values in more.items():
            words += [f"-{flag}={value}" for value in (values if isinstance(values, (list, tuple)) else [values])]
        done = subprocess.run([self.program, *words], capture_output=True, text=True, check=False, timeout=SECONDS)
        if done.returncode == 1 and not done.stdout:
            raise Refused(done.stderr)
        assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
        return {name: int(number) for name, number in (line.split() for line in done.stdout.splitlines())}


def build_program(build: pathlib.Path) -> pathlib.Path:
    """Debian's compiler and packages, and nothing from the network."""
    out = build / "tests/log-by-go"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(build / "tests/go-cache"),
                   "GOFLAGS": "", "GOPROXY": "off", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([GO, "build", "-o", out, "."], cwd=SOURCES, env=environment, check=True, timeout=SECONDS)
    return out
