# SPDX-License-Identifier: Apache-2.0
"""A purchase from a PC that is cancelled at each step, on each of the devices: at the shop's page, in the browser and on the
terminal. Every device says so. Once the card has signed, PC and terminal are late, and the shop's page until the order is
countersigned."""
import threading

import pytest

from demo.processes import wait_until
from purchase_ends import check, check_pc
from terminal import Problem

STEPS = {"plain": ("at the question", "while it is paid"),
         "session": ("at the question", "while information is on its way", "at the last look", "at the second question",
                     "while it is paid")}
DEVICES = ("the shop's page", "the PC", "the terminal")
TOO_LATE = {("while it is paid", "the PC"), ("while it is paid", "the terminal")}
CASES = [(profile, step, device) for profile, steps in STEPS.items() for step in steps for device in DEVICES]
PATIENCE = 20  # seconds until a step is reached


class Halt:
    """Brings a purchase to one step and keeps it there."""

    def __init__(self, purchases, step: str):
        self.purchases, self.step = purchases, step
        self.is_reached, self.goes_on = threading.Event(), threading.Event()
        if step == "while it is paid":
            purchases.proxies["company"].watch = self._stop_at

    def __enter__(self) -> "Halt":
        return self

    def __exit__(self, *_) -> None:
        self.go_on()
        for proxy in self.purchases.proxies.values():
            proxy.watch = lambda record: None

    def asked(self, purchase: dict) -> bool:
        """Whether the holder answers."""
        is_second = purchase["question"]["number"] > 1
        if self.step == ("at the second question" if is_second else "at the question"):
            self.is_reached.set()
            return False
        if self.step == "while information is on its way" and not is_second:
            self.purchases.proxies["relay"].watch = self._stop_at
        return True

    def wait(self, extension) -> None:
        if self.step == "at the last look":
            assert extension.wait_for("review", seconds=PATIENCE)
        else:
            assert self.is_reached.wait(PATIENCE), extension.heard

    def go_on(self) -> None:
        self.goes_on.set()

    def _stop_at(self, record: bytes) -> None:
        if not self.is_reached.is_set():
            self.is_reached.set()
            self.goes_on.wait(PATIENCE)


def cancel(purchases, extension, device: str, checkout: str) -> None:
    if device == "the shop's page":
        purchases.customers[checkout].cancel(checkout)
    elif device == "the PC":
        extension.say({"type": "cancel"})
    else:
        purchases.screen.refuse(purchases.screen.purchase()[1])


@pytest.mark.parametrize("profile, step, device", CASES)
def test_a_purchase_is_cancelled_at_each_step_on_each_device(purchases, profile, step, device):
    tag = purchases.tag(profile)
    is_late = (step, device) in TOO_LATE
    with Halt(purchases, step) as halt:
        def meanwhile(extension):
            halt.wait(extension)
            try:
                cancel(purchases, extension, device, tag["checkout"])
                assert not is_late or device != "the terminal", "the terminal says that it is too late"
            except Problem as problem:
                assert is_late and problem.code == "conflict"
            halt.go_on()
        answer = "" if step == "at the last look" else "continue"
        course = purchases.buy(tag, asked=halt.asked, answer=answer, meanwhile=meanwhile)
    check_pc(course)
    outcome = course.told["outcome"], course.shown["result"]
    if is_late:
        assert (*outcome, course.state) == ("confirmed",) * 3, course
    else:
        # It is on its way to the shop for a moment.
        wait_until(lambda: purchases.look_at_shop(course).state == "cancelled", f"the shop to hear of it: {course}", 10)
        assert course.shown["code"] == "cancelled", course
        # What the card has signed could be confirmed all the same, if the shop did not say the truth.
        assert outcome == (("undecided", "unknown") if step == "while it is paid" else ("cancelled", "cancelled")), course
    check(purchases, tag, course)
