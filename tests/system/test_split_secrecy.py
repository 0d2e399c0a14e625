# SPDX-License-Identifier: Apache-2.0
"""Who holds what of a split payment: all that gateway and mediator were seen to have in memory or in a file holds no card data,
and all that the card company had, capture included, no line of the order."""
import json

from canaries import held_in
from demo.payment import HOLDER, Means
from demo.processes import wait_until
from extension import tag_of
from memory import Recording, files_holding
from split_payment import open_instruction

CARD = ("5312764198340575", "2047-11")  # a month that stands in no certificate
LINES = [{"sku": "MOONJAR-7731", "description": "White porcelain moon jar of the eighteenth century", "quantity": 3, "unitPrice": 41777}]


def prepare(purchases):
    purchases.card = CARD


def test_each_party_holds_its_half_and_nothing_of_the_other(purchases, tmp_path):
    network, number = purchases.network, CARD[0]
    purchases.sell_in("set")
    tag = {**tag_of(network.create_checkout(LINES, "KRW")), "gateway": f"https://127.0.0.1:{purchases.proxies['relay'].port}"}
    recordings = {"gateway": Recording(network.merchant.process.pid, tmp_path / "gateway"),
                  "company": Recording(network.card_company.service.process.pid, tmp_path / "company")}
    purchases.started = lambda extension: recordings.update(mediator=Recording(extension.process.pid, tmp_path / "mediator"))

    def look(_record: bytes = b"") -> None:
        for recording in list(recordings.values()):
            recording.look()

    for proxy in purchases.proxies.values():
        proxy.arm()
        proxy.watch = look
    course = purchases.buy(tag, seconds=180)
    assert course.is_confirmed and course.told["outcome"] == "confirmed", course
    captures = network.card_company.command
    wait_until(lambda: course.order in captures("captures", "list", "--json"), "the capture")
    look()
    for proxy in purchases.proxies.values():
        proxy.watch = lambda _: None

    evidence = network.wallet_evidence()
    nonce = json.loads(open_instruction(network, evidence["payment-instruction.p7m"]))["nonce"]
    card = {"number": number, "expiry": CARD[1], "nonce": nonce, "holder of the card": HOLDER}
    order = {"sku": LINES[0]["sku"], "description": LINES[0]["description"],
             "order's nonce": json.loads(evidence["order.json"].read_text(encoding="utf-8"))["nonce"]}
    assert min(recording.looks for recording in recordings.values()) > 20

    for name in ("gateway", "mediator"):
        assert not recordings[name].held(card), name
        assert bytes.fromhex(nonce) not in recordings[name].file.read_bytes(), name
    assert not recordings["company"].held(order)
    # The recordings find what is there.
    assert recordings["gateway"].held(order) == set(order)
    assert recordings["company"].held(card) >= {"expiry", "holder of the card"}, "number and nonce lie in memory that is wiped"
    assert recordings["mediator"].held({"token": tag["token"]})

    assert not files_holding(network.merchant_folder, card)
    assert not files_holding(network.folder / "logs", card | {"description": LINES[0]["description"]})
    assert not files_holding(purchases.computer.home, card | order)
    assert not files_holding(network.card_company.folder, order | {"number": number})
    for name in ("link", "relay", "company"):
        carried = purchases.proxies[name].carried()
        assert len(carried) > 4000 and not held_in(carried, card | order), name


def test_what_is_sealed_has_one_length_whatever_the_card(purchases):
    sizes = []
    for means in (None, Means("400000000002", expiry="2031-01"), Means("4000000000000000006", expiry="2031-01")):
        if means:
            purchases.take_another_card(means)
            purchases.split_means = str(int(purchases.split_means) + 1)
        assert purchases.buy(purchases.tag("set")).is_confirmed
        sizes.append(len(purchases.network.wallet_evidence()["payment-instruction.p7m"].read_bytes()))
    assert len(set(sizes)) == 1, sizes
