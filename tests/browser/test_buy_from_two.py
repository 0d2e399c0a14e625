# SPDX-License-Identifier: Apache-2.0
"""A cart with goods of two merchants, with the real programs: one approval on the terminal, two receipts on the page."""
import os

import pytest
from browser import play_in_browser
from desktop import stand_for_terminal_windows
from demo.computer import Computer
from demo.network import PIN


@pytest.fixture(scope="module")
def marketplace(tmp_path_factory):
    """A network whose shop sells for a partner, too."""
    from demo.network import Network
    from demo.partner import Partner
    from demo.payment import IN_WALLETS
    from demo.story import EMAIL
    with Network(tmp_path_factory.mktemp("network")) as network:
        partners = []

        def before_merchant():
            network.start_card_company()
            partners.append(Partner(network))
            partners[0].prepare()

        network.bring_up(before_merchant)
        network.partner = partners[0]
        network.partner.bring_up_beside()
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.card_company.fill_wallet(IN_WALLETS)
        yield network


def sell_in(marketplace, *profiles: str) -> None:
    """Both merchants."""
    marketplace.sell_in(*profiles)
    marketplace.partner.sell_in(*profiles)


@pytest.mark.parametrize("profile", ["session", "plain"])
def test_one_approval_in_the_browser_brings_two_receipts(marketplace, tmp_path, profile):
    sell_in(marketplace, profile)
    marketplace.start_wallet_screen()
    computer = Computer.paired_with(marketplace, tmp_path / "pc")
    try:
        play_in_browser("buy_from_two.mjs", {
            "shop": marketplace.merchant_url, "wallet": marketplace.wallet_url, "pin": PIN, "home": str(computer.home),
            "environment": {}, "profile": profile})
    finally:
        marketplace.screen.stop()  # its address opens once


def test_the_link_without_the_extension_buys_from_both(marketplace, tmp_path):
    sell_in(marketplace, "session", "plain")
    marketplace.start_wallet_screen()
    computer = Computer.paired_with(marketplace, tmp_path / "pc")
    play_in_browser("buy_by_link.mjs", {
        "shop": marketplace.merchant_url, "wallet": marketplace.wallet_url, "pin": PIN, "home": str(computer.home),
        "skus": ["CUP-1", "JAR-MOON"], "environment": stand_for_terminal_windows(computer)})
