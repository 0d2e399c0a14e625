# SPDX-License-Identifier: Apache-2.0
"""What shop-api.md promises of purchasers to try, each played with the demo's programs."""
import json

import pytest
from demo.payment import MEANS
from demo.processes import wait_until
from extension import Extension, tag_of


def purchaser_serial(purchases) -> str:
    found = purchases.network.operator("certificates", "search", "--role", "purchaser", "--limit", "1")
    return json.loads(found.splitlines()[0])["serial"]


def turned_away(purchases) -> tuple[str, str]:
    """What the terminal and the shop say of a purchase that fails."""
    course = purchases.buy(purchases.tag("plain"))
    assert course.told["outcome"] == course.shown["result"] == "failed", course
    return course.shown["code"], course.state


def check_age(purchases) -> dict:
    """The shop's view of an age check, once it is over."""
    opened = purchases.network.ask_shop("/v1/identifications",
                                        {"purpose": "age-check", "fields": ["overAge:19"], "reference": "door"})
    purchases.holder.begin(purchases.means)
    with Extension(purchases.computer) as extension:
        extension.start(tag_of(opened), purchases.network.merchant_origin)
        extension.wait_for("ended", "error", seconds=60)
    return wait_until(lambda: over(purchases, opened["id"]), "the end of the check")


def over(purchases, identifier: str) -> dict | None:
    shown = purchases.network.ask_shop(f"/v1/identifications/{identifier}")
    return shown if shown["state"] != "open" else None


def keep_birth_date(purchases, date: str) -> None:
    purchases.screen.post("/api/personal/keep", [purchases.network.pin, "홍길동", "", date, "", ""])


def test_a_suspended_purchaser_is_told_so_before_she_is_asked(purchases):
    serial = purchaser_serial(purchases)
    purchases.network.operator("certificates", "suspend", serial)
    assert turned_away(purchases) == ("certificate_on_hold", "open")
    purchases.network.operator("certificates", "resume", serial)
    assert purchases.buy(purchases.tag("plain")).is_confirmed


def test_an_age_check_of_somebody_younger_tells_that_and_no_birth_date(purchases):
    keep_birth_date(purchases, "2026-01-31")
    shown = check_age(purchases)
    assert (shown["state"], shown["information"]) == ("identified", {"overAge:19": False})


def test_an_age_check_without_a_birth_date_can_only_be_refused(purchases):
    keep_birth_date(purchases, "")
    shown = check_age(purchases)
    assert (shown["state"], shown["information"], purchases.holder.problems) == ("cancelled", None, ["consent_missing"])


def test_a_refusal_on_the_terminal_cancels(purchases, monkeypatch):
    monkeypatch.setattr(purchases.holder, "refuses", True)
    course = purchases.buy(purchases.tag("plain"))
    assert course.state == "cancelled", course


def test_three_declined_payments_cancel(purchases):
    for name in ("card without funds", "blocked card", "account without funds"):
        purchases.network.card_company.put_into_wallet(MEANS[name])
    declined = [means["id"] for means in purchases.screen.get("/api/holder")["means"] if means["id"] not in (purchases.means, purchases.split_means)]
    course = purchases.buy(purchases.tag("plain"), means=declined)
    payment = purchases.checkout(course.checkout)["payment"]
    assert (course.state, payment["state"], payment["code"]) == ("cancelled", "declined", "insufficient_funds"), course


def test_a_revoked_purchaser_is_told_so_before_she_is_asked(purchases):
    """The last: nothing brings her back."""
    purchases.network.operator("certificates", "revoke", purchaser_serial(purchases), "--reason", "keyCompromise")
    assert turned_away(purchases) == ("certificate_revoked", "open")
