# SPDX-License-Identifier: Apache-2.0
"""Two data centres watch each other's logs: cosignatures that openssl verifies, a witness that is away, a store that went back."""
import base64
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

import pytest

from demo.neighbour import Neighbour, NetworkMap
from demo.network import NETWORK, Network
from demo.processes import wait_until
from log_reader import ED25519_SPKI, Receipt
from openssl_party import openssl, sha256_hex
from test_public_log import LoggedTrade, order_in


def witness_of(centre: Network) -> dict:
    return json.loads(centre.operator("witness", "status", "--json"))


def cosignature_time(note: str, vkey: str) -> int | None:
    """When this witness cosigned a checkpoint, verified by openssl; nothing where it did not."""
    text, _, lines = note.partition("\n\n")
    text += "\n"
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    assert key[0] == 4 and hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == key_id
    for line in lines.splitlines():
        if not line.startswith(f"— {name} "):
            continue
        signature = base64.b64decode(line.split(" ")[2])
        assert signature[:4].hex() == key_id
        time = int.from_bytes(signature[4:12], "big")
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / part for part in ("key", "message", "signature")]
            contents = (ED25519_SPKI + key[1:], f"cosignature/v1\ntime {time}\n{text}".encode(), signature[12:])
            for file, content in zip(files, contents):
                file.write_bytes(content)
            openssl("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", files[0], "-rawin", "-in", files[1],
                    "-sigfile", files[2])
        return time
    return None


class Watched:
    """Seoul trades; Osaka witnesses its log, and Seoul that of Osaka."""

    def __init__(self, folder: pathlib.Path):
        self.seoul = Network(folder / "seoul-1")
        self.osaka = Neighbour(self.seoul, "osaka-1", f"OU=osaka-1,OU=jp,O={NETWORK}")

    def bring_up(self) -> None:
        self.seoul.bring_up()
        self.osaka.create_data_centre()
        self.osaka.start_authority()
        joined = NetworkMap(self.seoul)
        joined.make_key()
        plan = joined.draft("plan-1")
        joined.name_in(plan, self.osaka)
        joined.name_logs_in(plan, self.seoul, self.osaka)
        signed = joined.sign(plan, "map-1.p7m")
        for centre in (self.seoul, self.osaka):
            centre.operator("network", "map", "install", signed)
            joined.wait_served(centre, signed=signed)
        self.configure('[log]\nwitnesses_needed = 1\nwitness_within = "2s"\n')
        self.trade = LoggedTrade(self.seoul)
        self.buyer, _ = self.trade.purchaser("buyer")

    def configure(self, text: str) -> None:
        """Seoul serves with this below its configuration, in place of what was there of it."""
        self.restart_with(text)
        wait_until(self.may_sign, "Seoul to serve")

    def restart_with(self, text: str) -> None:
        file = self.seoul.authority_folder / "authority.toml"
        before = file.read_text(encoding="utf-8").partition("[log]")[0]
        self.seoul.authority.stop()
        file.write_text(before + text, encoding="utf-8")
        self.seoul.authority.start()

    def confirm(self) -> dict:
        """A new confirmation; the order."""
        countersigned = self.trade.countersigned(self.buyer)
        receipt = self.trade.receipt_of(
            self.trade.connect().ask("POST", "/v1/confirmations", countersigned, "application/pkcs7-mime",
                                     Accept="application/vnd.countersign.receipt+json"))
        order = order_in(countersigned)
        return {"id": order["id"], "index": receipt.index, "signed": countersigned}

    def receipt(self, order: dict) -> tuple[Receipt, dict]:
        """Its receipt of now."""
        signed = openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=order["signed"])
        content = openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=signed)
        answer = self.trade.connect().post_json("/v1/receipts", {
            "type": "extract-request", "version": 1, "orderId": order["id"], "orderDigest": sha256_hex(content)})
        return self.trade.receipt_of(answer), answer.json()

    def wait_state(self, order: dict, state: str) -> tuple[Receipt, dict]:
        return wait_until(lambda: found if (found := self.receipt(order))[0].states == state else None, f"a receipt that is {state}")

    @staticmethod
    def metric(centre: Network, name: str) -> int | None:
        """Nothing while its authority does not answer."""
        try:
            found = re.search(rf"^{re.escape(name)} (-?\d+)$", centre.metrics(), re.MULTILINE)
        except OSError:
            return None
        return int(found.group(1)) if found else None

    def may_sign(self) -> bool:
        return self.metric(self.seoul, "countersign_log_may_sign") == 1

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.seoul.status_url + "/readyz", timeout=5) as response:
                return response.status == 200
        except (urllib.error.HTTPError, OSError):
            return False


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    made = Watched(tmp_path_factory.mktemp("watched"))
    with made.seoul:
        made.bring_up()
        yield made


