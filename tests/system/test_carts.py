# SPDX-License-Identifier: Apache-2.0
"""A cart with goods of two merchants, with the real programs: one approval on the terminal, an order at each gateway, and
what is said everywhere when one of them fails."""
import base64
import signal
import subprocess

import pytest
from demo.processes import wait_until
from evidence import load, unwrap
from extension import Extension, tag_of
from openssl_party import link_parts
from purchases import LINES
from second_merchant import second_merchant

OTHER_LINES = [{"sku": "BOOK-9", "description": "Poems", "quantity": 1, "unitPrice": 18000}]


class Cart:
    """One page of the first merchant's shop that sells for another merchant, too."""

    def __init__(self, purchases, other):
        self.purchases, self.other = purchases, other
        self.shops = (purchases.network, other)

    def checkouts(self, profile: str = "session") -> list[dict]:
        """One at each gateway, both for the same page."""
        self.purchases.sell_in("session", "plain")
        origin = self.purchases.network.merchant_origin
        return [shop.create_checkout(lines, "KRW", origin=origin, profiles=[profile])
                for shop, lines in zip(self.shops, (LINES, OTHER_LINES))]

    def buy(self, checkouts: list[dict], before_approval=lambda: None, answer: str = "continue",
            leaves_out=(), when: str = "asked") -> dict:
        """What the extension hears last; the terminal approves, without the merchants of these gateways."""
        self.purchases.holder.begin(self.purchases.means, leaves_out=leaves_out, when=when)
        with Extension(self.purchases.computer, answer=answer) as extension:
            before_approval()
            extension.start([tag_of(checkout) for checkout in checkouts], self.purchases.network.merchant_origin)
            told = extension.wait_for("ended", "error", seconds=90)
            self.heard = extension.heard
            extension.process.wait(30)  # the screen hears of an end first, then the shops
        self.shown = self.purchases.holder.wait_end()
        return told

    def states(self, checkouts: list[dict]) -> list[str]:
        """Once nobody waits for anything any more: a cancellation is on its way for a moment."""
        def settled():
            states = [shop.ask_shop(f"/v1/checkouts/{checkout['id']}")["state"]
                      for shop, checkout in zip(self.shops, checkouts)]
            return not {"confirming", "taken"} & set(states) and states
        return wait_until(settled, "the outcomes", 20)

    def orders(self, checkouts: list[dict], folder) -> list[dict]:
        """What was signed, as openssl finds it in each merchant's confirmation."""
        found = []
        for shop, checkout in zip(self.shops, checkouts):
            evidence = folder / shop.merchant_name.replace(" ", "-")
            evidence.mkdir(parents=True)
            view = shop.ask_shop(f"/v1/checkouts/{checkout['id']}")
            (evidence / "confirmation.p7m").write_bytes(base64.b64decode(view["confirmation"]))
            (evidence / "network-root.pem").write_bytes(shop.root_pem.read_bytes())
            found.append(load(unwrap(evidence, evidence)["order.json"]))
        return found


@pytest.fixture(scope="module")
def cart(purchases, tmp_path_factory):
    origin = purchases.network.merchant_origin
    other = second_merchant(purchases.network, tmp_path_factory.mktemp("other"), sells_at=[origin])
    try:
        yield Cart(purchases, other)
    finally:
        other.stop()


@pytest.mark.parametrize("profile", ["session", "plain"])
def test_one_approval_buys_from_both_merchants(cart, profile, tmp_path):
    checkouts = cart.checkouts(profile)
    told = cart.buy(checkouts)
    assert told["outcome"] == "confirmed", cart.heard
    assert [one["outcome"] for one in told["checkouts"]] == ["confirmed", "confirmed"]
    assert cart.shown["result"] == "confirmed"
    assert cart.states(checkouts) == ["confirmed", "confirmed"]
    first, second = cart.orders(checkouts, tmp_path)
    assert first["group"] == second["group"], "one approval"
    assert first["group"]["count"] == 2
    assert {first["merchant"]["subject"], second["merchant"]["subject"]} > {first["merchant"]["subject"]}
    assert first["origin"] == second["origin"] == cart.purchases.network.merchant_origin
    reviews = [message for message in cart.heard if message["type"] == "review"]
    if profile == "session":
        assert [order["total"] for order in reviews[0]["orders"]] == [24000, 18000], "one look at all of it"
        assert len(reviews) == 1
    else:
        assert not reviews


def test_neither_merchant_learns_of_the_others_order(cart):
    checkouts = cart.checkouts("plain")
    cart.buy(checkouts)
    first, second = (shop.merchant_folder / "data" for shop in cart.shops)
    for folder, checkout in ((first, checkouts[1]), (second, checkouts[0])):
        token = link_parts(checkout["link"])["token"]
        stored = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
        assert checkout["id"].encode() not in stored and token.encode() not in stored


def test_a_purchase_at_one_merchant_has_no_group(cart, tmp_path):
    course = cart.purchases.buy(cart.purchases.tag("plain"))
    assert course.is_confirmed
    found = cart.orders([{"id": course.checkout}], tmp_path)
    assert "group" not in found[0]


