# SPDX-License-Identifier: Apache-2.0
"""The mediator is killed while the terminal asks: PC, terminal and the shop's page each say so, and it can be begun again."""
import pytest
from demo.processes import wait_until
from purchase_ends import LOST


@pytest.mark.parametrize("profile", ["plain", "session"])
def test_a_lost_link_is_reported_on_the_terminal_and_on_the_shops_page(purchases, profile):
    tag = purchases.tag(profile)

    def lose(extension) -> None:
        wait_until(lambda: any(message.get("state") == "asked" for message in extension.heard), "the terminal's question")
        assert LOST not in purchases.customers[tag["checkout"]].look_at(tag["checkout"])
        extension.process.kill()

    course = purchases.buy(tag, asked=lambda purchase: False, meanwhile=lose)
    assert course.told is None, "the PC's side was killed"
    assert course.shown["by"] == "lost_link" and course.state in ("open", "taken"), course
    wait_until(lambda: LOST in purchases.customers[tag["checkout"]].look_at(tag["checkout"]), "the page's word")
    assert purchases.checkout(tag["checkout"])["terminal"] == "lost"
    again = purchases.buy(tag)
    assert again.is_confirmed and LOST not in again.page
    assert purchases.checkout(tag["checkout"])["terminal"] is None
