# SPDX-License-Identifier: Apache-2.0
"""What shop-api.md promises of the demo's cards and accounts, asked row by row of the demo's card company."""
import contextlib
import hashlib
import itertools
import pathlib
import re
import sqlite3
from typing import NamedTuple

import pytest
from demo.network import Network
from demo.payment import MEANS
from test_card_company import ask

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
ROW = re.compile(r"^\| (card|account) `([0-9-]+)`([^|]*)\| (.*) \|$", re.MULTILINE)
USUAL = {"expiry": "2031-12", "bank": "Hanok Bank", "holder": "HONG GILDONG", "currency": "KRW"}
references = itertools.count()


class Row(NamedTuple):
    method: str
    number: str
    said: dict  # what the row says otherwise than usual
    times: int
    limit: int | None  # where it is approved up to a sum
    code: str  # of the decline
    one_order: bool  # whether all of the times are for the same order

    @property
    def name(self) -> str:
        return " ".join([self.method, self.number, *self.said.values(), *([f"{self.times} times"] if self.times > 1 else [])])


def rows() -> list[Row]:
    found = []
    for method, number, special, promise in ROW.findall((DOCS / "shop-api.md").read_text(encoding="utf-8")):
        said = dict(re.findall(r"(expiry|bank|holder|currency) `([^`]+)`", special))
        times, limit = re.search(r"an? (\d+)(?:th|nd) time", special), re.search(r"approved up to ([\d ]+) KRW", promise)
        found.append(Row(method, number, said, int(times.group(1)) if times else 1,
                         int(limit.group(1).replace(" ", "")) if limit else None,
                         re.search(r"declined: `(\w+)`", promise).group(1), "for the same order" in special))
    return found


@pytest.fixture(scope="module", name="network")
def network_with_a_card_company(tmp_path_factory):
    with Network(tmp_path_factory.mktemp("network")) as running:
        running.bring_up(running.start_card_company)
        yield running


def pay(network, row: Row, amount: int) -> tuple[str, str]:
    """The reference, and what became of the payment: "approved" or the code."""
    data = USUAL | row.said
    payment = {"method": row.method, "number": row.number, "holder": data["holder"]}
    payment |= {"expiry": data["expiry"]} if row.method == "card" else {"bank": data["bank"]}
    reference = f"to-try-{next(references)}"
    status, answer = ask(network, "/v1/authorizations", {
        "type": "authorization-request", "version": 1, "reference": reference,
        "orderDigest": hashlib.sha256((row.name if row.one_order else reference).encode()).hexdigest(),
        "amount": amount, "currency": data["currency"], "payment": payment})
    assert status == 200, answer
    return reference, "approved" if answer["approved"] else answer["code"]


def let_a_minute_pass(network) -> None:
    """At the card company, which counts the payments with one account within one."""
    store = network.card_company.folder / "data/cardcompany.db"
    with contextlib.closing(sqlite3.connect(store, timeout=30)) as database, database:
        database.execute("UPDATE authorizations SET decided = decided - 60")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_each_row_is_true(network, row):
    let_a_minute_pass(network)
    if row.limit is None:
        amount = 62_000 if row.one_order else 1
        earlier = [pay(network, row, amount) for _ in range(row.times - 1)]
        assert [outcome for _, outcome in earlier] == ["approved"] * (row.times - 1)
        assert pay(network, row, 62_000)[1] == row.code
        for reference, _ in earlier:
            ask(network, f"/v1/authorizations/{reference}/release", {})
        return
    assert pay(network, row, row.limit + 1)[1] == row.code
    reference, outcome = pay(network, row, row.limit)
    assert outcome == "approved"
    assert pay(network, row, 1)[1] == row.code
    ask(network, f"/v1/authorizations/{reference}/release", {})


def test_the_table_has_every_card_and_account_of_the_demo():
    assert {means.number for means in MEANS.values()} <= {row.number for row in rows()}


def test_the_table_has_every_code_that_the_card_company_declines_with():
    questions = (DOCS / "protocols/card-company.md").read_text(encoding="utf-8").split("## Steps")[0]
    codes = re.findall(r"^\| `(\w+)` \|", questions, re.MULTILINE)
    assert set(codes) - {"code", "released", "expired", "reversed"} == {row.code for row in rows()}
