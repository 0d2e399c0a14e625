# SPDX-License-Identifier: Apache-2.0
"""A cart with goods of two merchants, with a fault at one message between the PC and one of the gateways, or between that
gateway and the authority. Each order is confirmed or not by itself; PC, terminal and both shops agree which, nothing is paid
twice, and the same cart begun again brings the rest. A full run, with every message, takes about twenty minutes."""
import pytest

from demo.processes import wait_until
from extension import Extension, tag_of
from fault_proxy import FAULTS, FaultProxy
from purchase_ends import ENDS, words_for
from purchases import HASTY_MERCHANT, LINES, LONGEST
from second_merchant import second_merchant
from test_carts import OTHER_LINES

PLACES = ("relay", "authority")
SAMPLE = {("plain", "relay"): ("cut", 18), ("plain", "authority"): ("held", 6),
          ("session", "relay"): ("flipped", 24), ("session", "authority"): ("swapped", 4)}


def prepare(purchases):
    purchases.hasten()


class Cart:
    """Two checkouts for one page, and the proxies on the ways to the second one's gateway and from there."""

    def __init__(self, purchases, folder):
        self.purchases = purchases
        self.proxies = {place: FaultProxy(purchases.network.ports["service"]) for place in PLACES}
        self.other = second_merchant(purchases.network, folder, sells_at=[purchases.network.merchant_origin],
                                     port_of_authority=self.proxies["authority"].port, settings=HASTY_MERCHANT.format(2))
        self.proxies["relay"].target_port = self.other.ports["gateway"]
        self.shops = (purchases.network, self.other)
        self.gateways = [f"https://127.0.0.1:{proxy.port}" for proxy in (purchases.proxies["relay"], self.proxies["relay"])]

    def close(self) -> None:
        self.other.stop()
        for proxy in self.proxies.values():
            proxy.close()

    def tags(self, profile: str) -> list[dict]:
        origin = self.purchases.network.merchant_origin
        opened = [shop.create_checkout(lines, "KRW", origin=origin, profiles=[profile])
                  for shop, lines in zip(self.shops, (LINES, OTHER_LINES))]
        return [{**tag_of(checkout), "gateway": gateway} for checkout, gateway in zip(opened, self.gateways)]

    def calm(self) -> None:
        for proxy in (*self.purchases.proxies.values(), *self.proxies.values()):
            proxy.arm()
            proxy.drop()

    def buy(self, tags: list[dict]) -> "Ends":
        self.purchases.let_a_minute_pass()
        self.purchases.holder.begin(self.purchases.means)
        with Extension(self.purchases.computer) as extension:
            extension.start(tags, self.purchases.network.merchant_origin)
            told = extension.wait_for("ended", "error", seconds=LONGEST)
            extension.process.wait(30)
        wait_until(self.purchases.proxies["link"].is_idle, "the end of the link", LONGEST)
        return Ends(self, tags, told, self.purchases.holder.wait_end(LONGEST))


class Ends:
    """What PC, terminal and shops say of a cart."""

    def __init__(self, cart: Cart, tags: list[dict], told: dict | None, shown: dict):
        self.told, self.shown, self.problems = told, shown, list(cart.purchases.holder.problems)
        views = [self._settled(shop, tag["checkout"]) for shop, tag in zip(cart.shops, tags)]
        self.states = [view["state"] for view in views]
        self.orders = [view["orderId"] or "" for view in views]
        self.confirmations = [view.get("confirmation") for view in views]

    @staticmethod
    def _settled(shop, checkout: str) -> dict:
        def settled():
            view = shop.ask_shop(f"/v1/checkouts/{checkout}")
            return view["state"] != "confirming" and view
        return wait_until(settled, "the outcome", 60)

    def said(self, gateway: str) -> str:
        """What the PC heard of one of them."""
        each = {one["gateway"]: one["outcome"] for one in self.told.get("checkouts", [])}
        return each.get(gateway, self.told.get("outcome", "failed"))

    def __repr__(self) -> str:
        return f"told {self.told}, shown {self.shown} after {self.problems}, {self.states}"


def check_ends(cart: Cart, ends: Ends) -> None:
    assert ends.told, f"the mediator ended without a word: {ends}"
    are_confirmed = [state == "confirmed" for state in ends.states]
    each = [ends.said(gateway) for gateway in cart.gateways]
    for said, is_confirmed, state, order in zip(each, are_confirmed, ends.states, ends.orders):
        # “Undecided” is what the wallet signed and could not find out about, and to look again; nothing else is.
        if said == "undecided":
            assert order and cart.purchases.state_in_wallet(order) not in ("shown", "cancelled"), ends
        else:
            assert (said == "confirmed") == is_confirmed, ends
        assert state in ENDS, ends
    if not all(are_confirmed):
        assert ends.told["code"] and ends.told["remedy"], ends
    if ends.shown["result"] == "confirmed":
        assert all(are_confirmed), ends
    else:
        assert ends.shown["code"] in words_for(), ends
    assert (ends.shown["result"] == "partly") == ("confirmed" in each and set(each) != {"confirmed"}), ends
    assert set(ends.problems) <= words_for(), ends
    for order, is_confirmed in zip(ends.orders, are_confirmed):
        if is_confirmed:
            assert cart.purchases.decisions(order) == ["approved"], ends
            assert cart.purchases.confirmation_in_wallet(order), ends


def play(cart: Cart, profile: str, place: str, fault: str, at: int) -> bool:
    cart.calm()
    tags = cart.tags(profile)
    cart.proxies[place].arm(fault, at)
    ends = cart.buy(tags)
    has_struck = cart.proxies[place].has_struck
    cart.proxies[place].arm()
    try:
        check_ends(cart, ends)
        if not has_struck:
            assert ends.states == ["confirmed", "confirmed"], ends
        if not ends.problems:
            assert ends.states[0] == "confirmed", f"the other merchant's is not this one's fault: {ends}"
        again = cart.buy(tags)
        check_ends(cart, again)
        for before, after, first, then in zip(ends.states, again.states, ends.confirmations, again.confirmations):
            assert after == ("cancelled" if before == "cancelled" else "confirmed"), (ends, again)
            assert before != "confirmed" or first == then, "the same confirmation"
    except Exception as failure:
        raise AssertionError(f"{profile}: {fault} at message {at} of {place}") from failure
    return has_struck


@pytest.fixture(scope="module")
def cart(purchases, tmp_path_factory):
    both = Cart(purchases, tmp_path_factory.mktemp("other"))
    try:
        yield both
    finally:
        both.close()


@pytest.mark.parametrize("profile, place", SAMPLE)
def test_a_fault_at_one_merchant_leaves_the_other_and_each_device_says_which(cart, profile, place):
    fault, at = SAMPLE[profile, place]
    assert play(cart, profile, place, fault, at)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("profile, place", SAMPLE)
def test_so_does_any_fault_at_any_message(cart, full, profile, place, fault):
    if not full:
        pytest.skip("takes long: in a full run")
    at = 0
    while play(cart, profile, place, fault, at):
        at += 1
    assert at > 3, f"{place} carried {at} messages"
