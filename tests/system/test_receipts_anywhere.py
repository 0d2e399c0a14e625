# SPDX-License-Identifier: Apache-2.0
"""The receipt of an order through any authority of the network: for who signed the order and proves it, and for nobody else."""
import json
import subprocess

import pytest

from demo.neighbour import Neighbour, NetworkMap
from demo.network import NETWORK, Network
from openssl_party import Peer, holder_request, openssl, sha256_hex
from test_public_log import RECEIPT, LoggedTrade
from trade import CMS


def content_of(signed: bytes) -> bytes:
    return openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=signed)


class Joined:
    """Seoul trades and logs; Osaka knows it by the network map and has nothing of its trade."""

    def __init__(self, folder):
        self.seoul = Network(folder / "seoul-1")
        self.osaka = Neighbour(self.seoul, "osaka-1", f"OU=osaka-1,OU=jp,O={NETWORK}")

    def bring_up(self) -> None:
        self.seoul.bring_up()
        self.osaka.create_data_centre()
        self.osaka.start_authority()
        joined = NetworkMap(self.seoul)
        joined.make_key()
        joined.add(self.osaka, logged=True)
        joined.wait_served(self.seoul, self.osaka)
        self.trade = LoggedTrade(self.seoul)
        self.buyer, _ = self.trade.purchaser("buyer")
        self.other, _ = self.trade.purchaser("other")
        countersigned = self.trade.countersigned(self.buyer)
        self.confirmed = self.trade.receipt_of(
            self.trade.connect().ask("POST", "/v1/confirmations", countersigned, CMS, Accept=RECEIPT))
        order = content_of(content_of(countersigned))
        self.order = {"id": json.loads(order)["id"], "digest": sha256_hex(order)}

    def question(self, signer, **changes) -> bytes:
        return holder_request(signer, self.seoul.data_centre, "find-confirmation", order={**self.order, **changes})

    def ask(self, request: bytes, at: Network | None = None, accept: str = RECEIPT):
        peer = Peer((at or self.osaka).authority_url, self.seoul.root_pem)
        return peer.ask("POST", "/v1/holder-requests", request, CMS, Accept=accept)


@pytest.fixture(scope="module")
def joined(tmp_path_factory):
    made = Joined(tmp_path_factory.mktemp("joined"))
    with made.seoul:
        made.bring_up()
        yield made


def test_who_signed_the_order_finds_its_receipt_through_another_authority(joined, tmp_path):
    here = joined.trade.receipt_of(joined.ask(joined.question(joined.buyer), joined.seoul))
    for signer in (joined.buyer, joined.trade.merchant):
        there = joined.ask(joined.question(signer))
        receipt = joined.trade.receipt_of(there)
        assert receipt.confirmation == here.confirmation == joined.confirmed.confirmation
        file = tmp_path / "found.countersign-receipt.json"
        file.write_bytes(there.body)
        done = subprocess.run([joined.seoul.programs["countersign"], "verify", file, "--root", joined.seoul.root_pem, "--json"],
                              check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and json.loads(done.stdout)["valid"], done.stdout + done.stderr


def test_who_asks_for_the_confirmation_alone_gets_that(joined):
    answer = joined.ask(joined.question(joined.buyer), accept=CMS)
    assert answer.status == 200 and answer.headers["Content-Type"] == CMS
    assert answer.body == joined.confirmed.confirmation


def test_a_digest_alone_opens_nothing(joined):
    # Somebody else of the network, with his own good key, and the order's id and digest.
    answer = joined.ask(joined.question(joined.other))
    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    # The same without a signature, and with one that is not of the holder that it names.
    assert joined.ask(b"{}").status == 400
    forged = joined.question(joined.buyer)
    assert joined.ask(forged[:-1] + bytes([forged[-1] ^ 1])).json()["code"] == "signature_invalid"
    # Who signed it, with another digest.
    answer = joined.ask(joined.question(joined.buyer, digest="00" * 32))
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_a_question_is_answered_once(joined):
    question = joined.question(joined.buyer)
    assert joined.ask(question).status == 200
    for at in (joined.osaka, joined.seoul):
        assert joined.ask(question, at).json()["code"] == "conflict"


def test_nobody_answers_for_a_home_that_is_away(joined):
    joined.seoul.authority.stop()
    try:
        answer = joined.ask(joined.question(joined.buyer))
        assert (answer.status, answer.json()["code"]) == (503, "home_unreachable")
    finally:
        joined.seoul.start_authority()
