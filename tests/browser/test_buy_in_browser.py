# SPDX-License-Identifier: Apache-2.0
"""A purchase with the real programs: shop page and extension on the PC, the wallet's screen on the terminal."""
from browser import play_in_browser
from demo.computer import Computer
from demo.network import PIN


def test_a_customer_buys_in_the_browser_and_signs_on_the_terminal(shopping_network, tmp_path):
    network = shopping_network
    for profile in ("session", "plain"):
        network.sell_in(profile)
        network.start_wallet_screen()
        computer = Computer.paired_with(network, tmp_path / profile)
        play_in_browser("buy_in_browser.mjs", {
            "shop": network.merchant_url, "wallet": network.wallet_url, "pin": PIN, "home": str(computer.home), "profile": profile,
            "environment": {}})  # Chromium finds the mediator by its profile, as with the command that scripts/run prints
        network.screen.stop()
        network.verify(network.wallet_evidence()["confirmation.p7m"])
    network.sell_in("session", "plain")
