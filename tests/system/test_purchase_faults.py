# SPDX-License-Identifier: Apache-2.0
"""Purchases from a PC with a fault at one message between two of the parties, and what each device then says. Whatever
happens: a named end on every device, nothing done or exactly one confirmation, and coming back brings it to its end.
A full run, with every message, takes about half an hour."""
import pytest

from demo.processes import wait_until
from purchase_ends import check, check_pc
from purchase_faults import AT_ONCE, PROFILES, WAYS, calm, messages_of, play, play_at_all

# Some that whoever waits learns of after seconds; test_purchase_silence.py plays all.
SILENCES = [("session", "company", "held", 3), ("plain", "link", "held", 20), ("session", "relay", "dropped", 20)]


def prepare(purchases):
    purchases.hasten()


@pytest.mark.parametrize("profile", PROFILES)
def test_a_purchase_that_nothing_disturbs_ends_alike_on_every_device(purchases, profile):
    tag = purchases.tag(profile)
    course = purchases.buy(tag)
    assert course.told == {"type": "ended", "outcome": "confirmed"}
    assert (course.shown["result"], course.state, course.problems) == ("confirmed", "confirmed", [])
    check(purchases, tag, course)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_fault_at_any_message_has_a_name_everywhere_and_does_nothing(purchases, full, profile, way):
    """Each fault at every message in a full run; else each at another message, and a third of them for each way and profile."""
    if full:
        for fault in AT_ONCE:
            play_at_all(purchases, profile, way, fault)
        return
    count = messages_of(purchases, profile, way)
    turn = WAYS.index(way) + PROFILES.index(profile)
    for number, fault in enumerate(AT_ONCE):
        if (number + turn) % 3 == 0:
            play(purchases, profile, way, fault, count * (number + 1) // (len(AT_ONCE) + 1))


@pytest.mark.parametrize("profile, way, fault, at", SILENCES)
def test_silence_ends_by_a_time_out_with_a_name(purchases, profile, way, fault, at):
    assert play(purchases, profile, way, fault, at)


def test_nothing_stays_held_for_a_payment_whose_answer_was_lost(purchases):
    last = messages_of(purchases, "plain", "company") - 1
    calm(purchases)
    purchases.proxies["company"].arm("cut", last)
    tag = purchases.tag("plain")
    course = purchases.buy(tag)
    purchases.proxies["company"].arm()
    check_pc(course)
    assert (course.state, purchases.decisions(course.order)) == ("taken", ["approved"]), course
    purchases.network.ask_shop(f"/v1/checkouts/{course.checkout}/cancel", {"token": tag["token"]})
    purchases.let_questions_grow_old()
    wait_until(lambda: purchases.decisions(course.order) == ["released"], "the release of what was held")
