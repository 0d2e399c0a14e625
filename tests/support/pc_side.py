# SPDX-License-Identifier: Apache-2.0
"""The PC's side of purchases, and a terminal that says yes: what tests share that look at one of the two alone."""
import contextlib
import json
import os
import pathlib
import re
import resource
import subprocess

from demo.computer import Computer
from demo.network import Network
from demo.processes import ROOT, wait_until

TRACER = """#!/bin/sh
exec strace -f -yy -s 100000 -e trace=%desc,%network,%file,mmap -o "{folder}/$$" "{program}" "$@"
"""
# What was opened to be written, and the path that the kernel knows it by.
OPENED = re.compile(r"(?:^creat\(|^open.*\bO_(?:WRONLY|RDWR|CREAT|TMPFILE)\b).* = \d+<([^>]*)>$", re.MULTILINE)


def permit_cores() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)


def is_below(process: int, ancestor: int) -> bool:
    """Whether the process comes of that one."""
    while process > 1:
        if process == ancestor:
            return True
        stat = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        process = int(stat.rpartition(")")[2].split()[1])
    return False


def running(program: pathlib.Path, ancestor: int) -> int:
    """The process that runs the program and comes of that one, of all that run it."""
    def found():
        for process in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if (process.name.isdigit() and (process / "exe").resolve() == program.resolve()
                        and is_below(int(process.name), ancestor)):
                    return int(process.name)
        return None
    return wait_until(found, program.name)


class Pc:
    """A home with browser, extension and a mediator that is paired with the network's terminal. Its files are all below
    `home`; cores are permitted."""

    def __init__(self, network: Network, folder: pathlib.Path):
        self.network = network
        network.start_wallet_screen()
        self.computer = Computer.paired_with(network, folder / "home")
        network.screen.stop()
        self.home = self.computer.home
        self.traces = folder / "traces"
        self.browsing: subprocess.Popen | None = None

    def trace_the_mediator(self) -> None:
        """Has the browser start it under strace."""
        self.traces.mkdir(parents=True)
        manifest = self.computer.chromium_profile / "NativeMessagingHosts/org.countersign.mediator.json"
        host = json.loads(manifest.read_text(encoding="utf-8"))
        tracer = self.traces.parent / "tracer"
        tracer.write_text(TRACER.format(folder=self.traces, program=host["path"]), encoding="utf-8")
        tracer.chmod(0o755)
        manifest.write_text(json.dumps({**host, "path": str(tracer)}), encoding="utf-8")

    def browse(self, tracer=()) -> None:
        """Starts the browser, whose temporary files are below the home, too."""
        (self.home / "tmp").mkdir()
        environment = {**self.computer.environment, "TMPDIR": str(self.home / "tmp")}
        given = {"shop": self.network.merchant_url, "home": str(self.home), "environment": environment}
        self.browsing = subprocess.Popen(
            [*tracer, "node", str(ROOT / "web/tests/buy_on_computer.mjs"), json.dumps(given)], cwd=self.home, text=True,
            env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=permit_cores)

    def browse_watched(self) -> None:
        """As browse; all that any process of the PC opens is written down. The mediator cannot be traced besides."""
        self.traces.mkdir(parents=True)
        self.browse(["strace", "-ff", "--seccomp-bpf", "-qq", "-y", "-e", "trace=open,openat,openat2,creat",
                     "-o", str(self.traces / "opened")])

    def written(self) -> set[pathlib.Path]:
        """The files that the watched processes opened to write, those that are gone again included; not devices, pipes,
        sockets, nor what the kernel shows of processes."""
        paths = {path.removesuffix(" (deleted)") for path in OPENED.findall(self.trace())}
        return {pathlib.Path(path) for path in paths
                if path.startswith("/") and not path.startswith(("/proc/", "/sys/", "/memfd:"))
                and (path.startswith("/dev/shm/") or not path.startswith("/dev/"))}

    def begin(self, purchase: str) -> None:
        self.browsing.stdin.write(purchase + "\n")
        self.browsing.stdin.flush()

    def until(self, word: str) -> str:
        """Reads to the line that begins with the word, and answers its rest."""
        said = ""
        for line in self.browsing.stdout:
            if line.startswith(word):
                return line.removeprefix(word).strip()
            said += line
        raise AssertionError(f"the browser ended before “{word}”:\n{said}")

    def mediator(self) -> int:
        """The process that this test's browser started."""
        return running(self.computer.program, self.browsing.pid)

    def leave(self) -> None:
        self.browsing.stdin.close()
        rest = self.browsing.stdout.read()
        assert self.browsing.wait(30) == 0, rest

    def trace(self) -> str:
        return "".join(file.read_text(errors="replace") for file in self.traces.iterdir())


@contextlib.contextmanager
def terminal(network: Network, means: str = "1"):
    """The wallet waits for one purchase and approves whatever it is asked."""
    command = network.wallet_command("receive", "--yes", "--means", means, "--pin-file", network.wallet_folder / "pin")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as wallet:
        try:
            assert "Waiting" in wallet.stdout.readline()
            yield wallet
        finally:
            wallet.kill()
