# SPDX-License-Identifier: Apache-2.0
"""What the holder has on the card and types at the terminal is never on the PC: after purchases through the real programs
its files hold neither name, nor card number, nor PIN, not even when the mediator is killed in the middle."""
import contextlib
import json
import os
import pathlib
import re
import resource
import secrets
import signal
import subprocess
import tempfile
import time

import pytest
from demo.computer import Computer
from demo.network import Network
from demo.payment import HOLDER, Means
from demo.processes import wait_until
from demo.story import EMAIL

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "홍길동"
WALLET_USER = 61_000
TRACER = """#!/bin/sh
exec strace -f -y -s 100000 -e trace=%desc,%file,mmap -o "{folder}/$$" "{program}" "$@"
"""
# Calls that write to a regular file, which -y names by its path.
WRITES = re.compile(r"(?:p?writev?2?(?:64)?|sendfile|copy_file_range)\(\d+<(/(?!dev/)[^>]*)>")


def card_number() -> str:
    """A card number that nobody else has, with Luhn's digit."""
    digits = "4" + "".join(secrets.choice("0123456789") for _ in range(14))
    total = sum(int(c) if i % 2 else sum(divmod(2 * int(c), 10)) for i, c in enumerate(digits))
    return digits + str(-total % 10)


def other_user(program: pathlib.Path) -> int | None:
    """Somebody else for the wallet, where we may choose and they can reach the programs."""
    words = ["setpriv", f"--reuid={WALLET_USER}", f"--regid={WALLET_USER}", "--clear-groups", "test", "-x", str(program)]
    may_choose = os.geteuid() == 0 and subprocess.run(words, check=False).returncode == 0
    return WALLET_USER if may_choose else None


@pytest.fixture(name="network")
def network_with_a_terminal_of_its_own():
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder, Network(pathlib.Path(folder) / "network") as network:
        pathlib.Path(folder).chmod(0o711)
        network.pin = "".join(secrets.choice("0123456789") for _ in range(16))
        network.wallet_user = other_user(network.programs["countersign-wallet"])
        network.merchant_settings = '[information]\nfields = ["name"]\n'
        network.bring_up(network.start_card_company)
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.card_company.fill_wallet(())
        yield network


class Pc:
    """A home with browser, extension and a mediator under strace; cores are permitted. Its files are all below `home`."""

    def __init__(self, network: Network, folder: pathlib.Path):
        self.computer = Computer(folder / "home", network.programs["countersign-mediator"])
        self.traces = folder / "traces"
        self.traces.mkdir(parents=True)
        self.computer.install(network.root_pem, network.ports["link"])
        network.start_wallet_screen()
        self.computer.pair(lambda offer: network.wallet("pair", offer))
        network.screen.stop()
        self.home = self.computer.home
        self.trace_what_browsers_start(folder / "tracer")
        (self.home / "tmp").mkdir()
        self.environment = {**self.computer.environment, "TMPDIR": str(self.home / "tmp")}
        given = {"shop": network.merchant_url, "home": str(self.home), "environment": self.environment}
        self.browsing = subprocess.Popen(
            ["node", str(ROOT / "web/tests/buy_on_computer.mjs"), json.dumps(given)], cwd=self.home, text=True,
            env={**os.environ, **self.environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=permit_cores)

    def trace_what_browsers_start(self, tracer: pathlib.Path) -> None:
        manifest = self.computer.chromium_profile / "NativeMessagingHosts/org.countersign.mediator.json"
        host = json.loads(manifest.read_text(encoding="utf-8"))
        tracer.write_text(TRACER.format(folder=self.traces, program=host["path"]), encoding="utf-8")
        tracer.chmod(0o755)
        manifest.write_text(json.dumps({**host, "path": str(tracer)}), encoding="utf-8")

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
        """The process that the browser started."""
        def found():
            for process in pathlib.Path("/proc").iterdir():
                with contextlib.suppress(OSError):
                    if process.name.isdigit() and (process / "exe").resolve() == self.computer.program.resolve():
                        return int(process.name)
            return None
        return wait_until(found, "the mediator")

    def leave(self) -> None:
        self.browsing.stdin.close()
        rest = self.browsing.stdout.read()
        assert self.browsing.wait(30) == 0, rest

    def trace(self) -> str:
        return "".join(file.read_text(errors="replace") for file in self.traces.iterdir())


def permit_cores() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)


