# SPDX-License-Identifier: Apache-2.0
"""A data centre whose operator chose to confirm small orders by what it knew last, while the purchaser's home is away."""
import contextlib
import datetime
import json
import re

import pytest

from demo.neighbour import Neighbour
from demo.network import Network
from demo.processes import wait_until
from openssl_party import Answer, openssl
from test_status import refusal_codes, serial_of
from trade import Trade

SMALL = {"lines": [{"sku": "TEA-100", "description": "제주 녹차 100 g", "quantity": 2, "unitPrice": 12000}], "total": 24000}
BELOW = 50000  # KRW; the order that nothing is said of costs 62,000


class Shop(Neighbour):
    """Sells to purchasers of the first data centre."""

    def create_data_centre(self) -> None:
        super().create_data_centre()
        with (self.authority_folder / "authority.toml").open("a", encoding="utf-8") as settings:
            settings.write(f'[network]\ndegraded_below = ["KRW {BELOW}"]\ndegraded_max_age = "5m"\n')


class Buyer:
    """A purchaser of the first data centre, at the merchant of the other, whose authority follows it by its home's feed."""

    def __init__(self, home: Network, shop: Network, name: str):
        self.shop, self.trade = shop, Trade(shop)
        self.signer, _ = Trade(home).purchaser(name)
        self.folder = self.trade.folder
        before = self.orders_by_feed()
        wait_until(lambda: self.buys() and self.orders_by_feed() > before, "a confirmation by the home's feed")

    def orders_by_feed(self) -> int:
        return int(re.search(r"orders +(\d+) by its feed", self.shop.operator("network", "status")).group(1))

    def ask(self, **order) -> Answer:
        return self.trade.confirm(self.trade.connect(), self.trade.countersigned(self.signer, **order))

    def buys(self, **order) -> str | None:
        """What the verifier says of the confirmation, offline; it is `confirmation`."""
        answer = self.ask(**order)
        if answer.status != 200:
            return None
        self.confirmation.write_bytes(answer.body)
        return self.shop.verify(self.confirmation)

    def refusal(self, **order) -> list[str]:
        answer = self.ask(**order)
        return [] if answer.status == 200 else refusal_codes(answer, self.folder)

    def wait_degraded(self) -> None:
        """Until the silence is noticed the home's last word still counts as live."""
        wait_until(lambda: (self.buys(**SMALL) or "").startswith("VALID, DEGRADED"), "a degraded confirmation")

    @property
    def confirmation(self):
        return self.folder / "confirmation.p7m"


@contextlib.contextmanager
def away(home: Network):
    home.authority.stop()
    try:
        yield
    finally:
        home.start_authority()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with Network(tmp_path_factory.mktemp("degraded")) as network:
        network.bring_up()
        yield network


@pytest.fixture(scope="module")
def shop(home):
    neighbour = Shop(home, "neighbour", "OU=nairobi-1,OU=ke,O=Countersign Demo", "Baobab Crafts")
    neighbour.bring_up_beside()
    return neighbour


@pytest.fixture(scope="module")
def buyers(home, shop) -> list[Buyer]:
    return [Buyer(home, shop, name) for name in ("faithful", "robbed")]


def test_small_orders_are_confirmed_and_say_so_while_the_home_is_away(home, shop, buyers):
    buyer = buyers[0]
    assert buyer.buys().startswith("VALID: the authority confirmed this transaction")
    with away(home):
        buyer.wait_degraded()
        said = json.loads(openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", buyer.confirmation))
        assert said["purchaser"]["degraded"] is True
        assert datetime.datetime.fromisoformat(said["purchaser"]["asOf"]) < datetime.datetime.fromisoformat(said["time"])
        assert "degraded" not in said["merchant"], "the merchant is of that very data centre"
        assert buyer.refusal() == ["home_unreachable"], "an order above the amount"
        assert re.search(r"[1-9]\d* degraded", shop.operator("network", "status"))
    wait_until(lambda: (buyer.buys() or "").startswith("VALID: the"), "the large order to be confirmed once the home is back")


def test_what_was_revoked_before_the_home_went_away_is_confirmed_for_no_amount(home, buyers):
    buyer = buyers[1]
    wait_until(buyer.buys, "a confirmation while the home is there")
    home.operator("certificates", "revoke", serial_of(buyer.signer), "--reason", "keyCompromise")
    wait_until(lambda: buyer.refusal(**SMALL) == ["certificate_revoked"], "the revocation to be known")
    with away(home):
        buyers[0].wait_degraded()
        assert all(buyer.refusal(**SMALL) == ["certificate_revoked"] for _ in range(3))
