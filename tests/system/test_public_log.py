# SPDX-License-Identifier: Apache-2.0
"""Every confirmation is in the public log, whose tree only ever grows: through kills, damaged files and restores.
A stranger's reader of the log judges (log_reader.py)."""
import contextlib
import json
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest

from demo.network import Network
from demo.processes import StepFailed, wait_until
from log_reader import PublishedLog, Receipt, commitment_to, leaf_hash, root_of
from openssl_party import openssl
from test_kill import content_of
from trade import CMS, Trade

RECEIPT = "application/vnd.countersign.receipt+json"
LEFT_OUT = b"\x02" + bytes(48)


class LoggedTrade(Trade):
    """Asks for receipts, and keeps them."""

    def __init__(self, network):
        super().__init__(network)
        self.status = json.loads(network.operator("log", "status", "--json"))
        self.log = PublishedLog(network.status_url + "/log", self.status["key"])
        self.receipts: list[Receipt] = []

    def receipt_of(self, answer) -> Receipt:
        assert answer.status == 200 and answer.headers["Content-Type"] == RECEIPT, answer
        receipt = Receipt(answer.json(), self.status["key"])
        confirmation = content_of(receipt.confirmation, self.folder)
        assert confirmation["index"] == receipt.index and confirmation["log"] == self.status["origin"]
        receipt.expect_proven(confirmation["id"])
        self.receipts.append(receipt)
        return receipt

    def confirm_logged(self, purchaser) -> Receipt:
        return self.receipt_of(self.connect().ask("POST", "/v1/confirmations", self.countersigned(purchaser), CMS, Accept=RECEIPT))

    def expect_one_history(self) -> list[bytes]:
        """What is published is whole, and every checkpoint that anybody was given is of its beginning."""
        most = max((receipt.checkpoint.size for receipt in self.receipts), default=0)
        wait_until(lambda: self.log.size() >= most, "the publication")
        entries = self.log.expect_whole()
        leaves = [leaf_hash(entry) for entry in entries]
        for receipt in self.receipts:
            assert root_of(leaves[:receipt.checkpoint.size]) == receipt.checkpoint.root, "a fork"
            assert entries[receipt.index][17:] == receipt.commitment
        return entries


@pytest.fixture
def trade(network) -> LoggedTrade:
    return LoggedTrade(network)


def order_in(countersigned: bytes) -> dict:
    signed = openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=countersigned)
    return json.loads(openssl("cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER", stdin=signed))


def test_a_log_ahead_of_the_clock_stays_stopped_until_the_operator_accepts_the_clock(trade):
    network = trade.network
    buyer, _ = trade.purchaser("buyer")
    trade.confirm_logged(buyer)
    trade.expect_one_history()
    network.authority.stop()
    with contextlib.closing(sqlite3.connect(network.authority_database)) as store, store:
        store.execute("UPDATE log_state SET time = time + 86400000000")
    with pytest.raises(StepFailed, match="clock went back"):
        network.start_authority()
    assert "goes on from here" in network.operator("log", "accept-clock")
    network.start_authority()
    trade.confirm_logged(buyer)
    trade.expect_one_history()