def test_a_cancelled_checkout_leaves_the_other_as_it_is(cart):
    checkouts = cart.checkouts()
    subprocess.run(["curl", "-sf", "--cacert", cart.other.root_pem, "-X", "DELETE", "-H", f"Authorization: Bearer {cart.other.api_key}",
                    f"{cart.other.merchant_url}/v1/checkouts/{checkouts[1]['id']}"], check=True, capture_output=True)
    told = cart.buy(checkouts)
    assert told["outcome"] == "partly", cart.heard
    assert [(one["outcome"], one["code"]) for one in told["checkouts"]] == [("confirmed", None), ("failed", "cancelled")]
    assert cart.shown["result"] == "partly"
    assert cart.states(checkouts) == ["confirmed", "cancelled"]
    assert [(message["order"]["total"], message["notShown"]) for message in cart.heard if message["type"] == "review"] == [(24000, 0)]


@pytest.mark.parametrize("profile", ["session", "plain"])
def test_a_merchant_who_is_left_out_at_the_terminal_hears_of_it_and_the_other_order_is_confirmed(cart, profile):
    checkouts = cart.checkouts(profile)
    told = cart.buy(checkouts, leaves_out=[cart.other.merchant_url])
    assert told["outcome"] == "partly", cart.heard
    assert [(one["outcome"], one["code"]) for one in told["checkouts"]] == [("confirmed", None), ("left_out", "cancelled")]
    assert cart.states(checkouts) == ["confirmed", "cancelled"]
    assert all(message["notShown"] == 0 and "order" in message for message in cart.heard if message["type"] == "review")
    assert cart.shown["result"] == "partly"


def test_the_terminal_goes_on_without_a_silent_merchant(cart):
    """Its gateway takes connections and says nothing: the holder waits no longer for it."""
    checkouts = cart.checkouts()
    silent = cart.other.merchant.process
    silent.send_signal(signal.SIGSTOP)
    try:
        told = cart.buy(checkouts, leaves_out=[cart.other.merchant_url], when="opening")
    finally:
        silent.send_signal(signal.SIGCONT)
    gateways = {one["gateway"]: one["outcome"] for one in told["checkouts"]}
    assert gateways == {cart.purchases.network.merchant_url: "confirmed", cart.other.merchant_url: "left_out"}, told
    assert cart.states(checkouts)[0] == "confirmed"


def test_the_no_of_the_browser_cancels_all(cart):
    checkouts = cart.checkouts()
    told = cart.buy(checkouts, answer="cancel")
    assert told["outcome"] == "cancelled"
    assert cart.states(checkouts) == ["cancelled", "cancelled"]


def test_a_checkout_of_a_merchant_who_does_not_sell_at_the_page_is_refused(cart, tmp_path):
    """The other merchant's own page; the first one's certificate does not name it."""
    own = cart.other.create_checkout(OTHER_LINES, "KRW", origin=cart.other.merchant_origin, profiles=["plain"])
    checkouts = [cart.checkouts("plain")[0], own]
    told = cart.buy(checkouts)
    assert [(one["outcome"], one["code"]) for one in told["checkouts"]] == [("confirmed", None), ("failed", "wrong_origin")]


def test_a_gateway_that_has_gone_is_named_and_the_other_order_confirmed(cart):
    checkouts = cart.checkouts()
    cart.other.merchant.stop()
    try:
        told = cart.buy(checkouts)
        gateways = {one["gateway"]: (one["outcome"], one["code"]) for one in told["checkouts"]}
        assert gateways[cart.other.merchant_url] == ("failed", "unavailable"), told
        assert gateways[cart.purchases.network.merchant_url] == ("confirmed", None)
        assert cart.shown["result"] == "partly"
    finally:
        cart.other.start_merchant()
        cart.other.wait_merchant_certificate()


def test_the_link_alone_buys_from_both(cart, tmp_path):
    """As the desktop starts the mediator, without a browser that attests the page."""
    checkouts = cart.checkouts()
    first, second = (link_parts(checkout["link"]) for checkout in checkouts)
    quoted = {name: value.replace(":", "%3A").replace("/", "%2F") for name, value in second.items()}
    origin = cart.purchases.network.merchant_origin.replace(":", "%3A").replace("/", "%2F")
    link = checkouts[0]["link"] + "".join(f"&{name}.2={quoted[name]}" for name in ("gateway", "checkout", "token")) + f"&origin={origin}"
    cart.purchases.holder.begin(cart.purchases.means)
    computer = cart.purchases.computer
    opened = subprocess.run([computer.program, "--config", computer.config, "open", link], input="y\n", capture_output=True,
                            text=True, check=False, timeout=90, env=computer.environment)
    assert opened.returncode == 0, opened.stdout + opened.stderr
    assert "2 merchants" in opened.stdout and "confirmed" in opened.stdout
    assert cart.states(checkouts) == ["confirmed", "confirmed"]
    first, second = cart.orders(checkouts, tmp_path)
    assert first["group"] == second["group"]
