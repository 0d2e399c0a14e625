# SPDX-License-Identifier: Apache-2.0
"""The address of the wallet's screen opens it once; its holder asks for another at the terminal, or by a signal."""
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

from demo.network import Network


class Screen:
    """`countersign-wallet serve`, with a terminal's place taken by pipes."""

    def __init__(self, network: Network):
        network.wallet("list")
        command = [network.programs["countersign-wallet"], "--config", network.wallet_folder / "wallet.toml", "serve"]
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.process.stdout.readline()  # the heading

    def address(self) -> str:
        return self.process.stdout.readline().strip()

    def press_enter(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()


def opens(address: str) -> bool:
    """Whether the token of the address is exchanged for a session, as the page does it."""
    origin, _, token = address.partition("/#")
    request = urllib.request.Request(origin + "/api/session", data=token.encode(), headers={
        "Origin": origin, "Content-Type": "text/plain"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status == 200
    except urllib.error.HTTPError as error:
        assert error.code == 401
        return False


@pytest.fixture
def screen(tmp_path):
    with Network(tmp_path / "network") as network:
        shown = Screen(network)
        yield shown
        shown.process.terminate()
        assert shown.process.wait(10) == 0


def test_an_address_opens_once_and_enter_brings_another(screen):
    first = screen.address()
    assert opens(first)
    assert not opens(first)
    screen.press_enter()
    second = screen.address()
    assert not opens(first)
    assert opens(second)


def test_an_address_that_nobody_opened_ends_with_the_next(screen):
    first = screen.address()
    screen.press_enter()
    second = screen.address()
    assert not opens(first)
    assert opens(second)


def test_a_wallet_without_a_terminal_is_asked_by_a_signal(screen):
    first = screen.address()
    screen.process.stdin.close()
    screen.process.send_signal(signal.SIGUSR1)
    assert opens(screen.address())
    assert not opens(first)
