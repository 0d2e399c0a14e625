# SPDX-License-Identifier: Apache-2.0
"""A paired mediator that turns on both sides: it repeats, reorders, alters, drops and injects any of the messages that it
passes on. The terminal names an end, nothing is done, and an honest mediator brings the purchase to its end. A full run, with
every message, takes about half an hour."""
import json
import uuid

import pytest

from played_mediator import BINARY, CONTROL, DATA, OPEN, TEXT, Pairing, frame, message
from purchase_ends import check, check_terminal
from purchases import LONGEST, Course, Purchases

PROFILES = ["plain", "session"]
OTHER = str(uuid.uuid4())


def prepare(purchases):
    purchases.hasten()


def control(**members) -> bytes:
    return frame(CONTROL, 0, json.dumps({"version": 1, "purchase": OTHER, **members}).encode())


# What is put in, by where it goes. These change nothing.
ABSORBED = {
    "wallet": {
        "a cancel of another purchase": control(type="cancel", by="browser"),
        "a continue for another purchase": control(type="payment-information-request"),
        "another purchase": control(type="start", gateway="https://127.0.0.1:1", checkout="c", token="t", profiles=["plain"],
                                    origin="https://127.0.0.1:1", attested=True, code=""),
        "data of a channel that is not open": frame(DATA, 999, b"\x17\x03\x03\x00\x01\x00"),
    },
    "gateway": {"an empty message": message(BINARY, b"")},
}
REFUSED = {
    "wallet": {
        "a word that only wallets say": control(type="ended", outcome="confirmed", code=None),
        "no JSON": frame(CONTROL, 0, b"{"),
        "an unknown member": control(type="cancel", by="browser", gift=1),
        "a channel of the PC's": frame(OPEN, 7, b"{}"),
        "an unknown kind": frame(9, 0, b""),
        "a frame that is too long": b"\x7f\xff\xff\xff\x01\x00\x00",
        "octets into the channel": frame(DATA, 1, b"\x17\x03\x03\x00\x01\x00"),
    },
    "gateway": {
        "octets into the channel": message(BINARY, b"\x17\x03\x03\x00\x01\x00"),
        "no JSON": message(TEXT, b"{"),
        "a word that only gateways say": message(TEXT, b'{"type":"ended","outcome":"confirmed"}'),
        "a frame without a mask": b"\x82\x01x",
        "a message that is too long": b"\x82\xff\x00\x00\x00\x7f\xff\xff\xff\xff\x00\x00\x00\x00",
        "a cancel": message(TEXT, b'{"type":"cancel"}'),
    },
}


class Conduct:
    """Does something to the message of a number, and keeps what went each way."""

    def __init__(self, at: int, act):
        self.at, self.act, self.count = at, act, 0
        self.went: dict[str, list[bytes]] = {"wallet": [], "gateway": []}

    def __call__(self, where: str, octets: bytes) -> list[bytes]:
        acts = self.count == self.at
        self.count += 1
        sent = self.act(octets, self.went[where]) if acts else [octets]
        self.went[where].append(octets)
        return sent


class Delay(Conduct):
    """Keeps the message of a number back until the next has gone the same way, or for good."""

    def __init__(self, at: int, for_good: bool = False):
        super().__init__(at, lambda octets, before: [])
        self.for_good, self.way, self.late = for_good, "", b""

    def __call__(self, where: str, octets: bytes) -> list[bytes]:
        if self.count == self.at:
            self.way, self.late = where, octets
        elif where == self.way and self.for_good:
            return []
        elif where == self.way and self.late:
            octets, self.late = octets + self.late, b""
        return super().__call__(where, octets)


ACTS = {
    "repeated": lambda octets, before: [octets, octets],
    "preceded by an earlier one": lambda octets, before: [*before[-2:-1], octets],
    "altered": lambda octets, before: [octets[:-1] + bytes([octets[-1] ^ 1])],
    "replaced by the one before": lambda octets, before: before[-1:] or [octets],
}


@pytest.fixture(scope="module", name="pairing")
def paired(purchases):
    pairing = Pairing()
    purchases.screen.post("/api/pairings", {"link": pairing.offer()})
    return pairing


def play(purchases: Purchases, pairing: Pairing, profile: str, conduct: Conduct, seconds: float = 60.0) -> Course:
    tag = purchases.tag(profile)
    course = purchases.play(pairing, {**tag, "gateway": purchases.network.merchant_url}, conduct, seconds)
    check_terminal(course)
    check(purchases, tag, course)
    return course


def numbers(purchases: Purchases, pairing: Pairing, profile: str, full: bool) -> range:
    """Of the messages that something is done to."""
    conduct = Conduct(-1, None)
    assert play(purchases, pairing, profile, conduct).is_confirmed
    return range(conduct.count) if full else range(1, conduct.count, 12)


@pytest.mark.parametrize("profile", PROFILES)
def test_no_message_can_be_repeated_reordered_or_altered_to_any_effect(purchases, pairing, full, profile):
    every = numbers(purchases, pairing, profile, full)
    for name, act in ACTS.items():
        for at in every:
            try:
                play(purchases, pairing, profile, Conduct(at, act))
            except Exception as failure:
                raise AssertionError(f"{profile}: message {at} {name}") from failure


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_put_in_is_passed_over_or_ends_the_purchase_with_a_name(purchases, pairing, full, profile):
    intruders = [(where, *one) for kinds in (ABSORBED, REFUSED) for where in kinds for one in kinds[where].items()]
    messages = numbers(purchases, pairing, profile, True)
    for number, (where, name, octets) in enumerate(intruders):
        # Else each in one of the profiles.
        sample = [1 + number % 10] if number % 2 == PROFILES.index(profile) else []
        for at in messages if full else sample:
            try:
                course = put_in(purchases, pairing, profile, (where, octets, at))
                # Before the first message, another purchase is the only one.
                assert course.is_confirmed or at == 0 or name not in ABSORBED[where], course
            except Exception as failure:
                raise AssertionError(f"{profile}: {name} for the {where} at {at}") from failure


def put_in(purchases: Purchases, pairing: Pairing, profile: str, what: tuple[str, bytes, int]) -> Course:
    """Octets before the message of a number, or the next that goes the same way."""
    where, octets, at = what
    count, is_in = 0, False

    def conduct(way: str, passing: bytes) -> list[bytes]:
        nonlocal count, is_in
        count += 1
        if is_in or way != where or count <= at:
            return [passing]
        is_in = True
        return [octets, passing]

    return play(purchases, pairing, profile, conduct)


# What becomes of a message that is kept back.
WITHHELD = {"dropped": lambda at: Conduct(at, lambda octets, before: []), "late": Delay,
            "dropped with all that follows": lambda at: Delay(at, for_good=True)}


@pytest.mark.parametrize("kind", WITHHELD)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_message_that_is_kept_back_ends_the_purchase_by_a_time_out(purchases, pairing, full, profile, kind):
    """At every message in a full run; else, as whoever waits does so for seconds, at one in one of the profiles."""
    if not full and list(WITHHELD).index(kind) % 2 != PROFILES.index(profile):
        pytest.skip("in the other profile")
    # Without the first the terminal has heard of nothing, and this mediator waits for nobody else.
    for at in numbers(purchases, pairing, profile, True)[1:] if full else [7]:
        try:
            play(purchases, pairing, profile, WITHHELD[kind](at), LONGEST)
        except Exception as failure:
            raise AssertionError(f"{profile}: message {at} {kind}") from failure