@contextlib.contextmanager
def terminal(network: Network):
    """The wallet waits for one purchase and approves whatever it is asked."""
    command = network.wallet_command("receive", "--yes", "--means", "1", "--pin-file", network.wallet_folder / "pin")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as wallet:
        try:
            assert "Waiting" in wallet.stdout.readline()
            yield wallet
        finally:
            wallet.kill()


def files_with(canaries: dict[str, str], folders: list[pathlib.Path], since: float) -> list[tuple[str, str]]:
    """Which file, written since then, holds which canary, in UTF-8 or UTF-16."""
    needles = [(name, text.encode(code)) for name, text in canaries.items() for code in ("utf-8", "utf-16-le")]
    found = []
    for folder in folders:
        for file in folder.rglob("*"):
            with contextlib.suppress(OSError):
                if not file.is_file() or file.is_symlink() or file.stat().st_mtime < since:
                    continue
                content = file.read_bytes()
                found += [(str(file), name) for name, needle in needles if needle in content]
    return found


def as_strace_spells(text: str) -> str:
    return "".join(chr(byte) if byte < 128 else f"\\{byte:o}" for byte in text.encode())


def leaves_cores(folder: pathlib.Path) -> bool:
    """Whether an ordinary program that is killed there leaves a core file."""
    subprocess.run(["sh", "-c", "kill -ABRT $$"], cwd=folder, preexec_fn=permit_cores, check=False)
    cores = list(folder.glob("core*"))
    for core in cores:
        core.unlink()
    return bool(cores)


def test_neither_name_nor_card_nor_pin_is_ever_on_the_pc(network):
    begun = time.time() - 1
    number = card_number()
    network.card_company.open_account(Means(number, expiry="2031-12"))
    network.card_company.put_into_wallet(Means(number, expiry="2031-12"))
    pc = Pc(network, network.folder.parent / "pc")  # a short path: Chromium makes a socket below it
    assert leaves_cores(pc.home), "no core is written on this machine, and this test shows nothing of them"
    for profile in ("session", "plain"):
        with terminal(network) as wallet:
            pc.begin(profile)
            assert pc.until("ended") == "confirmed", wallet.communicate()[0]
            assert wallet.wait(30) == 0
    with terminal(network):
        pc.begin("session until-the-last-look")
        pc.until("last-look")
        os.kill(pc.mediator(), signal.SIGABRT)
        assert pc.until("ended").startswith("failed")
    pc.leave()

    trace = pc.trace()
    assert trace.count("Celadon cup") >= 2, "the mediator was watched while it showed the order"
    assert "+++ killed by SIGABRT +++" in trace and "core dumped" not in trace
    assert not list(pc.home.rglob("core*[0-9]")) and not list(pc.home.glob("core"))
    canaries = {"name": NAME, "holder": HOLDER, "card number": number, "PIN": network.pin}
    store = pc.home / "pairings"
    written = {pathlib.Path(path.removesuffix(" (deleted)")) for path in WRITES.findall(trace)}
    assert written and all(path.parent == store for path in written), written
    for name, text in canaries.items():
        assert as_strace_spells(text) not in trace, f"the {name} passed through the mediator"

    places = [pc.home, *(pathlib.Path(place) for place in ("/dev/shm", "/var/tmp"))]
    assert files_with({"shop": network.merchant_url.removeprefix("https://")}, places, begun), "the search finds what is there"
    assert not files_with(canaries, places, begun)
