# SPDX-License-Identifier: Apache-2.0
"""Plays purchases from a PC with a fault at one message between two of the parties, and holds how they end on every device
against what must hold of any end."""
from demo.processes import wait_until
from fault_proxy import FAULTS
from purchase_ends import check, check_pc
from purchases import LONGEST, PLACES, Purchases

PROFILES = ("plain", "session", "set")
# Where a fault is played; “home alone” is where the wallet asks its authority because the gateway's answer was lost.
WAYS = (*PLACES, "home alone")
HARMLESS = ("mirrored",)  # a second connection that repeats the first one's bytes
SILENT = ("dropped", "held")  # whoever waits learns of it by a time-out
OTHER_QUESTIONS = 4000  # octets; an order to be confirmed is more, and the gateway asks for the network map and receipts now and then
AT_ONCE = tuple(fault for fault in FAULTS if fault not in SILENT)


def calm(purchases: Purchases) -> None:
    """Nothing happens to messages; the next purchase begins with a handshake everywhere, and what was bought before is captured:
    the messages of that are not the next purchase's."""
    _calm_proxies(purchases)
    wait_until(lambda: "waiting" not in purchases.network.shop("captures", "list"), "the captures", 90)
    _calm_proxies(purchases)


def _calm_proxies(purchases: Purchases) -> None:
    for proxy in purchases.proxies.values():
        proxy.arm()
        proxy.drop()
        proxy.watch = lambda record: None


def lose_the_answer(purchases: Purchases) -> None:
    """Once the gateway has asked the authority, nothing comes through to it or from it any more."""
    authority = purchases.proxies["authority"]

    def look(_record: bytes) -> None:
        if authority.longest_asked > OTHER_QUESTIONS:
            raise ConnectionError

    purchases.proxies["relay"].watch = look


def play(purchases: Purchases, profile: str, way: str, fault: str, at: int) -> bool:
    """One purchase with one fault; whether there was a message for it to meet."""
    calm(purchases)
    tag = purchases.tag(profile)
    place = way.partition(" ")[0]
    proxy = purchases.proxies[place]
    if way == "home alone":
        lose_the_answer(purchases)
    proxy.arm(fault, at)
    course = purchases.buy(tag, LONGEST if fault in SILENT else 60)
    has_struck = proxy.has_struck
    calm(purchases)
    try:
        # What the wallet hears from its authority it has heard from the gateway, too, or asks for again.
        if not has_struck or fault in HARMLESS or place == "home":
            assert course.told == {"type": "ended", "outcome": "confirmed"}, course
        if place != "link" and any(message.get("state") == "connected" for message in course.heard):
            assert course.shown, f"nothing kept the purchase from the terminal: {course}"
        check_pc(course)
        check(purchases, tag, course)
    except Exception as failure:
        raise AssertionError(f"{profile}: {fault} at message {at} of {way}") from failure
    return has_struck


def play_at_all(purchases: Purchases, profile: str, way: str, fault: str) -> None:
    """The fault at one message after the other, to the last that there is."""
    at = 0
    while play(purchases, profile, way, fault, at):
        at += 1
    assert at > 3, f"{way} carried {at} messages"


def messages_of(purchases: Purchases, profile: str, way: str) -> int:
    """How many messages pass there in a purchase that no other fault disturbs."""
    if profile == "set":  # its card company's certificates come beforehand, and not in the purchase that is counted
        assert purchases.buy(purchases.tag(profile)).is_confirmed
    calm(purchases)
    if way == "home alone":
        lose_the_answer(purchases)
    course = purchases.buy(purchases.tag(profile))
    assert course.is_confirmed, course
    return purchases.proxies[way.partition(" ")[0]].counted