def test_a_confirmation_is_witnessed_and_anybody_can_verify_that(watched):
    order = watched.confirm()
    receipt, document = watched.wait_state(order, "witnessed")
    note = document["proof"].partition("\n\n")[2]
    assert cosignature_time(note, witness_of(watched.osaka)["key"]), "the witness's cosignature"
    assert receipt.checkpoint.size > order["index"]
    kept = {log["origin"]: log["size"] for log in witness_of(watched.osaka)["logs"]}
    assert kept[watched.trade.status["origin"]] >= receipt.checkpoint.size
    origin_hash = hashlib.sha256(watched.trade.status["origin"].encode()).hexdigest()
    with urllib.request.urlopen(f"{watched.osaka.status_url}/witness/{origin_hash}/checkpoint", timeout=10) as response:
        shown = response.read().decode()
    assert cosignature_time(shown, witness_of(watched.osaka)["key"])
    wait_until(lambda: watched.trade.status["origin"] and witness_of(watched.seoul)["logs"], "Seoul to witness Osaka's log")


def test_copies_of_the_log_have_the_quorum_that_a_policy_demands(watched, tmp_path):
    """While the log goes on: its newest checkpoint is ahead of the witness."""
    policy, copy, url = tmp_path / "policy", tmp_path / "copy", watched.seoul.status_url + "/log"
    policy.write_text(f"log {watched.trade.status['key']}\nwitness osaka {witness_of(watched.osaka)['key']}\nquorum osaka\n",
                      encoding="utf-8")

    def report(*words: object) -> dict:
        done = subprocess.run([watched.seoul.programs["countersign"], "log", *map(str, words), "--policy", policy, "--json"],
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    seen = 0
    for _ in range(2):
        newest = watched.confirm()
        watched.wait_state(newest, "witnessed")
        mirrored = wait_until(lambda: found if (found := report("mirror", url, copy))["witnessedSize"] > newest["index"] else None,
                              "the witnessed checkpoint to be published")
        assert mirrored["witnessed"] and mirrored["witnesses"] == ["osaka"]
        assert seen < mirrored["witnessedSize"] <= mirrored["checkpoint"]["size"]
        seen = mirrored["witnessedSize"]
        for folder in (copy, watched.seoul.authority_folder / "log"):
            audited = report("audit", folder)
            assert audited["clean"] and audited["witnessed"] and audited["witnessedSize"] >= seen


def test_confirming_goes_on_without_the_witness_and_says_so(watched):
    watched.osaka.authority.stop()
    order = watched.confirm()
    assert watched.receipt(order)[0].states == "pending"
    watched.wait_state(order, "unwitnessed")
    assert watched.may_sign()
    watched.osaka.start_authority()
    watched.wait_state(order, "witnessed")


def test_confirming_stops_without_the_witness_where_that_is_configured(watched):
    watched.configure('[log]\nwitnesses_needed = 1\nwitness_within = "2s"\nwhen_witnesses_are_away = "stop"\n')
    watched.osaka.authority.kill()
    watched.confirm()
    wait_until(lambda: not watched.may_sign(), "confirming to stop")
    assert watched.is_ready(), "all but confirming goes on: the witness may wait for what we answer"
    refused = watched.trade.confirm(watched.trade.connect(), watched.trade.countersigned(watched.buyer))
    assert refused.status == 503 and refused.json()["code"] == "unavailable"
    watched.osaka.start_authority()
    wait_until(watched.may_sign, "confirming to go on")
    watched.wait_state(watched.confirm(), "witnessed")


def test_a_start_waits_for_the_witness(watched):
    watched.osaka.authority.stop()
    watched.seoul.authority.stop()
    watched.seoul.authority.start()
    wait_until(lambda: watched.metric(watched.seoul, "countersign_log_may_sign") == 0, "the authority to serve")
    refused = watched.trade.confirm(watched.trade.connect(), watched.trade.countersigned(watched.buyer))
    assert refused.status == 503
    watched.osaka.start_authority()
    wait_until(watched.may_sign, "the witness to agree")
    watched.confirm()


def test_a_store_that_went_back_signs_nothing_until_the_newest_is_back(watched):
    """Put back by hand with the published files, so that nothing on this machine knows better."""
    folder, database = watched.seoul.authority_folder, watched.seoul.authority_database
    stored = ("authority.db", "authority.db-wal", "authority.db-shm")

    def put(source: pathlib.Path, target: pathlib.Path) -> None:
        target.mkdir(exist_ok=True)
        for name in stored:
            (target / name).unlink(missing_ok=True)
            if (source / name).exists():
                shutil.copy(source / name, target / name)
        shutil.rmtree(target / "log", ignore_errors=True)
        shutil.copytree(source / "log", target / "log")

    watched.wait_state(watched.confirm(), "witnessed")
    watched.seoul.authority.stop()
    assert database.parent == folder
    put(folder, folder.parent / "older")
    watched.seoul.start_authority()
    newest = watched.confirm()
    watched.wait_state(newest, "witnessed")
    watched.seoul.authority.stop()
    put(folder, folder.parent / "newest")

    put(folder.parent / "older", folder)
    watched.seoul.authority.start()
    wait_until(lambda: watched.metric(watched.seoul, "countersign_log_contradicted") == 1, "the witness to show what it saw")
    assert not watched.may_sign()
    refused = watched.trade.confirm(watched.trade.connect(), watched.trade.countersigned(watched.buyer))
    assert refused.status == 503 and "public log" in refused.json()["detail"]
    origin, witness = watched.trade.status["origin"], witness_of(watched.osaka)["key"].partition("+")[0]
    assert re.search(rf"log-contradicted.*{re.escape(origin)}.*shown by {re.escape(witness)}", watched.seoul.operator("audit", "list"))
    # No restart makes it forget, whoever answers.
    watched.seoul.authority.stop()
    watched.osaka.authority.stop()
    watched.seoul.authority.start()
    wait_until(lambda: watched.metric(watched.seoul, "countersign_log_contradicted") == 1, "the authority to serve")
    assert not watched.may_sign()
    watched.osaka.start_authority()
    watched.seoul.authority.stop()

    put(folder.parent / "newest", folder)
    watched.seoul.start_authority()
    assert watched.wait_state(newest, "witnessed")
    watched.wait_state(watched.confirm(), "witnessed")
    watched.trade.expect_one_history()


def test_a_witness_whose_memory_is_lost_does_not_go_on_under_its_key(watched):
    osaka = watched.osaka
    osaka.authority.stop()
    kept = osaka.authority_folder / "witness.db"
    kept.rename(kept.with_suffix(".lost"))
    osaka.start_authority()
    assert watched.metric(osaka, "countersign_witness_serving") == 0
    assert witness_of(osaka)["logs"] == [], "nothing that it could go on from"
    order = watched.confirm()
    watched.wait_state(order, "unwitnessed")

    # Nor does it keep the authority from starting when it is spoilt.
    osaka.authority.stop()
    kept.write_bytes(b"no database" * 1000)
    osaka.start_authority()
    assert watched.metric(osaka, "countersign_witness_serving") == 0
    osaka.authority.stop()
    kept.unlink()

    before = witness_of(osaka)["key"]
    osaka.operator("witness", "create-key", "--anew")
    osaka.start_authority()
    assert watched.metric(osaka, "countersign_witness_serving") == 1 and witness_of(osaka)["key"] != before
