# SPDX-License-Identifier: Apache-2.0
"""A purchase whose PC and terminal meet over Bluetooth alone, with the real programs and a stand-in for bluetoothd on a message
bus of the test's own; and a terminal that has no Bluetooth."""
import contextlib
import os
import re
import socket
import subprocess
import types

import pytest

from demo.computer import Computer
from demo.network import Network
from demo.processes import ROOT, StepFailed, wait_until
from demo.story import EMAIL
from extension import Extension, tag_of
from terminal import Holder, Screen

LINES = [{"sku": "CUP-1", "description": "Celadon cup", "quantity": 2, "unitPrice": 12000}]
STAND_IN = ROOT / "src/link/testing/bluez_stand_in.py"


@contextlib.contextmanager
def service(*command, **environment):
    """A program of the test's, and the first line that it prints."""
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, **environment}) as process:
        try:
            yield types.SimpleNamespace(said=process.stdout.readline().strip())
        finally:
            process.kill()


@pytest.fixture(name="bus")
def bus_with_bluetoothd():
    with service("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1") as bus:
        with service("/usr/bin/python3", STAND_IN, "device=00:00:5E:00:53:AF", DBUS_SESSION_BUS_ADDRESS=bus.said) as bluetoothd:
            assert bluetoothd.said == "ready"
            yield bus.said


def over_bluetooth(text: str, bus: str) -> str:
    """A configuration that knows no address of the local network any more."""
    changed, count = re.subn(r'(\[link\]\n(?:.*\n)*?)address(?:es)? = .*\n', rf'\1bluetooth = "on"\nbus = "{bus}"\n', text)
    assert count == 1, text
    return changed


@contextlib.contextmanager
def terminal_over(bus: str, folder):
    """A network, and the screen of its wallet, which listens over Bluetooth."""
    with Network(folder / "network") as network:
        network.bring_up(network.start_card_company)
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.card_company.fill_wallet(("card",))
        config = network.wallet_folder / "wallet.toml"
        config.write_text(over_bluetooth(config.read_text(encoding="utf-8"), bus), encoding="utf-8")
        network.start_wallet_screen()
        with contextlib.closing(socket.socket()) as knocking:
            assert knocking.connect_ex(("127.0.0.1", network.ports["link"])) != 0, "nothing listens on the local network"
        yield network, Screen(network.wallet_url)


def test_a_purchase_comes_and_goes_over_bluetooth(bus, tmp_path):
    with terminal_over(bus, tmp_path) as (network, screen):
        computer = Computer(tmp_path / "pc", network.programs["countersign-mediator"])
        computer.install(network.root_pem, network.ports["link"])
        computer.config.write_text(over_bluetooth(computer.config.read_text(encoding="utf-8"), bus), encoding="utf-8")
        assert "bluetooth: in order" in computer.mediator("status")
        computer.pair(lambda offer: screen.post("/api/pairings", {"link": offer}))
        holder = Holder(screen, network.pin)
        holder.begin("1")
        with Extension(computer) as extension:
            extension.start(tag_of(network.create_checkout(LINES, "KRW")), network.merchant_origin)
            ended = extension.wait_for("ended", "error")
        assert ended["outcome"] == "confirmed", (ended, holder.problems)
        assert holder.wait_end()["result"] == "confirmed"
        network.verify(network.wallet_evidence()["confirmation.p7m"])


def test_a_wallet_without_bluetooth_says_so_once_and_goes_on_with_its_screen_alone(tmp_path):
    with terminal_over("unix:path=/nonexistent", tmp_path) as (network, screen):
        assert screen.get("/api/state")
        log = network.screen.log
        wait_until(lambda: "bluetooth_not_offered" in log.read_text(errors="replace"), "the wallet's word")
        said = [line for line in log.read_text(errors="replace").splitlines() if "bluetooth" in line]
        assert len(said) == 1 and "obstacle=service_missing" in said[0] and "no message bus" in said[0], said
        told = screen.get("/api/pairings")
        assert told["listening"] is False and told["obstacle"]["name"] == "service_missing"
        assert "bluetoothd" in told["obstacle"]["remedy"]
        network.screen.stop()
        with pytest.raises(StepFailed, match="service_missing"):
            network.wallet("receive", seconds=20)
