# SPDX-License-Identifier: Apache-2.0
"""What the authority answers to orders that it must not confirm: a named problem or a signed refusal, and nothing stored."""
import base64
import dataclasses
import json
import pathlib
import random
import time
import typing

import pytest

import der
from foreign_network import ForeignNetwork
from openssl_party import Answer, Peer, Signer, certificate_kind, openssl, order_of, plain_key, sha256_hex, utc
from trade import CMS, Trade

NUL, ESCAPE, RIGHT_TO_LEFT_OVERRIDE, RIGHT_TO_LEFT_ISOLATE = "\0", "\x1b", "\u202e", "\u2067"


def signed_content(message: bytes, folder: pathlib.Path) -> dict:
    """What a document of the authority says; openssl checks the signature."""
    file = folder / "document.p7m"
    file.write_bytes(message)
    return json.loads(openssl("cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", file))


class Market(Trade):
    """A trade with one purchaser, which knows the index that the next good order must get."""

    def __init__(self, network):
        super().__init__(network)
        self.buyer, _ = self.purchaser("buyer")
        self.agreement = self._agreement_signer()
        self.peer = self.connect()
        self.next_index = self.confirm_one()

    def _agreement_signer(self) -> Signer:
        """The buyer's other key, made for key agreement alone."""
        for file in sorted((self.folder / "buyer").glob("certificate-*.pem")):
            if certificate_kind(file) == "agreement":
                key = next(key for key in (self.folder / "buyer").glob("key-*.pem") if key != self.buyer.key)
                return Signer(file, key, self.buyer.chain)
        raise AssertionError("the key file held no agreement certificate")

    def confirm_one(self) -> int:
        answer = self.confirm(self.peer, self.countersigned(self.buyer))
        assert answer.status == 200, answer
        return signed_content(answer.body, self.folder)["index"] + 1

    def code_of(self, answer: Answer) -> tuple[int, str, str]:
        """Status, the kind of document, and the first reason that it names."""
        if answer.headers.get("Countersign-Document") == "refusal":
            refusal = signed_content(answer.body, self.folder)
            assert all(reason["detail"] for reason in refusal["reasons"]), "every reason says what it is about"
            return answer.status, "refusal", refusal["reasons"][0]["code"]
        problem = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert problem["title"] and problem["remedy"] and problem["status"] == answer.status
        return answer.status, "problem", problem["code"]

    def expect_nothing_stored(self) -> None:
        before, self.next_index = self.next_index, self.confirm_one()
        assert self.next_index == before + 1, "the bad order took no index"

    def altered(self, change: typing.Callable[[dict], None]) -> bytes:
        """An order of the buyer, its members altered, signed by both."""
        order = json.loads(self.order(self.buyer))
        change(order)
        return self.both(json.dumps(order, ensure_ascii=False).encode())

    def respelled(self, old: str, new: str) -> bytes:
        """An order of the buyer whose text was altered, signed by both."""
        text = self.order(self.buyer).decode()
        assert old in text
        return self.both(text.replace(old, new, 1).encode("utf-8", "surrogatepass"))

    def both(self, order: bytes) -> bytes:
        return self.merchant.countersign(self.buyer.sign(order))

    def authority_signer(self, name: str) -> Signer:
        """One of the authority's own keys, in the hands of an attacker."""
        folder = self.network.authority_folder
        key = plain_key(folder / f"keys/{name}.key", folder / "keys/passphrase", self.folder / f"{name}.key")
        chain = self.network.root_pem if name == "ca" else self.network.ca_pem
        return Signer(folder / f"certificates/{name}.pem", key, chain)

    def foreign(self, role: str, like: Signer) -> Signer:
        """Somebody with the same name in a network of the same spelling."""
        network = ForeignNetwork(self.folder / f"foreign-{role}", self.network.policies["purchaser"].rsplit(".", 1)[0],
                                 self.network.merchant_origin)
        return network.party(role, like.subject)


@pytest.fixture(scope="module")
def market(shared_network):
    return Market(shared_network)


def order_by(market: Market, signer: Signer) -> bytes:
    """An order that somebody else than a purchaser signs as purchaser."""
    return market.merchant.countersign(signer.sign(market.order(signer)))


