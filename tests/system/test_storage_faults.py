# SPDX-License-Identifier: Apache-2.0
"""No room on the disk, backups taken under load, records altered behind the authority's back, two authorities at once."""
import contextlib
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import threading

import pytest

from demo.network import Network
from demo.processes import Service, StepFailed, answers, free_port, wait_until
from little_room import KINDS
from openssl_party import Peer, openssl, utc, uuid_v7
from trade import CMS, Trade

ENOUGH_TO_FILL_IT = 400  # confirmations


def index_of(confirmation: bytes, folder: pathlib.Path) -> int:
    """The index in a confirmation; openssl checks the signature."""
    file = folder / "confirmation.p7m"
    file.write_bytes(confirmation)
    return json.loads(openssl("cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", file))["index"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_full_disk_is_named_and_nothing_is_half_stored(tmp_path, kind):
    with contextlib.ExitStack() as stack:
        network = Network(tmp_path / "network")
        disk = kind(network.authority_folder, lambda: network.authority)
        stack.callback(disk.close)
        stack.enter_context(network)
        network.bring_up()
        trade = Trade(network)
        buyer, _ = trade.purchaser("buyer")
        peer, indices = trade.connect(), []

        disk.fill()
        refused = None
        for _ in range(ENOUGH_TO_FILL_IT):
            order = trade.countersigned(buyer)
            answer = trade.confirm(peer, order)
            if answer.status != 200:
                refused = order
                break
            indices.append(index_of(answer.body, tmp_path))
        assert refused, "the disk was never full"
        assert (answer.status, answer.json()["code"]) == (507, "storage_full"), answer
        assert answer.json()["temporary"] and "operator" in answer.json()["remedy"]
        assert trade.confirm(trade.connect(), refused).json()["code"] == "storage_full"
        consent = trade.merchant.sign(json.dumps({
            "type": "consent", "version": 1, "id": uuid_v7(), "kind": "enrolment", "merchant": trade.merchant.reference(),
            "email": "crowded@mail.example", "locale": "en", "text": "I agree.", "textVersion": "1", "given": utc(),
            "renews": None}).encode())
        crowded = trade.connect().ask("POST", "/v1/enrolments", consent, CMS)
        assert (crowded.status, crowded.json()["code"]) == (507, "storage_full"), crowded
        assert network.authority.running()

        disk.make_room()
        for order in (refused, trade.countersigned(buyer)):
            answer = trade.confirm(trade.connect(), order)
            assert answer.status == 200, answer
            indices.append(index_of(answer.body, tmp_path))
        assert indices == list(range(len(indices))), "neither gap nor repetition"
        assert trade.connect().ask("POST", "/v1/enrolments", consent, CMS).status == 201
        assert len(network.operator("certificates", "search", "--email", "crowded@mail.example").splitlines()) == 2
        network.authority.kill()
        network.start_authority()
        assert trade.confirm(trade.connect(), refused).status == 200
        network.verify_audit_log()


def test_a_backup_under_load_is_whole_and_a_restore_never_reuses_an_index(network, tmp_path, full):
    trade = Trade(network)
    buyer, _ = trade.purchaser("buyer")
    indices, failures, stop = [], [], threading.Event()

    def confirm_all_the_time():
        peer = trade.connect()
        folder = tmp_path / f"client-{threading.get_ident()}"
        folder.mkdir()
        while not stop.is_set():
            answer = trade.confirm(peer, trade.countersigned(buyer))
            if answer.status == 200:
                indices.append(index_of(answer.body, folder))
            else:
                failures.append(answer)

    clients = [threading.Thread(target=confirm_all_the_time) for _ in range(2)]
    for client in clients:
        client.start()
    backups = []
    try:
        for number in range(10 if full else 2):
            enough = len(indices) + 5
            wait_until(lambda: len(indices) >= enough or failures, "confirmations")
            backups.append(tmp_path / f"backup-{number}")
            network.backup(backups[-1])
        enough = len(indices) + 10
        wait_until(lambda: len(indices) >= enough or failures, "confirmations after the backup")
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert not failures and sorted(indices) == list(range(len(indices)))

    with pytest.raises(StepFailed, match="conflict"):
        network.operator("restore", "--from", backups[0] / "authority.db")  # while it serves
    for backup in (backups[-1], backups[0]):
        network.authority.stop()
        network.operator("restore", "--from", backup / "authority.db")
        network.start_authority()
        answer = trade.confirm_after_restore(buyer)
        index = index_of(answer.body, tmp_path)
        assert index > max(indices), "no index is given out a second time"
        indices.append(index)
        network.verify_audit_log()


def test_an_older_copy_put_in_the_stores_place_is_noticed_or_harmless(network, tmp_path):
    """Who copies files instead of `restore` gets no index twice: the reservation beside the secrets stands against it."""
    trade = Trade(network)
    buyer, _ = trade.purchaser("buyer")
    assert trade.confirm(trade.connect(), trade.countersigned(buyer)).status == 200
    network.authority.stop()
    reservation = [file for file in network.authority_secrets.iterdir() if file.is_file() and file.stat().st_size < 64
                   and re.fullmatch(rb"\d+\n", file.read_bytes())]
    assert len(reservation) == 1
    reservation[0].write_text("100000\n")  # as if a hundred thousand had been confirmed since
    with pytest.raises(StepFailed, match="restore"):
        network.start_authority()
    reservation[0].unlink()
    with pytest.raises(StepFailed, match="restore"):
        network.start_authority()


def test_an_altered_audit_log_is_found(network, tmp_path):
    trade = Trade(network)
    trade.purchaser("buyer")
    network.authority.stop()
    network.verify_audit_log()
    whole = tmp_path / "whole.db"
    with contextlib.closing(sqlite3.connect(network.authority_database)) as store, \
            contextlib.closing(sqlite3.connect(whole)) as copy:
        store.backup(copy)
        number = store.execute("SELECT max(number) / 2 FROM audit_log").fetchone()[0]
        digest = store.execute("SELECT hash FROM audit_log WHERE number = ?", (number,)).fetchone()[0]
    flipped = bytes([digest[0] ^ 1]) + digest[1:]
    for name, change, values in [
            ("a flipped bit in a hash", "UPDATE audit_log SET hash = ?2 WHERE number = ?1", (number, flipped)),
            ("another actor", "UPDATE audit_log SET actor = 'operator:nobody' WHERE number = ?1", (number,)),
            ("another time", "UPDATE audit_log SET time = time + 1 WHERE number = ?1", (number,)),
            ("another detail", "UPDATE audit_log SET detail = detail || ' ' WHERE number = ?1", (number,)),
            ("a record left out", "DELETE FROM audit_log WHERE number = ?1", (number,)),
            ("the first left out", "DELETE FROM audit_log WHERE number = (SELECT min(number) FROM audit_log)", ())]:
        for extra in ("-wal", "-shm"):
            pathlib.Path(str(network.authority_database) + extra).unlink(missing_ok=True)
        shutil.copyfile(whole, network.authority_database)
        network.verify_audit_log()
        with contextlib.closing(sqlite3.connect(network.authority_database)) as store:
            assert store.execute(change, values).rowcount == 1, name
            store.commit()
        with pytest.raises(StepFailed, match="audit log: record"):
            network.verify_audit_log()


def test_a_second_authority_takes_the_sequence_over_and_the_first_stops_confirming(network, tmp_path):
    trade = Trade(network)
    buyer, _ = trade.purchaser("buyer")
    first = trade.confirm(trade.connect(), trade.countersigned(buyer))
    assert index_of(first.body, tmp_path) == 0

    service, status = free_port(), free_port()
    config = network.authority_folder / "authority.toml"
    second_config = network.authority_folder / "second.toml"
    second_config.write_text(re.sub(rf"(?m)^port = {network.ports['service']}$", f"port = {service}", re.sub(
        rf"(?m)^port = {network.ports['status']}$", f"port = {status}", config.read_text())))
    second = Service("second authority", [network.programs["countersign-authority"], "--config", second_config, "serve"],
                     network.folder / "logs/second.log")
    network.services.append(second)
    second.start().wait_ready(f"http://127.0.0.1:{status}/readyz")

    order = trade.countersigned(buyer)
    answer = trade.confirm(trade.connect(), order)
    assert (answer.status, answer.json()["code"]) == (503, "unavailable"), answer
    assert not answers(network.status_url + "/readyz") and answers(network.status_url + "/healthz")
    there = Peer(f"https://127.0.0.1:{service}", network.root_pem, *trade.identity)
    taken = trade.confirm(there, order)
    assert taken.status == 200 and index_of(taken.body, tmp_path) == 1
    assert trade.confirm(trade.connect(), trade.countersigned(buyer)).status == 503, "and it does not come back by itself"
    network.authority.stop()
    second.stop()
    network.start_authority()
    again = trade.confirm(trade.connect(), trade.countersigned(buyer))
    assert index_of(again.body, tmp_path) == 2
    network.verify_audit_log()


class TokenNetwork(Network):
    """Its authority's keys for CA and confirmations lie in a PKCS#11 token."""

    def operator(self, *words) -> str:
        if words[0] == "init":
            self._use_token()
        return super().operator(*words)

    def _use_token(self) -> None:
        pin = self.authority_folder / "keys/token-pin"
        pin.touch(mode=0o600)
        pin.write_text("314159\n")
        config = self.authority_folder / "authority.toml"
        text = config.read_text()
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "Authority", "--so-pin", "271828182",
                        "--pin", "314159"], check=True, capture_output=True)
        for number, name in enumerate(("ca", "confirmation"), 1):
            key = self.folder / f"{name}-to-import.pem"
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
            subprocess.run(["softhsm2-util", "--import", key, "--token", "Authority", "--label", name, "--id",
                            f"{number:02x}", "--pin", "314159"], check=True, capture_output=True)
            key.unlink()
            text = text.replace(f'{name} = "keys/{name}.key"',
                                f'{name} = "pkcs11:token=Authority;object={name}?pin-source=file:{pin}"')
        config.write_text(text)


def test_the_authoritys_keys_may_lie_in_a_token(tmp_path, monkeypatch):
    tokens = tmp_path / "tokens"
    tokens.mkdir(mode=0o700)
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    with TokenNetwork(tmp_path / "network") as network:
        network.bring_up()
        assert not (network.authority_folder / "keys/ca.key").exists()
        assert not (network.authority_folder / "keys/confirmation.key").exists()
        trade = Trade(network)
        buyer, _ = trade.purchaser("buyer")
        file = tmp_path / "confirmation.p7m"
        for number in range(5):
            answer = trade.confirm(trade.connect(), trade.countersigned(buyer))
            assert answer.status == 200 and index_of(answer.body, tmp_path) == number
        openssl("cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", file, "-out", tmp_path / "content",
                "-CAfile", network.root_pem, "-policy", network.policies["confirmation"], "-explicit_policy")
        network.verify(file)
        network.authority.stop()
        pin = network.authority_folder / "keys/token-pin"
        pin.write_text("000000\n")
        with pytest.raises(StepFailed, match="wrong_pin"):
            network.start_authority()
        pin.write_text("314159\n")
        network.start_authority()
        assert trade.confirm(trade.connect(), trade.countersigned(buyer)).status == 200
