# SPDX-License-Identifier: Apache-2.0
"""Software that others wrote agrees with the public log: Go's golang.org/x/mod/sumdb checks its checkpoints, cosignatures, tiles,
proofs and receipts, and refuses each of them once a bit of it is altered."""
import base64
import hashlib
import itertools
import json
import os
import pathlib
import re
import shutil
import sqlite3
import urllib.request

import pytest

from demo.processes import ROOT, answers, wait_until
from log_by_go import LogByGo, Refused
from log_reader import PublishedLog, commitment_to
from many_orders import confirm_many
from openssl_party import openssl, sha256_hex
from python_log import Log
from test_public_log import CMS, RECEIPT, LoggedTrade, order_in
from test_witnesses import Watched, witness_of

BUILD = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))
SMALL, FULL = 1_000, 100_000


class Grown:
    """Seoul's log of so many confirmations, witnessed by Osaka, with what was seen of it while it grew."""

    def __init__(self, watched: Watched, folder: pathlib.Path, least: int, bursts: int):
        self.watched, self.folder, self.seoul = watched, folder, watched.seoul
        self.trade, self.published = watched.trade, watched.seoul.authority_folder / "log"
        self.older, self.cosigned, self.receipts = [], [], []
        folder.mkdir()
        orders = []
        for number in range(bursts):
            confirm_many(self.seoul, least // bursts)
            orders += [self.confirm(), self.confirm()]
            self.keep_checkpoints()
            if number == 0:
                shutil.copytree(self.published, folder / "small")
        self.receipts += [self.witnessed_receipt(order) for order in orders]
        self.keep_checkpoints()
        self.go = LogByGo(BUILD, self.published, self.trade.status["key"], [witness_of(watched.osaka)["key"]])

    def write(self, name: str, content: bytes) -> pathlib.Path:
        (self.folder / name).write_bytes(content)
        return self.folder / name

    def confirm(self) -> bytes:
        """A new order that was confirmed; its receipt, of the first instant, is kept."""
        order = self.trade.countersigned(self.watched.buyer)
        answer = self.trade.connect().ask("POST", "/v1/confirmations", order, CMS, Accept=RECEIPT)
        receipt = self.trade.receipt_of(answer)
        self.receipts.append(self.write(f"pending-{receipt.index}", answer.body))
        wait_until(lambda: self.trade.log.size() > receipt.index, "the publication")
        return order

    def witnessed_receipt(self, countersigned: bytes) -> pathlib.Path:
        signed = openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=countersigned)
        content = openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=signed)
        request = {"type": "extract-request", "version": 1, "orderId": order_in(countersigned)["id"],
                   "orderDigest": sha256_hex(content)}

        def witnessed():
            answer = self.trade.connect().post_json("/v1/receipts", request)
            return answer if answer.json()["states"] == "witnessed" else None
        answer = wait_until(witnessed, "a receipt that is witnessed")
        return self.write(f"witnessed-{self.trade.receipt_of(answer).index}", answer.body)

    def keep_checkpoints(self) -> None:
        """The one that is published, and the one that the witness shows."""
        number, origin = len(self.older), self.trade.status["origin"]
        self.older.append(self.write(f"published-{number}", self.trade.log.get("checkpoint")))
        address = f"{self.watched.osaka.status_url}/witness/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
        wait_until(lambda: answers(address), "the witness to have seen the log")
        with urllib.request.urlopen(address, timeout=10) as response:
            self.cosigned.append(self.write(f"cosigned-{number}", response.read()))

    def copy(self, name: str) -> pathlib.Path:
        return shutil.copytree(self.published, self.folder / name)

    def tiles(self) -> list[str]:
        """Files of the newest tree; those of smaller ones may lie there yet."""
        found, rest = [], self.trade.log.size()
        for level in itertools.count():
            for number in range((rest + 255) // 256):
                name = PublishedLog.tile_name(number, min(256, rest - number * 256))
                found += [f"tile/{level}/{name}"] + ([f"tile/entries/{name}"] if level == 0 else [])
            rest //= 256
            if not rest:
                return found


@pytest.fixture(scope="module")
def grown(tmp_path_factory, full):
    watched = Watched(tmp_path_factory.mktemp("watched"))
    with watched.seoul:
        watched.bring_up()
        yield Grown(watched, tmp_path_factory.mktemp("seen") / "files", *((FULL, 20) if full else (SMALL, 5)))


def entry_or(tile: str) -> str:
    """What a sentence about this file begins with: a hash of a leaf that is wrong shows beside its entry."""
    return "^" + re.escape(tile.replace("tile/0/", "tile/entries/")) + ": "


def flip(content: bytes, octet: int, bit: int = 0) -> bytes:
    return content[:octet] + bytes([content[octet] ^ 1 << bit]) + content[octet + 1:]


def test_go_agrees_with_a_log_of_real_confirmations_its_witness_and_receipts(grown, full):
    checked = grown.go.check(every=100 if full else 1, older=grown.older, cosigned=grown.cosigned, receipt=grown.receipts)
    print(checked)
    size = int(grown.older[-1].read_text(encoding="utf-8").splitlines()[1])
    assert checked["entries"] == checked["record-proofs"] == size >= (FULL if full else SMALL)
    assert checked["left-out"] == 0 and checked["receipts"] == len(grown.receipts) >= 20
    # A receipt of the first instant has no cosignature yet; all else that a witness signed has one.
    assert checked["cosignatures"] >= len(grown.cosigned) + len(grown.receipts) // 2
    assert checked["checkpoints"] == 1 + len(grown.older) + len(grown.cosigned) + len(grown.receipts)
    assert checked["tree-proofs"] > 5, "of checkpoints of that many sizes"
    assert checked["tiles"] == (size + 255) // 256 + (size // 256 + 255) // 256 + (1 if size >= 65536 else 0)
    over_http = grown.go.check(grown.seoul.status_url + "/log")
    assert over_http["entries"] == size and over_http["tiles"] == checked["tiles"]


def test_each_entry_is_the_commitment_of_a_confirmation_that_was_given_out(grown):
    entries = [content[at + 2:at + 51] for tile in grown.tiles() if tile.startswith("tile/entries/")
               for content in [(grown.published / tile).read_bytes()] for at in range(0, len(content), 51)]
    with sqlite3.connect(f"file:{grown.seoul.authority_database}?mode=ro", uri=True) as store:
        rows = store.execute("SELECT id, nonce, document FROM confirmations ORDER BY log_index").fetchall()
    assert len(rows) == len(entries) >= SMALL
    for entry, (identity, nonce, document) in zip(entries, rows):
        assert entry == b"\1" + bytes.fromhex(identity.replace("-", "")) + commitment_to(document, nonce)
    assert len({nonce for _, nonce, _ in rows}) == len(rows)


def test_go_refuses_every_published_file_with_one_bit_altered(grown):
    copy = grown.copy("altered")
    tiles = [tile for tile in grown.tiles() if "/x" not in tile]  # of a hundred thousand enough
    if len(tiles) > 40:
        tiles = tiles[::len(tiles) // 40] + [tile for tile in tiles if tile.startswith(("tile/1", "tile/2"))]
    assert {tile.split("/")[1] for tile in tiles} >= {"0", "1", "entries"}
    for number, tile in enumerate(tiles):
        file = copy / tile
        whole = file.read_bytes()
        file.write_bytes(flip(whole, len(whole) * number // len(tiles), number % 8))
        with pytest.raises(Refused, match=entry_or(tile)):
            grown.go.check(copy)
        file.write_bytes(whole[:-1])
        with pytest.raises(Refused, match=f"{re.escape(tile)} has"):
            grown.go.check(copy)
        file.unlink()
        with pytest.raises(Refused, match=re.escape(tile)):
            grown.go.check(copy)
        file.write_bytes(whole)
    assert grown.go.check(copy)["entries"] >= SMALL, "the copy is whole again"


def test_go_refuses_a_checkpoint_and_a_cosignature_with_one_bit_altered(grown):
    copy = grown.copy("checkpoint-altered")
    checkpoint = (copy / "checkpoint").read_bytes()
    for octet in range(len(checkpoint)):
        (copy / "checkpoint").write_bytes(flip(checkpoint, octet))
        with pytest.raises(Refused, match="^checkpoint: "):
            grown.go.check(copy)
    (copy / "checkpoint").write_bytes(checkpoint)
    cosigned = grown.cosigned[-1].read_bytes()
    assert cosigned.count("— ".encode()) == 2
    altered = grown.folder / "cosigned-altered"
    for octet in range(len(cosigned)):
        altered.write_bytes(flip(cosigned, octet))
        with pytest.raises(Refused, match=f"^{re.escape(str(altered))}: "):
            grown.go.check(copy, cosigned=altered)
    with pytest.raises(Refused, match="no witness signed it"):
        grown.go.check(copy, cosigned=grown.older[0])


def test_go_refuses_a_receipt_that_was_altered(grown):
    document = json.loads(grown.receipts[-1].read_bytes())
    file = grown.folder / "altered-receipt"
    confirmation, nonce = base64.b64decode(document["confirmation"]), base64.b64decode(document["nonce"])
    proof = document["proof"]
    index = int(re.search(r"^index (\d+)$", proof, re.MULTILINE).group(1))
    first_hash = proof.splitlines()[2]
    other_hash = base64.b64encode(flip(base64.b64decode(first_hash), 31)).decode()
    other = json.loads(grown.receipts[0].read_bytes())
    for name, changed, sentence in (
            ("nonce", {"nonce": base64.b64encode(flip(nonce, 31, 7)).decode()}, "commitment"),
            ("confirmation", {"confirmation": base64.b64encode(flip(confirmation, len(confirmation) - 1)).decode()},
             "commitment"),
            ("index", {"proof": proof.replace(f"index {index}\n", f"index {index - 1}\n")}, "for the confirmation"),
            ("proof", {"proof": proof.replace(first_hash, other_hash)}, "commitment"),
            ("no proof", {"proof": proof.replace(first_hash + "\n", "")}, "commitment"),
            ("another's proof", {"proof": other["proof"]}, "for the confirmation"),
            ("another's confirmation", {key: other[key] for key in ("confirmation", "nonce")}, "for the confirmation"),
            ("no cosignature", {"proof": proof[:proof.rindex("— ")]}, "no witness signed its checkpoint"),
            ("no log", {"proof": "\n".join(proof.split("\n")[:-3]) + "\n"}, "malformed"),
            ("version", {"version": 2}, "not a receipt")):
        assert {**document, **changed} != document, name
        file.write_text(json.dumps({**document, **changed}), encoding="utf-8")
        with pytest.raises(Refused, match=sentence):
            grown.go.check(receipt=file)
    file.write_text(json.dumps(document), encoding="utf-8")
    assert grown.go.check(receipt=file)["receipts"] == 1


def test_go_refuses_a_receipt_of_another_log(grown):
    osaka = grown.watched.osaka
    osaka.start_mail()
    osaka.bring_up_merchant()
    elsewhere = LoggedTrade(osaka)
    buyer, _ = elsewhere.purchaser("buyer")
    answer = elsewhere.connect().ask("POST", "/v1/confirmations", elsewhere.countersigned(buyer), CMS, Accept=RECEIPT)
    elsewhere.receipt_of(answer)
    receipt = grown.write("of-osaka", answer.body)
    wait_until(lambda: elsewhere.log.size() == 1, "the publication")
    of_osaka = LogByGo(BUILD, osaka.authority_folder / "log", elsewhere.status["key"])
    assert of_osaka.check(receipt=receipt)["receipts"] == 1, "a good one, there"
    with pytest.raises(Refused, match="is of the log"):
        grown.go.check(receipt=receipt)
    checkpoint = grown.write("checkpoint-of-osaka", elsewhere.log.get("checkpoint"))
    with pytest.raises(Refused, match=re.escape(str(checkpoint))):
        grown.go.check(older=checkpoint)


def test_go_refuses_a_log_that_went_back_behind_a_receipt(grown):
    assert grown.go.check(grown.folder / "small", older=grown.older[:1], receipt=grown.receipts[:2])["receipts"] == 2
    with pytest.raises(Refused, match="entries, and the log shows"):
        grown.go.check(grown.folder / "small", receipt=grown.receipts[-1])
    with pytest.raises(Refused, match="entries, and the log shows"):
        grown.go.check(grown.folder / "small", older=grown.older[-1])


def test_go_names_a_fork_that_the_log_signed(tmp_path):
    log = Log(tmp_path / "keys").append(300)
    kept, beside, folder = tmp_path / "kept", tmp_path / "beside", tmp_path / "log"
    kept.write_text(log.checkpoint, encoding="utf-8")
    log.append(100).publish(folder)
    go = LogByGo(BUILD, folder, log.key.vkey)
    assert go.check(older=kept)["tree-proofs"] == 1
    log.entries.clear()
    log.append(300, history=", another")
    beside.write_text(log.checkpoint, encoding="utf-8")
    with pytest.raises(Refused, match="a fork: the tree of checkpoint does not continue"):
        go.check(older=beside)
    with pytest.raises(Refused, match="a fork, two trees of 300 entries"):
        go.check(older=[kept, beside])


@pytest.mark.parametrize("name, spoil, sentence", [
    ("a kind that there is not", lambda entry: b"\3" + entry[1:], "of kind 3"),
    ("an id that tells something", lambda entry: entry[:7] + bytes([entry[7] & 0x0f | 0x70]) + entry[8:], "not random"),
    ("one left out that says something", lambda entry: b"\2" + entry[1:], "left out and yet"),
    ("a length of its own", lambda entry: entry + b"\0", "octets, and not")])
def test_go_refuses_an_entry_that_the_log_signed_and_may_not_have(tmp_path, name, spoil, sentence):
    log = Log(tmp_path / "keys").append(5)
    log.entries[3] = spoil(log.entries[3])
    log.publish(tmp_path / "log")
    with pytest.raises(Refused, match=sentence):
        LogByGo(BUILD, tmp_path / "log", log.key.vkey).check()
    log.entries[3] = b"\2" + bytes(48)
    shutil.rmtree(tmp_path / "log")
    log.publish(tmp_path / "log")
    assert LogByGo(BUILD, tmp_path / "log", log.key.vkey).check()["left-out"] == 1, name


def test_go_refuses_two_entries_of_one_id(tmp_path):
    log = Log(tmp_path / "keys").append(5)
    log.entries[3] = log.entries[1][:17] + log.entries[3][17:]
    log.publish(tmp_path / "log")
    with pytest.raises(Refused, match="entries 1 and 3 have one id"):
        LogByGo(BUILD, tmp_path / "log", log.key.vkey).check()