def countersigned_by(market: Market, signer: Signer) -> bytes:
    """An order to somebody else than the merchant, which countersigns it."""
    order = order_of(signer, market.buyer, market.network.data_centre, market.network.merchant_origin)
    return signer.countersign(market.buyer.sign(order))


def two_signers(market: Market, which: str) -> bytes:
    """A message that carries a second signature beside the first (openssl cms -resign)."""
    def resigned(message: bytes, signer: Signer) -> bytes:
        return openssl("cms", "-resign", "-binary", "-inform", "DER", "-outform", "DER", "-nodetach", "-cades",
                       "-nosmimecap", "-md", "sha256", "-signer", signer.certificate, "-inkey", signer.key, stdin=message)
    signed = market.buyer.sign(market.order(market.buyer))
    if which == "order":
        return market.merchant.countersign(resigned(signed, market.merchant))
    return resigned(market.merchant.countersign(signed), market.buyer)


def without_signature(market: Market) -> bytes:
    tree = der.parse(market.countersigned(market.buyer))
    tree.children[1].children[0].children[-1].children.clear()
    return tree.encode()


def with_broken_signature(message: bytes) -> bytes:
    """The last octet of s altered."""
    tree = der.parse(message)
    signature = der.signer_info(tree).children[-1]
    signature.content = signature.content[:-1] + bytes([signature.content[-1] ^ 1])
    return tree.encode()


def with_altered_order(market: Market) -> bytes:
    """One word of the order changed after it was signed."""
    signed = market.buyer.sign(market.order(market.buyer))
    return market.merchant.countersign(signed.replace(b"Celadon", b"Crystal"))


def detached(market: Market) -> bytes:
    signed = market.buyer.sign(market.order(market.buyer))
    tree = der.parse(market.merchant.countersign(signed))
    del tree.children[1].children[0].children[2].children[1:]
    return tree.encode()


def set_members(**members):
    return lambda market: market.altered(lambda order: order.update(members))


def set_line(**members):
    return lambda market: market.altered(lambda order: order["lines"][0].update(members))


def at(seconds: float, life: float = 3600):
    """An order made so many seconds from now."""
    return lambda market: market.countersigned(market.buyer, created=utc(time.time() + seconds),
                                               expires=utc(time.time() + seconds + life))


def respelled(old: str, new: str):
    return lambda market: market.respelled(old, new)


@dataclasses.dataclass
class Bad:
    name: str
    make: typing.Callable[[Market], bytes]
    status: int
    kind: str
    code: str


