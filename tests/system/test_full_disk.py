# SPDX-License-Identifier: Apache-2.0
"""No room at the gateway and in the wallet: it is named, nothing is half stored, and it goes on once there is room."""
import contextlib

import pytest

from demo.network import Network
from demo.processes import StepFailed
from little_room import KINDS

LINES = [{"sku": "TEA", "description": "Tea", "quantity": 1, "unitPrice": 100}]
ENOUGH_TO_FILL_IT = 3000  # checkouts
BUYER = "buyer@mail.example"
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def refused_for_room():
    return pytest.raises(StepFailed, match="storage_full")


def state_of(network: Network, checkout: dict) -> str:
    return network.ask_shop(f"/v1/checkouts/{checkout['id']}")["state"]


@each_kind
def test_a_gateway_without_room_says_so_and_goes_on_later(tmp_path, kind):
    with contextlib.ExitStack() as stack:
        network = Network(tmp_path / "network")
        disk = kind(network.merchant_folder, lambda: network.merchant)
        stack.callback(disk.close)
        stack.enter_context(network)
        network.bring_up()
        network.wallet_enrol(network.register(BUYER))
        network.wallet_open(network.wait_mail(BUYER))
        bought = network.create_checkout(LINES, "KRW")

        disk.fill()
        made = []
        with refused_for_room():
            for _ in range(ENOUGH_TO_FILL_IT):
                made.append(network.create_checkout(LINES, "KRW"))
        with refused_for_room():
            network.register("crowded@mail.example")
        with refused_for_room():
            network.wallet_pay(bought["link"])
        assert network.merchant.running()
        assert state_of(network, bought) == "open" and not network.mails_to("crowded@mail.example")

        disk.make_room()
        network.register("crowded@mail.example")
        network.wallet_pay(bought["link"])
        made.append(network.create_checkout(LINES, "KRW"))
        network.merchant.kill()
        network.start_merchant()
        network.wait_merchant_certificate()
        assert state_of(network, bought) == "confirmed"
        assert all(state_of(network, checkout) == "open" for checkout in made), "what was acknowledged is there"
        newest = network.ask_shop("/v1/checkouts?limit=100")["checkouts"]
        assert {checkout["id"] for checkout in newest} <= {checkout["id"] for checkout in [bought, *made]}, "and nothing else"


@each_kind
def test_a_wallet_without_room_says_so_and_goes_on_later(tmp_path, kind):
    with contextlib.ExitStack() as stack:
        network = Network(tmp_path / "network")
        disk = kind(network.wallet_folder)
        stack.callback(disk.close)
        stack.enter_context(network)
        network.bring_up()
        network.wallet("list")
        link = network.register(BUYER)

        def without_room(step, *words):
            disk.fill()
            try:
                with refused_for_room():
                    step(*words)
            finally:
                disk.make_room()
            return step(*words)

        without_room(network.wallet_enrol, link)
        mail = network.wait_mail(BUYER)
        without_room(network.wallet_open, mail)
        checkout = network.create_checkout(LINES, "KRW")
        without_room(network.wallet_pay, checkout["link"])
        assert state_of(network, checkout) == "confirmed"
        network.verify(network.wallet_evidence()["confirmation.p7m"])
        states = [line for line in network.operator("certificates", "search", "--email", BUYER).splitlines()
                  if '"active"' in line]
        assert len(states) == 2, "one pair, once"
