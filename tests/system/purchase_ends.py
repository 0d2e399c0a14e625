# SPDX-License-Identifier: Apache-2.0
"""What holds of a purchase after any fault: a named end on every device, nothing done or exactly one confirmation."""
import re

from demo.processes import ROOT, wait_until
from purchases import Course, Purchases

ENDS = {"open", "taken", "confirmed", "cancelled"}
# What the customer reads on her order's page, by the state of its checkout.
WORDS = {"open": ("Pay on your terminal", "Waiting for your terminal."),
         "taken": ("Pay on your terminal", "Your terminal has the order. Please look at it there."),
         "confirmed": ("Thank you for your order", "The certification authority confirmed it."),
         "cancelled": ("The order was cancelled", "Nothing was ordered and nothing is charged.")}
LOST = "The connection to your terminal was lost. Start again here: nothing is done twice."


def words_for() -> set[str]:
    """The codes for which the wallet's screen has words and a remedy."""
    text = (ROOT / "web/wallet/words_errors.js").read_text(encoding="utf-8")
    return set(re.findall(r"^  (\w+): \['[^']+', '[^']+'\]", text, re.MULTILINE))


def check_pc(course: Course) -> None:
    """The extension heard how it ended, and what to do unless all is well."""
    assert course.told, f"the mediator ended without a word: {course}"
    if course.told.get("outcome") == "confirmed":
        assert course.is_confirmed, course
    else:
        assert course.told["code"] and course.told["remedy"], course


def check_terminal(course: Course) -> None:
    """The screen names how it ended by a code that it has words and a remedy for."""
    if not course.shown:
        assert not course.must_be_shown, f"the terminal showed a purchase, and no end: {course}"
        return
    if course.shown["result"] == "confirmed":
        assert course.is_confirmed, course
    else:
        assert course.shown["code"] in words_for(), course
    assert set(course.problems) <= words_for(), course


def check_shop(course: Course) -> None:
    """The order's page says what became of it, and what can be done."""
    title, text = WORDS[course.state]
    if course.state in ("open", "taken") and 'data-state="lost"' in course.page:
        text = LOST
    assert f">{title}</h1>" in course.page and text in course.page, course
    is_confirmed, may_pay = course.is_confirmed, course.state in ("open", "taken")
    assert ('id="receipt"' in course.page, "confirmation.p7m" in course.page) == (is_confirmed, is_confirmed), course
    assert ("<countersign-purchase " in course.page, 'id="cancel"' in course.page) == (may_pay, may_pay), course
    assert ("/again?" in course.page) == (course.state == "cancelled"), course


def check_books(purchases: Purchases, course: Course) -> None:
    """Nothing is held for what ended without a confirmation; what is confirmed is the same everywhere, and paid once."""
    assert course.state in ENDS, course
    if course.is_confirmed:
        assert purchases.decisions(course.order) == ["approved"], course
        assert purchases.confirmation_in_wallet(course.order) == purchases.confirmation_at_shop(course.checkout), course
    elif course.state == "cancelled" and course.order:
        wait_until(lambda: "approved" not in purchases.decisions(course.order), "the release of what was held", 90)
    elif course.order:
        assert purchases.decisions(course.order).count("approved") <= 1, course


def check(purchases: Purchases, tag: dict, course: Course) -> None:
    """The end on all devices, and that of the same purchase when its purchaser comes back and nothing disturbs it."""
    check_terminal(course)
    check_shop(course)
    check_books(purchases, course)
    before = purchases.confirmation_at_shop(course.checkout) if course.is_confirmed else None
    again = purchases.buy(tag)
    check_pc(again)
    check_terminal(again)
    check_shop(again)
    check_books(purchases, again)
    if course.state == "cancelled":
        assert again.told["code"] == "cancelled", (course, again)
        return
    assert again.told == {"type": "ended", "outcome": "confirmed"}, (course, again)
    assert again.shown["result"] == "confirmed", (course, again)
    assert not before or purchases.confirmation_at_shop(course.checkout) == before, "the same confirmation"
