# SPDX-License-Identifier: Apache-2.0
"""The PC keeps no port open: the mediator listens to nobody, during search, purchase and pairing, and takes datagrams only
while it searches."""
import contextlib
import os
import pathlib
import re
import subprocess

import pytest
from demo.computer import Computer
from demo.network import Network
from demo.processes import wait_until
from demo.story import CURRENCY, EMAIL, LINES
from extension import Extension, tag_of
from pc_side import running, terminal

LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp
# What would make a port: a socket that listens, and a name that was asked for rather than given by the system.
WATCHED = ("strace", "-f", "-qq", "-e", "trace=listen,accept,accept4,bind")
ANY_PORT = re.compile(r"bind\(\d+, \{sa_family=AF_INET, sin_port=htons\(0\)")


@pytest.fixture(name="network", scope="module")
def network_of_a_purchaser(tmp_path_factory):
    with Network(tmp_path_factory.mktemp("network")) as network:
        network.bring_up(network.start_card_company)
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.card_company.fill_wallet()
        yield network


@pytest.fixture(name="computer", scope="module")
def pc(network, tmp_path_factory):
    network.start_wallet_screen()
    computer = Computer.paired_with(network, tmp_path_factory.mktemp("pc") / "home")
    network.screen.stop()
    return computer


class Sockets:
    """The sockets of a process at this moment, as the kernel lists them."""

    def __init__(self, process: int):
        held = set()
        for entry in pathlib.Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                held.add(os.readlink(entry))
        self.all = {name for name in held if name.startswith("socket:")}
        tcp = self._rows(process, "tcp")
        self.tcp = len(tcp)
        self.listening = [row for row in tcp if row[3] == LISTENING]
        self.udp = len(self._rows(process, "udp"))

    def _rows(self, process: int, protocol: str) -> list[list[str]]:
        rows = []
        for name in (protocol, protocol + "6"):
            table = pathlib.Path(f"/proc/{process}/net/{name}").read_text(encoding="utf-8").splitlines()[1:]
            rows += [row for row in map(str.split, table) if f"socket:[{row[9]}]" in self.all]
        return rows


def listens_to_nobody(trace: pathlib.Path) -> bool:
    calls = [line for line in trace.read_text(encoding="utf-8").splitlines() if re.search(r"\b(?:listen|accept4?|bind)\(", line)]
    assert any(ANY_PORT.search(line) for line in calls), "the search's socket was seen"
    return all(ANY_PORT.search(line) for line in calls)


def test_a_socket_that_listens_is_seen():
    with subprocess.Popen(["/usr/bin/python3", "-c", "import socket,sys; s=socket.create_server(('127.0.0.1',0)); print(flush=True); sys.stdin.read()"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        server.stdout.readline()
        assert len(Sockets(server.pid).listening) == 1
        server.stdin.close()


def test_it_listens_to_nobody_from_the_search_to_the_end(network, computer, tmp_path):
    trace = tmp_path / "trace"
    with Extension(computer, answer="", before=(*WATCHED, "-o", trace)) as extension:
        mediator = running(computer.program, extension.process.pid)
        extension.say({"type": "status"})
        extension.wait_for("status")
        assert not Sockets(mediator).all, "idle"

        extension.start(tag_of(network.create_checkout(LINES, CURRENCY)), network.merchant_origin)
        searching = wait_until(lambda: (seen := Sockets(mediator)).udp and seen, "the search")
        assert searching.udp == 1 and not searching.listening

        with terminal(network) as wallet:
            assert extension.wait_for("review"), extension.heard
            last_look = Sockets(mediator)
            assert last_look.tcp >= 2, "it is connected to terminal and gateway"
            assert not last_look.listening and not last_look.udp
            extension.say({"type": "answer", "answer": "continue"})
            assert extension.wait_for("ended")["outcome"] == "confirmed", wallet.communicate()[0]
        with contextlib.suppress(OSError):  # it may have ended already
            assert not Sockets(mediator).listening
        extension.process.wait(30)
    assert listens_to_nobody(trace)


def test_pairing_listens_to_nobody(network, tmp_path):
    network.start_wallet_screen()
    computer = Computer(tmp_path / "home", network.programs["countersign-mediator"], "Second PC")
    computer.install(network.root_pem, network.ports["link"])
    trace, seen = tmp_path / "trace", []

    def accept(offer: str) -> None:
        mediator = running(computer.program, os.getpid())
        seen.append(wait_until(lambda: (now := Sockets(mediator)).udp and now, "the search"))
        network.wallet("pair", offer)

    computer.pair(accept, before=(*WATCHED, "-o", trace))
    network.screen.stop()
    assert seen[0].udp == 1 and not seen[0].listening
    assert listens_to_nobody(trace)