MALFORMED = (400, "problem", "malformed")
UNSUPPORTED = (422, "problem", "unsupported")
ROLES = [
    Bad("the merchant signs as purchaser", lambda m: order_by(m, m.merchant), 403, "refusal", "wrong_role"),
    Bad("the confirmation signer signs as purchaser", lambda m: order_by(m, m.authority_signer("confirmation")), 403,
        "refusal", "wrong_role"),
    Bad("the OCSP responder signs as purchaser", lambda m: order_by(m, m.authority_signer("ocsp")), 403, "refusal",
        "wrong_role"),
    Bad("the authority's TLS server signs as purchaser", lambda m: order_by(m, m.authority_signer("tls")), 403,
        "refusal", "wrong_role"),
    Bad("the CA signs as purchaser", lambda m: order_by(m, m.authority_signer("ca")), 403, "refusal",
        "certificate_unknown"),
    Bad("the purchaser's agreement key signs", lambda m: order_by(m, m.agreement), 403, "refusal", "wrong_role"),
    Bad("the purchaser countersigns", lambda m: countersigned_by(m, m.buyer), 403, "problem", "forbidden"),
    Bad("the confirmation signer countersigns", lambda m: countersigned_by(m, m.authority_signer("confirmation")), 403,
        "problem", "forbidden"),
    Bad("the CA countersigns", lambda m: countersigned_by(m, m.authority_signer("ca")), 403, "problem",
        "certificate_unknown"),
    Bad("a foreign network's purchaser of the same name", lambda m: order_by(m, m.foreign("purchaser", m.buyer)), 403,
        "refusal", "certificate_unknown"),
    Bad("a foreign network's merchant of the same name", lambda m: countersigned_by(m, m.foreign("merchant", m.merchant)),
        403, "problem", "certificate_unknown"),
]
PARTIES = [
    Bad("the order names another purchaser",
        lambda m: m.altered(lambda order: order["purchaser"].update(certificate="0" * 64)), 403, "refusal", "forbidden"),
    Bad("the order names another merchant",
        lambda m: m.altered(lambda order: order["merchant"].update(certificate="0" * 64)), 403, "refusal", "forbidden"),
    Bad("the order names another authority", set_members(authority="OU=busan-1,OU=kr,O=Countersign Demo"), 403,
        "refusal", "forbidden"),
    Bad("the order was made at another origin", set_members(origin="https://shop.example"), 403, "refusal",
        "wrong_origin"),
    Bad("a split payment without a card company", set_members(profile="set"), *MALFORMED),
    Bad("a card company where no payment is split", lambda m: m.altered(
        lambda order: order.update(cardCompany=order["merchant"])), *MALFORMED),
    Bad("a split payment that the purchaser's signature does not cover", lambda m: m.altered(
        lambda order: order.update(profile="set", cardCompany=order["merchant"])), 422, "refusal", "signature_invalid"),
    Bad("the order is of another version", set_members(version=2), 422, "refusal", "unsupported"),
    Bad("another document instead of an order", set_members(type="consent"), 422, "refusal", "unsupported"),
]
AMOUNTS = [
    Bad("the total is not the sum", set_members(total=62001), 422, "refusal", "amount_mismatch"),
    Bad("the sum overflows", set_line(quantity=1_000_000, unitPrice=9_007_199_254_740_991), 422, "refusal",
        "amount_mismatch"),
    Bad("a price beyond 2^53", respelled('"unitPrice":12000', '"unitPrice":9007199254740993'), *MALFORMED),
    Bad("a total beyond 2^64", respelled('"total":62000', '"total":18446744073709613616'), *MALFORMED),
    Bad("a price with a fraction", respelled('"unitPrice":12000', '"unitPrice":12000.0'), *MALFORMED),
    Bad("a price with an exponent", respelled('"unitPrice":12000', '"unitPrice":12e3'), *MALFORMED),
    Bad("a negative price", set_line(unitPrice=-12000), *MALFORMED),
    Bad("a negative total", set_members(total=-62000), *MALFORMED),
    Bad("no quantity at all", set_line(quantity=0), *MALFORMED),
    Bad("a total as text", set_members(total="62000"), *MALFORMED),
    Bad("a currency in small letters", set_members(currency="krw"), *MALFORMED),
    Bad("no lines", set_members(lines=[], total=0), *MALFORMED),
]
TEXTS = [
    Bad("a member twice", respelled('"total":62000', '"total":62000,"total":62000'), *MALFORMED),
    Bad("a member twice, once escaped", respelled('"total":62000', '"total":62000,"\\u0074otal":1'), *MALFORMED),
    Bad("a line's member twice", respelled('"quantity":2', '"quantity":2,"quantity":2'), *MALFORMED),
    Bad("a member nobody knows", set_members(discount=100), *MALFORMED),
    Bad("a member left out", lambda m: m.altered(lambda order: order.pop("nonce")), *MALFORMED),
    Bad("an identifier that is no UUID", set_members(id="order-1"), *MALFORMED),
    Bad("a NUL", set_line(description=f"tea{NUL}cup"), *MALFORMED),
    Bad("an escape sequence of terminals", set_line(description=f"tea{ESCAPE}[2J"), *MALFORMED),
    Bad("a line break", set_line(description="tea\ncup"), *MALFORMED),
    Bad("text that turns round", set_line(description=f"tea {RIGHT_TO_LEFT_OVERRIDE}001"), *MALFORMED),
    Bad("an isolate that is never closed", set_line(sku=f"TEA{RIGHT_TO_LEFT_ISOLATE}100"), *MALFORMED),
    Bad("half a surrogate pair", respelled('"CUP-1"', r'"\ud800"'), *MALFORMED),
    Bad("a surrogate in UTF-8", respelled('"CUP-1"', '"\ud800"'), *MALFORMED),
    Bad("octets that are not UTF-8",
        lambda m: m.both(m.order(m.buyer).replace(b"Celadon", b"Cel\xc0\xafdon")), *MALFORMED),
    Bad("a byte order mark", lambda m: m.both(b"\xef\xbb\xbf" + m.order(m.buyer)), *MALFORMED),
    Bad("text behind the object", lambda m: m.both(m.order(m.buyer) + b"{}"), *MALFORMED),
    Bad("a comment", respelled('"total"', '/* cheap */"total"'), *MALFORMED),
    Bad("half an order", lambda m: m.both(m.order(m.buyer)[:200]), *MALFORMED),
    Bad("no JSON", lambda m: m.both(b"one cup of tea, please"), *MALFORMED),
    Bad("a deep nest", lambda m: m.both(b'{"lines":' + b"[" * 5000 + b"]" * 5000 + b"}"), 413, "problem", "too_large"),
]
TIMES = [
    Bad("expired", at(-7200, life=3600), 422, "refusal", "expired"),
    Bad("from the future", at(600), 422, "refusal", "clock_skew"),
    Bad("signed before it was made", at(120), 422, "refusal", "clock_skew"),
    Bad("valid for longer than a day", at(0, life=86401), *MALFORMED),
    Bad("expired before it was made", at(0, life=-60), *MALFORMED),
    Bad("a time with an offset", set_members(created="2026-01-01T09:00:00+09:00"), *MALFORMED),
    Bad("a day that does not exist", set_members(created="2026-02-30T00:00:00Z"), *MALFORMED),
]
SIGNATURES = [
    Bad("an order altered after it was signed", with_altered_order, 422, "refusal", "signature_invalid"),
    Bad("a broken signature of the purchaser",
        lambda m: m.merchant.countersign(with_broken_signature(m.buyer.sign(m.order(m.buyer)))), 422, "refusal",
        "signature_invalid"),
    Bad("a broken signature of the merchant", lambda m: with_broken_signature(m.countersigned(m.buyer)), 422, "problem",
        "signature_invalid"),
    Bad("two signers of the order", lambda m: two_signers(m, "order"), *UNSUPPORTED),
    Bad("two countersigners", lambda m: two_signers(m, "countersignature"), *UNSUPPORTED),
    Bad("no signer", without_signature, *UNSUPPORTED),
    Bad("no content", detached, *UNSUPPORTED),
    Bad("not countersigned", lambda m: m.buyer.sign(m.order(m.buyer)), *MALFORMED),
    Bad("countersigned twice", lambda m: m.merchant.countersign(m.countersigned(m.buyer)), *MALFORMED),
    Bad("an order countersigned as data", lambda m: m.merchant.sign(m.buyer.sign(m.order(m.buyer))), *MALFORMED),
]
ENCODINGS = [
    Bad("a length left open", lambda m: der.indefinite(m.countersigned(m.buyer)), *MALFORMED),
    Bad("a length with a leading zero", lambda m: der.with_longer_length(m.countersigned(m.buyer)), *MALFORMED),
    Bad("the signed order in BER", lambda m: m.merchant.countersign(der.indefinite(m.buyer.sign(m.order(m.buyer)))),
        *MALFORMED),
    Bad("the signed order as openssl streams it",
        lambda m: m.merchant.countersign(m.buyer.sign(m.order(m.buyer), "-stream")), *MALFORMED),
    Bad("an octet behind the end", lambda m: m.countersigned(m.buyer) + b"\0", *MALFORMED),
    Bad("an octet behind the signed order", lambda m: m.merchant.countersign(m.buyer.sign(m.order(m.buyer)) + b"\0"),
        *MALFORMED),
    Bad("PEM", lambda m: b"-----BEGIN CMS-----\n" + base64.encodebytes(m.countersigned(m.buyer))
        + b"-----END CMS-----\n", *MALFORMED),
    Bad("nothing", lambda m: b"", *MALFORMED),
    Bad("longer than permitted", lambda m: m.merchant.countersign(b" " * (300 << 10)), 413, "problem", "too_large"),
]


