# SPDX-License-Identifier: Apache-2.0
"""Purchases from a PC with a fault at one message between two of the parties, and what each device then says. Whatever
happens: a named end on every device, nothing done or exactly one confirmation, and coming back brings it to its end."""
import pytest

from demo.processes import wait_until
from fault_proxy import FAULTS
from purchase_ends import check, check_pc
from purchases import LONGEST, Purchases

PLACES = ("link", "relay", "authority", "company")
HARMLESS = ("mirrored",)  # a second connection that repeats the first one's bytes
AT_ONCE = tuple(fault for fault in FAULTS if fault not in ("dropped", "held"))
SILENT = ("dropped", "held")  # whoever waits learns of it by a time-out


def play(purchases: Purchases, profile: str, place: str, fault: str, at: int) -> bool:
    """One purchase with one fault; whether there was a message for it to meet."""
    for proxy in purchases.proxies.values():
        proxy.arm()
        proxy.drop()  # so that each purchase begins with a handshake
    tag = purchases.tag(profile)
    proxy = purchases.proxies[place]
    proxy.arm(fault, at)
    course = purchases.buy(tag, LONGEST if fault in SILENT else 60)
    has_struck = proxy.has_struck
    proxy.arm()
    try:
        if not has_struck or fault in HARMLESS:
            assert course.told == {"type": "ended", "outcome": "confirmed"}, course
        check_pc(course)
        check(purchases, tag, course)
    except Exception as failure:
        raise AssertionError(f"{profile}: {fault} at message {at} of {place}") from failure
    return has_struck


def messages_of(purchases: Purchases, profile: str, place: str) -> int:
    """How many messages pass there in a purchase that nothing disturbs."""
    for proxy in purchases.proxies.values():
        proxy.drop()
        proxy.arm()
    course = purchases.buy(purchases.tag(profile))
    assert course.is_confirmed, course
    return purchases.proxies[place].counted


@pytest.mark.parametrize("profile", ["plain", "session"])
def test_a_purchase_that_nothing_disturbs_ends_alike_on_every_device(purchases, profile):
    tag = purchases.tag(profile)
    course = purchases.buy(tag)
    assert course.told == {"type": "ended", "outcome": "confirmed"}
    assert (course.shown["result"], course.state, course.problems) == ("confirmed", "confirmed", [])
    check(purchases, tag, course)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("profile", ["plain", "session"])
def test_a_fault_at_any_message_has_a_name_everywhere_and_does_nothing(purchases, full, profile, place):
    """At every message in a full run; else each fault at a few, others for each."""
    for number, fault in enumerate(AT_ONCE):
        if full:
            at = 0
            while play(purchases, profile, place, fault, at):
                at += 1
            continue
        count = messages_of(purchases, profile, place) if number == 0 else count
        play(purchases, profile, place, fault, count * (number + 1) // (len(AT_ONCE) + 1))


@pytest.mark.parametrize("place", PLACES)
def test_silence_at_any_message_ends_by_a_time_out_with_a_name(purchases, full, place):
    """What never comes, or with all that follows it. A full run takes every fourth message everywhere."""
    if not full:
        if place == "company":
            assert play(purchases, "session", place, "held", 3)
        return
    for fault in SILENT:
        at = 0
        while play(purchases, "session", place, fault, at):
            at += 4


def test_nothing_stays_held_for_a_payment_whose_answer_was_lost(purchases):
    last = messages_of(purchases, "plain", "company") - 1
    for proxy in purchases.proxies.values():
        proxy.drop()
    purchases.proxies["company"].arm("cut", last)
    tag = purchases.tag("plain")
    course = purchases.buy(tag)
    purchases.proxies["company"].arm()
    check_pc(course)
    assert (course.state, purchases.decisions(course.order)) == ("taken", ["approved"]), course
    purchases.network.ask_shop(f"/v1/checkouts/{course.checkout}/cancel", {"token": tag["token"]})
    purchases.let_questions_grow_old()
    wait_until(lambda: purchases.decisions(course.order) == ["released"], "the release of what was held")
