# SPDX-License-Identifier: Apache-2.0
"""The demo shop in a real browser, from the shelf to the receipt."""
from browser import play_in_browser
from demo.network import PIN


def test_a_customer_buys_from_the_shelf_to_the_receipt(shopping_network):
    network = shopping_network
    network.start_wallet_screen()
    play_in_browser("shop.mjs", {"shop": network.merchant_url, "wallet": network.wallet_url, "pin": PIN})
    network.verify(network.wallet_evidence()["confirmation.p7m"])