@pytest.mark.parametrize("bad", ROLES + PARTIES + AMOUNTS + TEXTS + TIMES + SIGNATURES + ENCODINGS, ids=lambda bad: bad.name)
def test_it_is_named_and_nothing_is_stored(market, bad):
    answer = market.confirm(market.peer, bad.make(market))
    assert market.code_of(answer) == (bad.status, bad.kind, bad.code), answer.body[:600]
    market.expect_nothing_stored()


def test_no_cut_of_a_message_is_taken_for_a_whole_one(market, full):
    message = market.countersigned(market.buyer)
    for length in random.Random(1).sample(range(1, len(message)), 400 if full else 40):
        answer = market.confirm(market.peer, message[:length])
        assert market.code_of(answer) == MALFORMED, length
    market.expect_nothing_stored()


def test_no_flipped_bit_of_a_message_is_confirmed(market, full):
    """A flipped bit may hit what nobody signs (the certificates carried along) but never ends in another's 200."""
    message = market.countersigned(market.buyer)
    chance = random.Random(2)
    for _ in range(1000 if full else 80):
        altered = bytearray(message)
        place = chance.randrange(len(altered))
        altered[place] ^= 1 << chance.randrange(8)
        answer = market.confirm(market.peer, bytes(altered))
        assert answer.status in (400, 403, 413, 422), (place, answer)
        market.code_of(answer)
    market.expect_nothing_stored()


