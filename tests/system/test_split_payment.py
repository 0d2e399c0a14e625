# SPDX-License-Identifier: Apache-2.0
"""Purchases whose payment is split (profile set) with the real programs: what they leave, taken apart by openssl alone, and how
they end when the card company says no. Faults on the way to the company: test_purchase_faults.py."""
import contextlib
import hashlib
import json
import shutil

import pytest

from demo.payment import MEANS
from demo.processes import wait_until
from openssl_party import openssl
from purchase_ends import check
from split_payment import digest_of, open_instruction, review_of, signed_digests, verify

POOR = MEANS["card without funds"]


def prepare(purchases):
    purchases.hasten()


@pytest.fixture(name="evidence", scope="module")
def evidence_of_one_purchase(purchases):
    course = purchases.buy(purchases.tag("set"))
    assert course.is_confirmed and course.told["outcome"] == "confirmed", course
    return purchases.network.wallet_evidence()


def captured(purchases, order: str) -> list[dict]:
    return [line for line in purchases.network.card_company.objects("captures", "list") if line["reference"] == order]


def test_it_is_bought_confirmed_and_captured_once(purchases):
    tag = purchases.tag("set", "session", "plain")
    course = purchases.buy(tag)
    assert course.told == {"type": "ended", "outcome": "confirmed"}, course
    check(purchases, tag, course)
    wait_until(lambda: captured(purchases, course.order), "the capture")
    assert [line["amount"] for line in captured(purchases, course.order)] == [purchases.checkout(course.checkout)["total"]]
    purchases.network.card_company.command("reconcile")


def test_the_shop_verifies_the_one_signature_with_the_order_and_without_the_payment(purchases, evidence):
    network = purchases.network
    verify(network, "purchaser", evidence["signed-order.p7m"], "-cades", "-out", "/dev/null")
    verify(network, "purchaser", evidence["signed-order-detached.p7s"], "-content", evidence["order.json"], "-out", "/dev/null")
    order = json.loads(evidence["order.json"].read_text(encoding="utf-8"))
    assert order["profile"] == "set" and order["cardCompany"]["subject"] == network.card_company.subject
    assert not set(order) & {"payment", "number", "expiry"}


def test_the_card_company_verifies_the_same_signature_without_the_order(purchases, evidence, tmp_path):
    network, detached = purchases.network, evidence["signed-order-detached.p7s"]
    verify(network, "purchaser", detached, "-no_content_verify", "-content", "/dev/null", "-out", "/dev/null")
    opened = open_instruction(network, evidence["payment-instruction.p7m"])
    instruction, digests = json.loads(opened), signed_digests(detached)
    assert digests["message"] == instruction["order"] == digest_of(evidence["order.json"])
    assert digests["payment"] == hashlib.sha256(opened).hexdigest()
    assert instruction["payment"]["number"] == purchases.card[0]
    assert evidence["order.json"].read_bytes()[:200] not in detached.read_bytes()


def test_the_halves_of_two_purchases_do_not_fit(purchases, evidence, tmp_path):
    network = purchases.network
    first = {name: shutil.copy(file, tmp_path / name) for name, file in evidence.items()}
    assert purchases.buy(purchases.tag("set")).is_confirmed
    other = network.wallet_evidence()
    for detached, order, fits in ((other["signed-order-detached.p7s"], other["order.json"], True),
                                  (first["signed-order-detached.p7s"], other["order.json"], False),
                                  (other["signed-order-detached.p7s"], first["order.json"], False)):
        with contextlib.nullcontext() if fits else pytest.raises(RuntimeError, match="content verify error|digest"):
            verify(network, "purchaser", detached, "-content", order, "-out", "/dev/null")
    theirs = hashlib.sha256(open_instruction(network, other["payment-instruction.p7m"])).hexdigest()
    ours = hashlib.sha256(open_instruction(network, tmp_path / "payment-instruction.p7m")).hexdigest()
    assert theirs == signed_digests(other["signed-order-detached.p7s"])["payment"] != ours
    assert ours == signed_digests(tmp_path / "signed-order-detached.p7s")["payment"]


def test_the_companys_own_answer_names_what_it_speaks_of(purchases, evidence):
    network = purchases.network
    review = review_of(network, evidence["review-result.p7m"])
    order = json.loads(evidence["order.json"].read_text(encoding="utf-8"))
    confirmation = json.loads(evidence["confirmation.json"].read_text(encoding="utf-8"))
    assert review["verdict"] == "approved"
    for member in ("merchant", "purchaser", "cardCompany", "expires", "currency"):
        assert review[member] == order[member], member
    assert (review["transaction"], review["amount"], review["order"]) == (order["id"], order["total"], digest_of(evidence["order.json"]))
    content = evidence["review-result.p7m"].with_suffix(".json").read_bytes()
    assert confirmation["review"] == {"digest": hashlib.sha256(content).hexdigest(), "code": review["authorization"]}
    network.verify(evidence["confirmation.p7m"], "--review", evidence["review-result.p7m"])


def test_nobody_else_opens_the_instruction(purchases, evidence):
    network, envelope = purchases.network, evidence["payment-instruction.p7m"]
    assert open_instruction(network, envelope)
    with pytest.raises(RuntimeError, match="Error decrypting CMS"):
        openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-in", envelope, "-inkey", network.merchant_key,
                "-passin", f"file:{network.merchant_passphrase_file}")


@pytest.fixture(name="poor", scope="module")
def means_without_funds(purchases) -> str:
    purchases.take_another_card(POOR)
    return "3"


def test_a_card_without_funds_is_declined_by_name_and_another_pays(purchases, poor):
    course = purchases.buy(purchases.tag("set"), means=(poor, poor, purchases.split_means))
    assert course.told["outcome"] == "confirmed", course
    page = json.loads(purchases.screen.fetch(f"/api/purchases/{course.order}"))
    assert [(answer["verdict"], answer["code"]) for answer in page["reviews"]] == [
        ("declined", "insufficient_funds"), ("approved", "")], page["reviews"]


def test_a_declined_payment_confirms_and_holds_nothing(purchases, poor):
    course = purchases.buy(purchases.tag("set"), means=(poor,))
    assert (course.told["outcome"], course.state) == ("refused", "cancelled"), course
    assert (course.shown["result"], course.shown["answer"]["verdict"], course.shown["answer"]["code"]) == (
        "declined", "declined", "insufficient_funds"), course.shown
    assert account_of(purchases, POOR.number)["held"] == 0
    assert purchases.decisions(course.order) == ["declined"] * 3


def account_of(purchases, number: str) -> dict:
    company = purchases.network.card_company
    return next(account for account in company.objects("accounts", "list") if account["id"] == company.accounts[number])
