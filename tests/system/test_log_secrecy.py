# SPDX-License-Identifier: Apache-2.0
"""Whoever reads all of the public log, and every receipt but one, finds out nothing of the purchase that this one is about."""
import collections
import hashlib
import json
import re
import sqlite3

import pytest

from canaries import held_in, layers
from demo.processes import wait_until
from log_reader import commitment_to, leaf_hash
from many_orders import confirm_many
from openssl_party import openssl, sha256_hex
from second_merchant import second_merchant
from test_public_log import CMS, RECEIPT, LoggedTrade, order_in
from test_status import serial_of

SELLER = "Quiet Apothecary"
ARTICLE = {"sku": "WORMWOOD-3", "description": "비밀 처방 wormwood tincture", "quantity": 2, "unitPrice": 3695523017}
MANY_LINES = [{"sku": f"BOOK-{number}", "description": "a book with a long title " * 4, "quantity": 1, "unitPrice": 1000}
              for number in range(40)]
ENTRY, RANDOM_BITS = 49, 378  # octets; of id and commitment without the six of version and variant
FIXED = {48, 49, 50, 51, 64, 65}  # bits of an id that say version and variant


class Market:
    """Three people buy books, and one something else elsewhere."""

    def __init__(self, network, other):
        self.books, self.apothecary = LoggedTrade(network), LoggedTrade(other)
        buyers = [self.books.purchaser(name)[0] for name in ("first", "second", "third")]
        self.others = [self.buy(self.books, buyer) for buyer in buyers for _ in range(4)]
        self.buyer, _ = self.apothecary.purchaser("secretive")
        self.countersigned = self.apothecary.countersigned(self.buyer, lines=[ARTICLE], total=2 * ARTICLE["unitPrice"])
        self.withheld = self.buy(self.apothecary, self.buyer, self.countersigned)
        self.others += [self.buy(self.books, self.books.purchaser("last")[0], total=40_000, lines=MANY_LINES)]
        self.public = self.read_public()

    @staticmethod
    def buy(trade, buyer, countersigned=b"", **changes) -> bytes:
        """The file of the receipt."""
        answer = trade.connect().ask("POST", "/v1/confirmations", countersigned or trade.countersigned(buyer, **changes), CMS,
                                     Accept=RECEIPT)
        trade.receipt_of(answer)
        return answer.body

    def read_public(self) -> list[bytes]:
        """Every file that the log publishes."""
        wait_until(lambda: self.books.log.size() > self.receipt.index + 1, "the publication")
        folder = self.books.network.authority_folder / "log"
        return [file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()]

    @property
    def receipt(self):
        """The one that is withheld."""
        return self.apothecary.receipts[0]

    def entries(self) -> list[bytes]:
        return self.books.log.entries(self.books.log.size())

    def said(self) -> dict[str, str | bytes]:
        """What the withheld receipt says to who has it."""
        order = order_in(self.countersigned)
        return {"seller": SELLER, "seller's certificate": bytes.fromhex(serial_of(self.apothecary.merchant)),
                "seller's page": self.apothecary.network.merchant_origin, "article": ARTICLE["description"],
                "sku": ARTICLE["sku"], "seller's certificate by digest": self.apothecary.merchant.fingerprint,
                "price": str(ARTICLE["unitPrice"]),
                "total": str(order["total"]), "order": order["id"], "checkout": order["checkout"],
                "order's nonce": order["nonce"],
                "buyer": re.search(r"^[A-Z]+=([^,]+)", self.buyer.subject).group(1),
                "buyer's certificate": bytes.fromhex(serial_of(self.buyer)),
                "buyer's certificate by digest": self.buyer.fingerprint, "log's nonce": self.receipt.nonce}

    def derived(self) -> dict[str, str | bytes]:
        """What could be in its place."""
        order = order_in(self.countersigned)
        content = order_of_bytes(self.countersigned)
        return {"address": "secretive@mail.example", "order in octets": bytes.fromhex(order["id"].replace("-", "")),
                "total in octets": order["total"].to_bytes(8, "big"), "total from behind": order["total"].to_bytes(8, "little"),
                "digest of the order": hashlib.sha256(content).digest(),
                "digest of the signed order": hashlib.sha256(self.countersigned).digest(),
                "digest of the confirmation": hashlib.sha256(self.receipt.confirmation).digest(),
                "leaf of the confirmation": leaf_hash(self.receipt.confirmation),
                "digest of the address": hashlib.sha256(b"secretive@mail.example").digest(),
                "digest of the buyer": hashlib.sha256(self.buyer.subject.encode()).digest(),
                "digest of the seller": hashlib.sha256(self.apothecary.merchant.subject.encode()).digest()}


def order_of_bytes(countersigned: bytes) -> bytes:
    """The very octets of the order."""
    signed = openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=countersigned)
    return openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=signed)


@pytest.fixture(scope="module")
def market(shared_network, tmp_path_factory):
    other = second_merchant(shared_network, tmp_path_factory.mktemp("apothecary"), SELLER)
    other.wait_mail = shared_network.wait_mail  # the authority's mails come there
    try:
        yield Market(shared_network, other)
    finally:
        other.stop()