@pytest.mark.parametrize("media", ["text/json", "text/plain", "application/pkcs7-signature", "application/pkcs7-mimes"])
def test_a_wrong_content_type_is_named(market, media):
    answer = market.peer.ask("POST", "/v1/confirmations", market.countersigned(market.buyer), media)
    assert market.code_of(answer) == (422, "problem", "unsupported")
    market.expect_nothing_stored()


def reviewed(order: bytes, review: bytes, **members) -> dict:
    """A request with a card company's review."""
    return {"type": "confirmation-request", "version": 1, "countersignedOrder": base64.b64encode(order).decode(),
            "review": base64.b64encode(review).decode(), **members}


@dataclasses.dataclass
class BadReview:
    name: str
    make: typing.Callable[[Market], dict]
    status: int
    kind: str
    code: str


REVIEWS = [
    BadReview("a review of an order that needs none", lambda m: reviewed(m.countersigned(m.buyer), m.merchant.sign(b"{}")),
              403, "refusal", "forbidden"),
    BadReview("a review, and a signature that covers no payment", lambda m: reviewed(m.altered(
        lambda order: order.update(profile="set", cardCompany=order["merchant"])), m.merchant.sign(b"{}")), 422, "refusal",
        "signature_invalid"),
    BadReview("no review", lambda m: {**reviewed(m.countersigned(m.buyer), b""), "review": None}, *MALFORMED),
    BadReview("no countersigned order", lambda m: reviewed(b"", m.merchant.sign(b"{}")), *MALFORMED),
    BadReview("a member nobody knows", lambda m: reviewed(m.countersigned(m.buyer), b"", captured=True), *MALFORMED),
    BadReview("another version", lambda m: reviewed(m.countersigned(m.buyer), b"", version=2), *UNSUPPORTED),
    BadReview("a review of any length", lambda m: reviewed(m.countersigned(m.buyer), bytes(40 << 10)), 413, "problem",
              "too_large"),
]


@pytest.mark.parametrize("bad", REVIEWS, ids=lambda bad: bad.name)
def test_a_bad_request_with_a_review_is_named_and_nothing_is_stored(market, bad):
    answer = market.peer.post_json("/v1/confirmations", bad.make(market))
    assert market.code_of(answer) == (bad.status, bad.kind, bad.code), answer.body[:600]
    market.expect_nothing_stored()


def test_a_countersigned_order_is_no_json(market):
    answer = market.peer.ask("POST", "/v1/confirmations", market.countersigned(market.buyer), "application/json")
    assert market.code_of(answer) == MALFORMED
    market.expect_nothing_stored()


def extract_request(order: bytes, **members) -> dict:
    return {"type": "extract-request", "version": 1, "orderId": json.loads(order)["id"], "orderDigest": sha256_hex(order),
            **members}


def test_an_extract_says_what_was_confirmed_and_no_line_of_the_order(market):
    order = market.order(market.buyer)
    confirmed = signed_content(market.confirm(market.peer, market.both(order)).body, market.folder)
    market.next_index += 1
    answer = market.peer.post_json("/v1/extracts", extract_request(order))
    assert answer.status == 200, answer
    extract = signed_content(answer.body, market.folder)
    assert extract == {"type": "extract", "version": 1, "confirmation": confirmed["id"],
                       **{name: confirmed[name] for name in ("dataCentre", "index", "log", "time", "order", "review")},
                       "merchant": market.merchant.subject, "purchaser": market.buyer.subject}
    assert b"Celadon" not in answer.body