def test_a_receipt_shows_that_the_published_log_has_the_confirmation(trade, tmp_path):
    network = trade.network
    buyer, _ = trade.purchaser("buyer")
    for _ in range(3):
        trade.confirm_logged(buyer)
    entries = trade.expect_one_history()
    assert len(entries) == 3 and all(len(entry) == 49 for entry in entries)

    countersigned = trade.countersigned(buyer)
    first = trade.receipt_of(trade.connect().ask("POST", "/v1/confirmations", countersigned, CMS, Accept=RECEIPT))
    plain = trade.confirm(trade.connect(), countersigned)
    assert plain.headers["Content-Type"].startswith(CMS) and plain.body == first.confirmation
    order = order_in(countersigned)
    digest = content_of(first.confirmation, tmp_path)["order"]["digest"]
    later = trade.connect().post_json("/v1/receipts", {"type": "extract-request", "version": 1, "orderId": order["id"],
                                                      "orderDigest": digest})
    assert trade.receipt_of(later).confirmation == first.confirmation

    file, policy = tmp_path / "one.countersign-receipt.json", tmp_path / "policy"
    file.write_bytes(later.body)
    policy.write_text(f"log {trade.status['key']}\nquorum none\n")
    verified = subprocess.run([network.programs["countersign"], "verify", file, "--root", network.root_pem, "--policy", policy],
                              capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    status = json.loads(network.operator("log", "status", "--json"))
    assert status["size"] == status["nextIndex"] == 4 and status["origin"] == network.status_url.removeprefix("http://") + "/log"
    assert "countersign_log_size 4" in wait_until(
        lambda: (text := network.metrics()) if "countersign_log_published_size 4" in (text := network.metrics()) else None, "the metrics")


def test_no_checkpoint_contradicts_another_whenever_the_authority_is_killed(trade, full):
    network = trade.network
    buyer, _ = trade.purchaser("buyer")
    done = threading.Event()

    def kill_again_and_again():
        for _ in range(12 if full else 3):
            if done.wait(0.7):
                return
            network.authority.kill()
            network.start_authority()
        done.set()

    killer = threading.Thread(target=kill_again_and_again)
    killer.start()
    try:
        while not done.is_set():
            try:
                trade.confirm_logged(buyer)
            except (OSError, AssertionError) as failure:
                assert isinstance(failure, OSError) or "<503" in str(failure), failure
                time.sleep(0.05)
    finally:
        done.set()
        killer.join()
    network.authority.kill()
    network.start_authority()
    trade.confirm_logged(buyer)
    entries = trade.expect_one_history()
    assert all(entry[0] == 1 for entry in entries) and len(trade.receipts) <= len(entries)


def test_published_files_that_are_lost_or_torn_come_back(trade):
    network, folder = trade.network, trade.network.authority_folder / "log"
    buyer, _ = trade.purchaser("buyer")
    for _ in range(4):
        trade.confirm_logged(buyer)
    trade.expect_one_history()
    tile = folder / "tile/0/000.p/4"
    tile.unlink()
    assert len(trade.log.get("tile/0/000.p/4")) == 128 and tile.exists()
    tile.write_bytes(b"torn")
    trade.expect_one_history()
    shutil.rmtree(folder)
    trade.confirm_logged(buyer)
    trade.expect_one_history()
    network.authority.kill()
    (folder / "checkpoint").write_bytes((folder / "checkpoint").read_bytes()[:40])
    (folder / "tile/entries/000.p/5").write_bytes(b"")
    network.start_authority()
    trade.expect_one_history()


def test_a_restored_store_goes_on_with_the_log_and_never_forks_it(trade, tmp_path):
    network = trade.network
    log = network.authority_folder / "log"
    buyer, _ = trade.purchaser("buyer")
    trade.confirm_logged(buyer)
    network.backup(tmp_path)
    for _ in range(2):
        trade.confirm_logged(buyer)
    trade.expect_one_history()
    network.authority.stop()
    older = tmp_path / "older.db"
    shutil.copy(tmp_path / "authority.db", older)
    lost = tmp_path / "lost"
    log.rename(lost)
    with pytest.raises(StepFailed, match="conflict"):
        network.operator("restore", "--from", older)
    network.operator("restore", "--from", older, "--log", lost)
    lost.rename(log)
    network.start_authority()
    answer = wait_until(lambda: found if (found := trade.connect().ask("POST", "/v1/confirmations", trade.latest(buyer), CMS,
                                                                       Accept=RECEIPT)).status == 200 else None, "a confirmation")
    receipt = trade.receipt_of(answer)
    entries = trade.expect_one_history()
    assert entries[3:receipt.index] == [LEFT_OUT] * (receipt.index - 3), "no hole"

    # By hand, without restore: the store is behind what is published.
    network.authority.stop()
    shutil.copy(older, network.authority_database)
    for leftover in ("-wal", "-shm"):
        network.authority_database.with_name("authority.db" + leftover).unlink(missing_ok=True)
    with pytest.raises(StepFailed, match="restore"):
        network.start_authority()


def test_a_log_that_is_lost_ends_and_another_one_begins(trade, tmp_path):
    network = trade.network
    buyer, _ = trade.purchaser("buyer")
    trade.confirm_logged(buyer)
    network.backup(tmp_path)
    network.authority.stop()
    shutil.rmtree(network.authority_folder / "log")
    assert "is ended" in network.operator("restore", "--from", tmp_path / "authority.db", "--begin-another-log")
    with pytest.raises(StepFailed, match="ended"):
        network.start_authority()
    config = network.authority_folder / "authority.toml"
    config.write_text(config.read_text() + '[log]\norigin = "seoul-1.example/log-2"\n')
    with pytest.raises(StepFailed, match="another key"):
        network.start_authority()
    config.write_text(config.read_text() + f'key = "{network.authority_folder}/keys/log-2.key"\n')
    network.operator("log", "create-key")
    network.start_authority()
    assert json.loads(network.operator("log", "status", "--json"))["origin"] == "seoul-1.example/log-2"
    again = LoggedTrade(network)
    wait_until(lambda: again.log.size() > 0, "the publication")
    answer = wait_until(lambda: found if (found := again.connect().ask("POST", "/v1/confirmations", again.latest(buyer), CMS,
                                                                       Accept=RECEIPT)).status == 200 else None, "a confirmation")
    again.receipt_of(answer)
    assert again.expect_one_history()[0][0] == 1


def test_a_data_centre_from_before_the_log_logs_what_it_confirmed(tmp_path):
    with Network(tmp_path / "network") as network:
        create, network.create_data_centre = network.create_data_centre, lambda: (create(), (network.authority_folder / "keys/log.key").unlink())
        network.bring_up()
        trade = Trade(network)
        buyer, _ = trade.purchaser("buyer")
        confirmations = [trade.confirm(trade.connect(), trade.countersigned(buyer)).body for _ in range(3)]
        assert all("log" not in content_of(confirmation, tmp_path) for confirmation in confirmations)
        assert network.operator("log", "status", "--json") == "null\n"
        network.authority.stop()
        network.operator("log", "create-key")
        with pytest.raises(StepFailed, match="conflict"):
            network.operator("log", "create-key")
        network.start_authority()
        logged = LoggedTrade(network)
        wait_until(lambda: logged.log.size() == 3, "the publication")
        entries = logged.log.expect_whole()
        assert [entry[17:].hex() for entry in entries] == [commitment_to(confirmation, b"").hex() for confirmation in confirmations]
        assert logged.confirm_logged(buyer).index == 3
        logged.expect_one_history()
        assert "log-catch-up" in network.operator("audit", "list", "--limit", "10000")
        network.authority.stop()
        (network.authority_folder / "keys/log.key").rename(tmp_path / "log.key")
        with pytest.raises(StepFailed, match="its key is missing"):
            network.start_authority()
