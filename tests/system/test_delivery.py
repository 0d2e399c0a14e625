# SPDX-License-Identifier: Apache-2.0
"""The authority itself brings the confirmation to the wallet: the merchant is not the purchaser's only route (K8)."""
import json

from demo.network import Network
from holding_proxy import HoldingProxy
from openssl_party import sha256_hex
from trade import Trade

LESS_THAN_A_CONFIRMATION = 9000  # bytes: more than a TLS handshake of the authority, less than its signed answer


def test_the_wallet_gets_the_confirmation_when_the_merchant_is_gone(network):
    trade = Trade(network)
    purchaser, _ = trade.purchaser("purchaser")
    order = trade.order(purchaser)
    asked = trade.confirm(trade.connect(), trade.merchant.countersign(purchaser.sign(order)))
    network.merchant.kill()
    identifier = json.loads(order)["id"]
    found = trade.find(purchaser, identifier, sha256_hex(order))
    assert found.status == 200 and found.body == asked.body


def test_another_purchaser_does_not_get_it(network):
    trade = Trade(network)
    purchaser, _ = trade.purchaser("purchaser")
    stranger, _ = trade.purchaser("stranger")
    order = trade.order(purchaser)
    assert trade.confirm(trade.connect(), trade.merchant.countersign(purchaser.sign(order))).status == 200
    identifier, digest = json.loads(order)["id"], sha256_hex(order)
    assert trade.find(stranger, identifier, digest).status == 404
    assert trade.find(purchaser, identifier, sha256_hex(b"another order")).status == 404
    anyone = trade.connect_as_anyone()
    assert anyone.ask("POST", "/v1/holder-requests", purchaser.sign(b"{}"), "application/pkcs7-mime").status == 400


def test_the_real_wallet_gets_it_although_the_gateway_dies_right_after_it_asked(tmp_path):
    """The authority's answer to the gateway is held back on its way, the gateway is killed, and the wallet asks itself."""
    proxy = HoldingProxy()
    with Network(tmp_path / "network", port_of_authority_for_merchant=proxy.port) as network:
        proxy.target_port = network.ports["service"]
        network.bring_up()
        network.wallet_enrol(network.register("hong@mail.example"))
        network.wallet_open(network.wait_mail("hong@mail.example"))
        checkout = network.create_checkout([{"sku": "TEA", "description": "Tea", "quantity": 1, "unitPrice": 100}], "KRW")
        proxy.arm(LESS_THAN_A_CONFIRMATION)
        paying = network.wallet_pay_in_background(checkout["link"])
        assert proxy.held.wait(30), "the authority answered the gateway"
        network.merchant.kill()
        assert paying.wait(60) == 0
        network.verify(network.wallet_evidence()["confirmation.p7m"])
    proxy.close()
