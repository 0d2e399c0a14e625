# SPDX-License-Identifier: Apache-2.0
"""Gateway and authority die between any two steps of a merchant's application, which still ends in one certificate."""
import json
import random
import time

import pytest

from demo.network import Network
from holding_proxy import HoldingProxy
from trade import Trade

SMALLEST, STEP, LARGEST = 1000, 600, 8200  # octets of answers on one connection, from the handshake to the certificate


@pytest.fixture
def applying(tmp_path):
    """An authority that runs and a gateway that has not applied yet; the answers between them can be held back."""
    proxy = HoldingProxy()
    with Network(tmp_path / "network", port_of_authority_for_merchant=proxy.port) as network:
        proxy.target_port = network.ports["service"]
        network.create_root()
        network.create_data_centre()
        network.start_mail()
        network.start_authority()
        yield network, proxy
    proxy.close()


def restart_gateway(network: Network, _: HoldingProxy) -> None:
    network.merchant.kill()
    network.start_merchant()


def restart_authority(network: Network, proxy: HoldingProxy) -> None:
    network.authority.kill()
    proxy.drop()
    network.start_authority()


def kill_after_each_answer(network: Network, proxy: HoldingProxy, restart) -> int:
    """Lets one side die when the authority has done what it was asked and the gateway does not know yet, again and
    again, each time a little further on; how often."""
    kills = 0
    for budget in range(SMALLEST, LARGEST, STEP):
        proxy.arm(budget)
        restart(network, proxy)
        if not proxy.held.wait(3):
            break
        kills += 1
    proxy.disarm()
    proxy.drop()
    return kills


def kill_at_random(network: Network, times: int) -> None:
    for _ in range(times):
        network.start_merchant()
        time.sleep(random.uniform(0, 0.6))
        network.merchant.kill()


def merchant_certificates(network: Network) -> list[dict]:
    lines = network.operator("certificates", "search", "--role", "merchant").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.mark.parametrize("restart", [restart_gateway, restart_authority], ids=["gateway", "authority"])
def test_an_application_ends_in_one_certificate_whoever_dies_between_its_steps(applying, restart, full):
    network, proxy = applying
    network.start_merchant()
    assert kill_after_each_answer(network, proxy, restart) > 3
    network.merchant.kill()
    kill_at_random(network, 5 if full else 2)
    assert merchant_certificates(network) == [], "nothing is issued before the operator approves"

    network.start_merchant()
    application = network.merchant_applies()
    network.merchant.kill()
    network.approve(application)
    restart_authority(network, proxy)
    network.start_merchant()
    assert kill_after_each_answer(network, proxy, restart) > 3
    network.merchant.kill()
    kill_at_random(network, 5 if full else 2)

    network.start_merchant()
    network.wait_merchant_certificate()
    assert [certificate["state"] for certificate in merchant_certificates(network)] == ["active"]
    trade = Trade(network)
    buyer, _ = trade.purchaser("buyer")
    assert trade.confirm(trade.connect(), trade.countersigned(buyer)).status == 200
    network.verify_audit_log()
