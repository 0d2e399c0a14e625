# SPDX-License-Identifier: Apache-2.0
"""A purchase with the real programs: shop page and extension on the PC, the wallet's screen on the terminal."""
import json

from browser import play_in_browser
from demo.computer import Computer
from demo.network import PIN
from demo.payment import MEANS
from holders import CardHolder


def play(network, folder, profile: str, pin: str) -> dict:
    """Buys in the browser in this profile; the order that was bought last."""
    network.sell_in(profile)
    network.start_wallet_screen()
    computer = Computer.paired_with(network, folder)
    play_in_browser("buy_in_browser.mjs", {
        "shop": network.merchant_url, "wallet": network.wallet_url, "pin": pin, "home": str(computer.home), "profile": profile,
        "environment": {}})  # Chromium finds the mediator by its profile, as with the command that scripts/run prints
    network.screen.stop()
    evidence = network.wallet_evidence()
    review = ("--review", evidence["review-result.p7m"]) if profile == "set" else ()
    network.verify(evidence["confirmation.p7m"], *review)
    return json.loads(evidence["order.json"].read_text(encoding="utf-8"))


def record_cards(network) -> None:
    """Two cards of the company come into the wallet that pay through it alone."""
    for name in ("card", "card without funds"):
        network.card_company.put_into_wallet(MEANS[name], recorded=True)


def test_a_customer_buys_in_the_browser_and_signs_on_the_terminal(shopping_network, tmp_path):
    for profile in ("session", "plain", "set"):
        if profile == "set":
            record_cards(shopping_network)
        order = play(shopping_network, tmp_path / profile, profile, PIN)
        assert order["profile"] == profile
    shopping_network.sell_in("session", "plain")


def test_the_payment_is_split_with_a_card_in_a_reader_too(shopping_network, tmp_path):
    network, own = shopping_network, shopping_network.wallet_folder
    holder = CardHolder(network, tmp_path, "card-holder").enrol()
    try:
        record_cards(network)
        assert play(network, tmp_path / "pc", "set", holder.pin.read_text(encoding="utf-8").strip())["profile"] == "set"
    finally:
        network.screen.stop()
        holder.close()
        network.wallet_folder = own
        network.sell_in("session", "plain")
