# SPDX-License-Identifier: Apache-2.0
"""A purchase from a browser without the extension: the page's `countersign:` link, the desktop, and a number to compare."""
from browser import play_in_browser
from desktop import stand_for_terminal_windows
from demo.computer import Computer
from demo.network import PIN


def test_a_customer_without_the_extension_buys_by_the_link(shopping_network, tmp_path):
    network = shopping_network
    network.start_wallet_screen()
    computer = Computer.paired_with(network, tmp_path / "pc")
    play_in_browser("buy_by_link.mjs", {
        "shop": network.merchant_url, "wallet": network.wallet_url, "pin": PIN, "home": str(computer.home),
        "environment": stand_for_terminal_windows(computer)})
    network.verify(network.wallet_evidence()["confirmation.p7m"])
