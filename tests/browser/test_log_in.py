# SPDX-License-Identifier: Apache-2.0
"""A log-in at the demo shop with the real programs: the button on the page, the PIN on the terminal."""
from browser import play_in_browser
from demo.computer import Computer
from demo.network import PIN


def test_a_customer_logs_in_with_the_terminal_and_out_again(shopping_network, tmp_path):
    network = shopping_network
    network.start_wallet_screen()
    computer = Computer.paired_with(network, tmp_path / "pc")
    play_in_browser("log_in.mjs", {
        "shop": network.merchant_url, "wallet": network.wallet_url, "pin": PIN, "home": str(computer.home),
        "environment": {}})
