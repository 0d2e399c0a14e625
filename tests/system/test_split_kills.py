# SPDX-License-Identifier: Apache-2.0
"""Split payments while gateway, card company, authority, wallet or mediator is killed at a random instant: money is neither made
nor lost, no order is charged twice, and nothing stays held. A full run plays a hundred and fifty."""
import contextlib
import http.client
import random
import time
from collections import Counter

from demo.processes import wait_until
from extension import Extension
from terminal import Holder, Problem, Screen

PARTIES = ("gateway", "company", "authority", "wallet", "mediator")
LONGEST = 1.2  # seconds after the start of a purchase in which its party is killed
LOST = (ConnectionError, http.client.HTTPException, TimeoutError, Problem, OSError)


def prepare(purchases):
    purchases.hasten()


class Killer:
    """Kills parties of the purchases and starts them again."""

    def __init__(self, purchases):
        self.purchases, self.network = purchases, purchases.network

    def strike(self, party: str, extension: Extension) -> None:
        network = self.network
        if party == "mediator":
            extension.process.kill()
            return
        service = {"gateway": network.merchant, "company": network.card_company.service, "authority": network.authority,
                   "wallet": network.screen}[party]
        service.kill()
        if party == "gateway":
            network.start_merchant()
            network.wait_merchant()
        elif party == "company":
            network.card_company.serve_again()
        elif party == "authority":
            network.start_authority()
        else:
            network.start_wallet_screen()
            self.purchases.screen = Screen(network.wallet_url)
            self.purchases.holder = Holder(self.purchases.screen, network.pin, self.purchases.split_means)


def play(purchases, killer: Killer, party: str) -> dict:
    """One purchase in which the party is killed; its tag."""
    tag = purchases.tag("set")
    purchases.let_a_minute_pass()
    purchases.holder.begin(purchases.split_means)
    with Extension(purchases.computer) as extension:
        extension.start(tag, purchases.network.merchant_origin)
        time.sleep(random.uniform(0, LONGEST))
        killer.strike(party, extension)
        with contextlib.suppress(*LOST):
            extension.wait_for("ended", "error", seconds=40)
    with contextlib.suppress(*LOST):
        purchases.holder.wait_end(5)
    return tag


def bring_to_an_end(purchases, tag: dict) -> str:
    """What becomes of the checkout: its terminal comes once more, and the shop gives up what it does not finish."""
    if purchases.checkout(tag["checkout"])["state"] in ("open", "taken") and random.random() < 0.5:
        with contextlib.suppress(*LOST):
            purchases.buy(tag, seconds=40)
    if purchases.checkout(tag["checkout"])["state"] in ("open", "taken"):
        with contextlib.suppress(*LOST):
            purchases.network.ask_shop(f"/v1/checkouts/{tag['checkout']}/cancel", {"token": tag["token"]})
    return purchases.state_of(tag["checkout"])


def lines_of(purchases, *words) -> list[dict]:
    return purchases.network.card_company.objects(*words)


def test_no_kill_makes_or_loses_money_or_leaves_a_hold(purchases, full):
    rounds, killer, ends = (150 if full else 8), Killer(purchases), Counter()
    seed = random.randrange(2**32)
    random.seed(seed)
    print(f"seed {seed}")
    charged = {}
    for number in range(rounds):
        party = PARTIES[number % len(PARTIES)]
        tag = play(purchases, killer, party)
        state = bring_to_an_end(purchases, tag)
        ends[party, state] += 1
        assert state in ("confirmed", "refused", "cancelled", "expired"), (party, state)
        checkout = purchases.checkout(tag["checkout"])
        if state == "confirmed":
            charged[checkout["orderId"]] = checkout["total"]
        if full and number % 25 == 24:
            print(number + 1, dict(ends), flush=True)
    assert charged and len(ends) > 3, ends

    purchases.let_questions_grow_old()
    def is_settled() -> bool:
        accounts = lines_of(purchases, "accounts", "list")
        captures = Counter(line["reference"] for line in lines_of(purchases, "captures", "list"))
        return set(captures) == set(charged) and not any(account["held"] for account in accounts)
    wait_until(is_settled, "all captures and releases", 90)
    captures = lines_of(purchases, "captures", "list")
    assert sorted((line["reference"], line["amount"]) for line in captures) == sorted(charged.items()), "each once, in full"
    owed = sum(account["owed"] for account in lines_of(purchases, "accounts", "list"))
    assert owed == sum(charged.values())
    purchases.network.card_company.command("reconcile")

    some = captures[0]
    moved = lambda: sum(account["owed"] for account in lines_of(purchases, "accounts", "list"))
    purchases.network.card_company.command("refunds", "make", "--authorization", some["authorization"], "--amount", "1",
                                           "--reference", "goodwill")
    assert moved() == owed - 1
    purchases.network.card_company.command("reconcile")
