# SPDX-License-Identifier: Apache-2.0
"""A purchaser registers, pays and stops a lost terminal through the pages, in a real browser, by keyboard."""
from browser import play_in_browser
from demo.network import PIN, Network
from demo.story import CURRENCY, LINES


def test_a_purchaser_registers_and_pays_through_the_pages(tmp_path):
    with Network(tmp_path / "network") as network:
        network.bring_up()
        network.start_wallet_screen()
        play_in_browser("register_and_pay.mjs", {
            "shop": network.merchant_url, "wallet": network.wallet_url, "mail": network.mail_page,
            "email": "hong.gildong@mail.example", "pin": PIN, "checkout": network.create_checkout(LINES, CURRENCY)["link"], "authority": network.authority_url})
        network.verify(network.wallet_evidence()["confirmation.p7m"])