def test_an_extract_is_only_for_the_merchant_of_the_confirmed_order(market):
    order = market.order(market.buyer)
    ask = lambda **members: market.code_of(market.peer.post_json("/v1/extracts", extract_request(order, **members)))
    assert ask() == (404, "problem", "not_found")
    assert market.confirm(market.peer, market.both(order)).status == 200
    market.next_index += 1
    assert ask(orderDigest="0" * 64) == (409, "problem", "conflict")
    assert ask(orderId="order-1") == MALFORMED
    assert ask(lines=[]) == MALFORMED
    anyone = market.connect_as_anyone().post_json("/v1/extracts", extract_request(order))
    assert market.code_of(anyone) == (401, "problem", "unauthenticated")
    market.expect_nothing_stored()


def test_a_body_beyond_all_limits_is_turned_away(market):
    peer = market.connect()
    try:
        answer = peer.ask("POST", "/v1/confirmations", b"\x30" * (4 << 20), CMS)
        assert market.code_of(answer) == (413, "problem", "too_large")
    except OSError:
        pass  # the server may close while it is still being sent to
    market.expect_nothing_stored()


def test_only_merchants_that_prove_who_they_are_get_a_confirmation(market):
    message = market.countersigned(market.buyer)
    anyone = market.confirm(market.connect_as_anyone(), message)
    assert market.code_of(anyone) == (401, "problem", "unauthenticated")
    network = market.network
    for signer in (market.buyer, market.authority_signer("tls"), market.foreign("merchant", market.merchant)):
        chain = market.folder / "client-chain.pem"
        chain.write_bytes(signer.certificate.read_bytes() + signer.chain.read_bytes())
        peer = Peer(network.authority_url, network.root_pem, chain, signer.key)
        try:
            answer = market.confirm(peer, message)
        except OSError:
            continue  # turned away in the handshake already
        assert answer.status in (401, 403), answer
    market.expect_nothing_stored()


def test_another_form_of_a_signature_gets_the_same_confirmation(market):
    signed = market.buyer.sign(market.order(market.buyer))
    message = market.merchant.countersign(signed)
    first = market.confirm(market.peer, message)
    assert first.status == 200
    market.next_index += 1
    for other in (der.with_other_signature(message),
                  market.merchant.countersign(der.with_other_signature(signed)),
                  market.merchant.countersign(signed),
                  market.both(signed_order_bytes(signed, market.folder))):
        assert other != message
        again = market.confirm(market.peer, other)
        assert again.status == 200 and again.body == first.body, "the order decides, not the form of its signatures"
    market.expect_nothing_stored()


def signed_order_bytes(signed: bytes, folder: pathlib.Path) -> bytes:
    file = folder / "signed.p7m"
    file.write_bytes(signed)
    return openssl("cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", file)


def test_a_replay_gets_the_same_octets_and_other_octets_a_conflict(market):
    order = market.order(market.buyer)
    message = market.both(order)
    first = market.confirm(market.peer, message)
    assert first.status == 200
    market.next_index += 1
    for _ in range(3):
        assert market.confirm(market.connect(), message).body == first.body
    for other in (order.replace(b'"total":62000', b'"total": 62000'), order.replace(b"Celadon", b"celadon")):
        answer = market.confirm(market.peer, market.both(other))
        assert market.code_of(answer) == (409, "refusal", "conflict")
    assert market.confirm(market.peer, message).body == first.body
    market.expect_nothing_stored()


def test_a_refusal_consumes_nothing(market):
    """What was refused for its time or sum can be corrected under the same id."""
    wrong = json.loads(market.order(market.buyer, total=1))
    assert market.code_of(market.confirm(market.peer, market.both(json.dumps(wrong).encode())))[2] == "amount_mismatch"
    wrong["total"] = 62000
    assert market.confirm(market.peer, market.both(json.dumps(wrong).encode())).status == 200
    market.next_index += 1
    market.expect_nothing_stored()


def test_the_audit_log_is_whole_afterwards(market):
    assert "each fits the one before" in market.network.verify_audit_log()
