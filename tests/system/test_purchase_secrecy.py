# SPDX-License-Identifier: Apache-2.0
"""What the mediator has to do with what it carries: nothing of the holder's is on either side of it or in its memory, and of
the order only what is addressed to the browser."""
import contextlib
import json
import threading

import pytest

from canaries import held_in
from demo.payment import HOLDER
from memory import GONE, runs
from purchases import LINES, Purchases

NAME = "홍길동"
LONG_PIN = "7316940528"  # four digits would be found in any ciphertext


def prepare(purchases: Purchases) -> None:
    purchases.settings = '[information]\nfields = ["name"]\n'
    purchases.network.pin = LONG_PIN


class Memory:
    """Looks through all that a process can write to, each time a message passes by it."""

    def __init__(self, canaries: dict[str, str]):
        self.canaries = canaries
        self.process: int | None = None
        self.found: list[set[str]] = []  # at each look
        self.lock = threading.Lock()

    def begin(self, process: int) -> None:
        self.process, self.found = process, []

    def look(self, _: bytes = b"") -> None:
        with self.lock, contextlib.suppress(*GONE):
            found = set()
            for run in runs(self.process):
                found |= set(held_in(run, self.canaries))
            self.found.append(found)


@pytest.mark.parametrize("named", ["plain", "direct"])
def test_a_pc_that_names_weaker_profiles_than_the_shop_gets_the_strongest_all_the_same(purchases, named):
    tag = purchases.tag("session", "plain", "direct")
    course = purchases.buy({**tag, "profiles": [named]})
    assert course.is_confirmed and course.told["outcome"] == "confirmed", course
    assert any(message["type"] == "review" for message in course.heard), "in the profile that has a last look"
    assert purchases.decisions(course.order) == ["approved"]


@pytest.mark.parametrize("profile", ["plain", "session"])
def test_the_mediator_sees_neither_the_holders_data_nor_the_order_but_for_the_last_look(purchases, profile):
    number, _ = purchases.card
    holders = {"name": NAME, "holder": HOLDER, "card number": number, "PIN": LONG_PIN}
    order = {"order": LINES[0]["description"]}
    tag = purchases.tag(profile)
    memory = Memory({**holders, **order, "token": tag["token"]})
    purchases.started = lambda extension: memory.begin(extension.process.pid)
    for name in ("link", "relay"):
        purchases.proxies[name].arm()
        purchases.proxies[name].watch = memory.look
    try:
        course = purchases.buy(tag)
    finally:
        for name in ("link", "relay"):
            purchases.proxies[name].watch = lambda _: None
        purchases.started = lambda _: None
    assert course.is_confirmed and course.told["outcome"] == "confirmed", course
    assert purchases.checkout(course.checkout)["information"] == {"name": NAME}, "the name did go to the shop"

    for name in ("link", "relay"):
        carried = purchases.proxies[name].carried()
        assert len(carried) > 8000 and not held_in(carried, {**holders, **order}), name
    told = [message for message in course.heard if held_in(json.dumps(message, ensure_ascii=False).encode(), order)]
    assert [message["type"] for message in told] == (["review"] if profile == "session" else [])
    assert not held_in(json.dumps(course.heard, ensure_ascii=False).encode(), holders)

    assert len(memory.found) > 40 and any("token" in found for found in memory.found), "the looks find what is there"
    assert not set().union(*memory.found) & set(holders)
    seen = [number for number, found in enumerate(memory.found) if "order" in found]
    if profile == "plain":
        assert not seen
    else:
        assert seen and "order" not in memory.found[-1], "shown once and wiped"
