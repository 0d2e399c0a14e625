# SPDX-License-Identifier: Apache-2.0
"""The demo shop in a real browser, from the shelf to the receipt."""
from browser import play_in_browser
from demo.network import PIN, Network
from demo.story import EMAIL


def test_a_customer_buys_from_the_shelf_to_the_receipt(tmp_path):
    """At a shop that is paid elsewhere: a terminal by itself takes its orders."""
    with Network(tmp_path / "network") as network:
        network.bring_up()
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.start_wallet_screen()
        play_in_browser("shop.mjs", {"shop": network.merchant_url, "wallet": network.wallet_url, "pin": PIN})
        network.verify(network.wallet_evidence()["confirmation.p7m"])
