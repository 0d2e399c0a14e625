# SPDX-License-Identifier: Apache-2.0
"""The card company's ledger through the real programs: what the operator sees, and that no kill makes or loses money."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import threading
import time
from dataclasses import dataclass, field

import pytest
from demo.network import Network
from demo.payment import MEANS, Means
from demo.processes import ROOT, StepFailed, wait_until
from test_card_company import ask, question

DRIVER = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev")) / "tests/ledger/ledger_driver"
NO_LIMITS = """
[rules]
payments_in_a_minute = 1000000
[authorizations]
sweep = "1s"
"""


@pytest.fixture(scope="module", name="network")
def network_with_a_card_company(tmp_path_factory):
    with Network(tmp_path_factory.mktemp("network")) as running:
        running.card_company_settings = NO_LIMITS
        running.bring_up(running.start_card_company)
        yield running


def objects(network, *words) -> list[dict]:
    return network.card_company.objects(*words)


def authorize(network, reference: str, amount: int, means: str = "card") -> dict:
    status, answer = ask(network, "/v1/authorizations", question(reference, means, amount))
    assert status == 200, answer
    return answer


class Driver:
    """Acts on the books beside the server; killed at any instant, it asks again until it is answered."""

    def __init__(self, folder: pathlib.Path, merchant: str):
        self.folder, self.merchant = folder, merchant
        self.process, self.guard = None, threading.Lock()

    def do(self, act: str, reference: str, of: str, amount: int) -> str:
        """The movement's id, or "!" and a code."""
        line = "\t".join([act, self.merchant, reference, of, str(amount), "KRW"]) + "\n"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with self.guard:
                if self.process is None or self.process.poll() is not None:
                    self.process = subprocess.Popen([DRIVER, self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                                    text=True)
                process = self.process
            try:
                process.stdin.write(line)
                process.stdin.flush()
                answer = process.stdout.readline()
            except BrokenPipeError:
                answer = ""
            if answer.endswith("\n"):
                return answer.strip()
            process.wait()
        raise StepFailed(f"no answer to {line}")

    def kill(self) -> None:
        with self.guard:
            if self.process is not None:
                self.process.kill()

    def close(self) -> None:
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def merchant_of(network) -> str:
    return objects(network, "authorizations", "list")[0]["merchant"]


def test_the_operator_sees_what_moved_and_no_number(network):
    first = authorize(network, "seen", 30_000)["authorization"]
    driver = Driver(network.card_company.folder / "data", merchant_of(network))
    captured = driver.do("capture", "seen-capture", first, 20_000)
    command = network.card_company.command
    command("refunds", "make", "--authorization", first, "--amount", "5000", "--reference", "seen-refund")
    again = command("refunds", "make", "--authorization", first, "--amount", "5000", "--reference", "seen-refund")
    shown = objects(network, "authorizations", "show", "--id", first)[0]
    assert (shown["number"], shown["hold"]["captured"], shown["hold"]["refunded"]) == ("…1111", 20_000, 5_000)
    assert [each["kind"] for each in shown["movements"]] == ["capture", "refund"]
    statement = objects(network, "statement", "--account", shown["account"])[0]
    assert [line["change"] for line in statement["lines"]] == [20_000, -5_000]
    assert statement["closing"] == objects(network, "statement", "--merchant", shown["merchant"])[0]["closing"] == 15_000
    refund = shown["movements"][1]["id"]
    for _ in range(2):
        command("refunds", "reverse", "--id", refund)
    command("captures", "reverse", "--id", captured)
    assert objects(network, "statement", "--account", shown["account"])[0]["closing"] == 0
    everything = again + "".join(command(*words) for words in [
        ("accounts", "list"), ("authorizations", "list"), ("authorizations", "show", "--id", first), ("captures", "list"),
        ("refunds", "list"), ("statement", "--account", shown["account"]), ("reconcile",)])
    assert "no differences" in everything
    assert all(means.number not in everything for means in MEANS.values())
    driver.close()


def test_the_operator_frees_a_hold_and_sets_a_limit(network):
    held = authorize(network, "voided", 40_000)["authorization"]
    network.card_company.command("authorizations", "void", "--id", held)
    assert authorize(network, "voided", 40_000)["code"] == "released"
    account = objects(network, "authorizations", "show", "--id", held)[0]["account"]
    network.card_company.command("accounts", "limit", "--id", account, "--limit", "39999")
    assert authorize(network, "beyond", 40_000)["code"] == "insufficient_funds"
    network.card_company.command("accounts", "limit", "--id", account, "--limit", str(MEANS["card"].limit))


def change_store(network, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(network.card_company.folder / "data/cardcompany.db", timeout=30)) as database:
        with database:
            database.execute(sql)


def test_what_nobody_captures_frees_itself(network):
    held = authorize(network, "forgotten", 40_000)["authorization"]
    change_store(network, f"UPDATE holds SET frees = 1 WHERE authorization_id = '{held}'")
    wait_until(lambda: authorize(network, "forgotten", 40_000)["code"] == "expired", "the hold to be freed")
    assert objects(network, "authorizations", "show", "--id", held)[0]["hold"]["state"] == "expired"


def test_a_difference_is_named_and_is_the_exit_status(network):
    held = authorize(network, "altered", 40_000)["authorization"]
    change_store(network, f"UPDATE holds SET amount = 40001 WHERE authorization_id = '{held}'")
    with pytest.raises(StepFailed, match=f"(?s)exited with 1.*DIFFERENCE  entries of holds are of their amount: entry"):
        network.card_company.command("reconcile")
    change_store(network, f"UPDATE holds SET amount = 40000 WHERE authorization_id = '{held}'")
    network.card_company.command("reconcile")


@dataclass
class Payment:
    """One authorization as its shop knows it."""

    reference: str
    means: str
    amount: int
    id: str = ""
    state: str = "open"
    captured: int = 0
    refunds: dict = field(default_factory=dict)  # that stand: id to amount
    acts: list = field(default_factory=list)  # what was answered: act, reference, of, amount, answer


class Shop:
    """Random acts on payments of its own; what is acknowledged, it remembers."""

    def __init__(self, network, driver: Driver, number: int, means: str):
        self.network, self.driver, self.number, self.means = network, driver, number, means
        self.random, self.payments, self.count = random.Random(number), [], 0

    def over_http(self, path: str, body: dict) -> dict:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                status, answer = ask(self.network, path, body)
                if status == 200:
                    return answer
                assert status in (429, 503), answer
            except OSError:
                pass
            except (json.JSONDecodeError, ValueError):
                pass
            time.sleep(self.random.uniform(0.01, 0.1))
        raise StepFailed(f"no answer from {path}")

    def name(self) -> str:
        self.count += 1
        return f"shop-{self.number}-{self.count}"

    def authorize(self) -> None:
        payment = Payment(self.name(), self.means, self.random.randrange(1, 900))
        answer = self.over_http("/v1/authorizations", question(payment.reference, payment.means, payment.amount))
        assert answer["approved"], answer
        payment.id = answer["authorization"]
        self.payments.append(payment)

    def move(self, payment: Payment, act: str, of: str, amount: int) -> str:
        reference = self.name()
        answer = self.driver.do(act, reference, of, amount)
        payment.acts.append((act, reference, of, amount, answer))
        return answer

    def act(self) -> None:
        payment = self.random.choice(self.payments) if self.payments and self.random.random() < 0.7 else None
        if payment is None:
            return self.authorize()
        chosen = self.random.choice(["capture", "capture", "refund", "reverse", "release"])
        if chosen == "capture":
            amount = self.random.randrange(1, payment.amount + 1)
            answer = self.move(payment, "capture", payment.id, amount)
            assert (answer[0] != "!") == (payment.state == "open"), answer
            if payment.state == "open":
                payment.state, payment.captured = "captured", amount
        elif chosen == "refund" and payment.state == "captured":
            amount = self.random.randrange(1, payment.amount + 1)
            fits = sum(payment.refunds.values()) + amount <= payment.captured
            answer = self.move(payment, "refund", payment.id, amount)
            assert (answer[0] != "!") == fits, answer
            if fits:
                payment.refunds[answer] = amount
        elif chosen == "reverse" and payment.refunds:
            undone = self.random.choice(list(payment.refunds))
            assert self.move(payment, "reverse", undone, 1)[0] != "!"
            del payment.refunds[undone]
        elif chosen == "release" and payment.state == "open":
            assert self.over_http(f"/v1/authorizations/{payment.reference}/release", {}) == {"state": "released"}
            payment.state = "released"

    def repeat_everything(self) -> None:
        """What was acknowledged is answered as it was, and moves nothing."""
        for payment in self.payments:
            again = self.over_http("/v1/authorizations", question(payment.reference, payment.means, payment.amount))
            assert again["approved"] == (payment.state != "released")
            for act, reference, of, amount, answer in payment.acts:
                assert answer[0] == "!" or self.driver.do(act, reference, of, amount) == answer


def serves(network) -> bool:
    try:
        ask(network, "/v1/authorizations", {}, as_merchant=False)
        return True
    except OSError:
        return False


def test_no_kill_makes_or_loses_money(network, full):
    shops, acts, kills, pause = (8, 1_250, 100_000, 8.0) if full else (4, 25, 6, 0.5)  # in a full run to the end
    company, merchant = network.card_company, merchant_of(network)
    before = objects(network, "reconcile")[0]
    means = []
    for number in range(shops):
        MEANS[f"killed {number}"] = Means(f"110-234-7{number:05}", bank="Hanok Bank", limit=100_000_000)
        means.append(f"killed {number}")
        company.open_account(MEANS[means[-1]])
    drivers = [Driver(company.folder / "data", merchant) for _ in range(shops)]
    playing = [Shop(network, drivers[number], number, means[number]) for number in range(shops)]
    done = threading.Event()

    def play(shop: Shop) -> None:
        for _ in range(acts):
            shop.act()

    def kill_now_and_then() -> int:
        for killed in range(kills):
            if done.wait(random.uniform(0.05, pause)):
                return killed
            if killed % 2:
                random.choice(drivers).kill()
            else:
                company.service.kill()
                company.service.start()
        return kills

    try:
        with concurrent.futures.ThreadPoolExecutor(shops + 1) as threads:
            killing = threads.submit(kill_now_and_then)
            for future in [threads.submit(play, shop) for shop in playing]:
                future.result()
            done.set()
            print(f"{shops * acts} acts, {killing.result()} kills")
        company.service.kill()
        company.service.start()
        wait_until(lambda: serves(network), "the card company to serve")
        report = objects(network, "reconcile")[0]
        payments = [payment for shop in playing for payment in shop.payments]
        assert report["differences"] == []
        assert report["openHolds"] - before["openHolds"] == sum(payment.state == "open" for payment in payments)
        due = sum(payment.captured - sum(payment.refunds.values()) for payment in payments)
        assert report["trialBalances"][0]["due"] - before["trialBalances"][0]["due"] == due
        with concurrent.futures.ThreadPoolExecutor(shops) as threads:
            for future in [threads.submit(shop.repeat_everything) for shop in playing]:
                future.result()
        again = objects(network, "reconcile")[0]
        assert (again["entries"], again["differences"]) == (report["entries"], [])
    finally:
        for driver in drivers:
            driver.close()
        for name in means:
            del MEANS[name]
