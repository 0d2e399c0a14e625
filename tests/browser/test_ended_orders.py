# SPDX-License-Identifier: Apache-2.0
"""Orders that do not end with a receipt, in a real browser: cancelled, expired, and refused by the authority."""
import contextlib
import json
import sqlite3

from browser import play_in_browser
from demo.network import PIN, Network
from demo.processes import free_port
from demo.story import EMAIL
from holding_proxy import HoldingProxy


def let_an_hour_pass(network: Network) -> None:
    """For the checkouts that are open."""
    store = network.merchant_folder / "data/merchant.db"
    with contextlib.closing(sqlite3.connect(store, timeout=30)) as database, database:
        database.execute("UPDATE checkouts SET created = created - 3600, expires = expires - 3600 WHERE state = 'open'")


def revoke_the_purchaser(network: Network) -> None:
    for line in network.operator("certificates", "search", "--email", EMAIL).splitlines():
        network.operator("certificates", "revoke", json.loads(line)["serial"])


def test_a_customer_sees_how_an_order_ended_and_why(tmp_path):
    proxy = HoldingProxy()

    def part_gateway_and_authority() -> None:
        proxy.target_port = free_port()  # where nobody is
        proxy.drop()

    def revoke_and_let_them_meet() -> None:
        revoke_the_purchaser(network)
        proxy.target_port = network.ports["service"]

    with contextlib.closing(proxy), Network(tmp_path / "network", port_of_authority_for_merchant=proxy.port) as network:
        proxy.target_port = network.ports["service"]
        network.bring_up()
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.start_wallet_screen()
        play_in_browser("ended_orders.mjs", {"shop": network.merchant_url, "wallet": network.wallet_url, "pin": PIN},
                        acts={"an-hour-passed": lambda: let_an_hour_pass(network),
                              "no-authority": part_gateway_and_authority, "revoked": revoke_and_let_them_meet})