def test_the_log_and_everybody_elses_receipts_say_nothing_of_a_purchase(market):
    said = market.said()
    in_the_receipt = {name for layer in layers(market.withheld) for name in held_in(layer, said)}
    assert in_the_receipt == set(said), "the search finds what is there"
    public = [layer for file in market.public for layer in layers(file)]
    identity = {"id": market.entries()[market.receipt.index][1:17]}
    assert any(held_in(layer, identity) for layer in public), "and finds what the log does say"
    others = [layer for receipt in market.others for layer in layers(receipt)]
    articles = {"article": "Celadon cup", "another": MANY_LINES[0]["description"].strip()}
    for receipt in market.others:
        assert any(held_in(layer, articles) for layer in layers(receipt)), "it looks into each of their orders"
    secrets = {**said, **market.derived()}
    for layer in public + others:
        assert not held_in(layer, secrets)
    assert not any(held_in(layer, identity) for layer in others)


def test_who_guesses_a_whole_confirmation_cannot_try_it_out_without_its_nonce(market):
    confirmation, entries = market.receipt.confirmation, market.entries()
    commitments = {entry[17:]: index for index, entry in enumerate(entries)}
    candidates = [receipt.nonce for receipt in market.books.receipts]
    assert len(candidates) == len(set(candidates)) == len(market.others)
    candidates += [b"", bytes(32), hashlib.sha256(confirmation).digest(), bytes.fromhex(order_in(market.countersigned)["nonce"])]
    for entry in entries:
        candidates += [entry[1:17], entry[1:17] + bytes(16), entry[17:], leaf_hash(entry)]
    for nonce in candidates:
        assert commitment_to(confirmation, nonce) not in commitments
        assert hashlib.sha256(nonce + confirmation).digest() not in commitments
    assert commitments[commitment_to(confirmation, market.receipt.nonce)] == market.receipt.index, "with it, at once"


def test_an_order_that_is_brought_again_or_refused_leaves_no_further_entry(market):
    trade, order = market.apothecary, order_in(market.countersigned)
    before = len(market.entries())
    request = {"type": "extract-request", "version": 1, "orderId": order["id"],
               "orderDigest": sha256_hex(order_of_bytes(market.countersigned))}
    for answer in (trade.connect().ask("POST", "/v1/confirmations", market.countersigned, CMS, Accept=RECEIPT),
                   trade.connect().post_json("/v1/receipts", request)):
        again = trade.receipt_of(answer)
        kept = market.receipt
        assert (again.index, again.nonce, again.confirmation) == (kept.index, kept.nonce, kept.confirmation)
    refused = trade.confirm(trade.connect(), trade.countersigned(market.buyer, total=1))
    assert refused.status != 200
    market.buy(trade, market.buyer)
    wait_until(lambda: len(market.entries()) > before, "the publication")
    assert len(market.entries()) == before + 1, "that of the new order alone"


def test_every_entry_has_one_length_whatever_was_bought(market):
    lengths = {len(receipt.confirmation) for receipt in market.books.receipts}
    assert max(lengths) > min(lengths) + 4000, "of orders with one line and with forty"
    assert {len(entry) for entry in market.entries()} == {ENTRY}


def test_entries_of_one_buyer_or_seller_have_nothing_in_common(market):
    confirm_many(market.books.network, 1000)
    wait_until(lambda: market.books.log.size() >= 1000, "the publication")
    entries = market.entries()
    owners: dict[bytes, int] = {}
    for index, entry in enumerate(entries):
        for at in range(1, ENTRY - 6):
            assert owners.setdefault(entry[at:at + 7], index) == index, "seven octets of one in another"
    groups = groups_by_party(market.books.network.authority_database, entries)
    assert sum(len(group) >= 50 for group in groups.values()) >= 18, "sixteen buyers and two sellers at least"
    for name, group in groups.items():
        # Each bit is a fair coin: seven standard deviations, of 378 bits of each of a few dozen groups.
        numbers = [int.from_bytes(entry[1:], "big") for entry in group]
        bound = 7 * len(group) ** 0.5 / 2
        positions = [bit for bit in range(8 * (ENTRY - 1)) if bit not in FIXED]
        assert len(positions) == RANDOM_BITS
        for bit in positions:
            ones = sum(number >> (8 * (ENTRY - 1) - 1 - bit) & 1 for number in numbers)
            assert abs(ones - len(group) / 2) <= bound, (name, bit)
        # Two of one party are as far from each other as any two.
        for first, second in zip(numbers, numbers[1:]):
            assert abs((first ^ second).bit_count() - RANDOM_BITS / 2) <= 7 * RANDOM_BITS ** 0.5 / 2, name


def groups_by_party(database, entries: list[bytes]) -> dict[str, list[bytes]]:
    """Entries by buyer and by seller, which only the authority's own store tells."""
    groups = collections.defaultdict(list)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
        rows = store.execute("SELECT log_index, nonce, document FROM confirmations ORDER BY log_index").fetchall()
    assert len(rows) >= len(entries) and len({nonce for _, nonce, _ in rows}) == len(rows), "a nonce for each"
    for index, _, document in rows[:len(entries)]:
        content = json.loads(re.search(rb'\{"type":"confirmation".*?\}\}', document, re.DOTALL).group(0))
        for party in ("merchant", "purchaser"):
            groups[content[party]["subject"]].append(entries[index])
    return groups
