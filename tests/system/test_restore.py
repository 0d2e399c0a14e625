# SPDX-License-Identifier: Apache-2.0
"""A backup put back brings back neither what was revoked since, nor an order that was confirmed since."""
import json

import pytest

from demo.processes import StepFailed
from openssl_party import openssl
from test_status import crl_text, ocsp_says, refusal_codes, serial_of
from trade import Trade


def restore(network, backup, *more) -> str:
    """Stops, restores and serves again."""
    network.authority.stop()
    said = network.operator("restore", "--from", backup / "authority.db", *more)
    network.start_authority()
    return said


def test_what_was_revoked_since_the_backup_stays_revoked_after_a_restore(network, tmp_path):
    trade = Trade(network)
    thief, _ = trade.purchaser("thief")
    lost, code = trade.purchaser("lost")
    buyer, _ = trade.purchaser("buyer")
    backup = tmp_path / "backup"
    network.backup(backup)
    network.operator("certificates", "revoke", serial_of(thief), "--reason", "keyCompromise")
    assert trade.connect_as_anyone().post_json("/v1/suspensions", {"serial": serial_of(lost).lower(), "code": code}).status == 200

    assert "3 suspension(s) and revocation(s)" in restore(network, backup)
    assert refusal_codes(trade.confirm(trade.connect(), trade.latest(thief)), tmp_path)[-1] == "certificate_revoked"
    assert refusal_codes(trade.confirm(trade.connect(), trade.latest(lost)), tmp_path)[-1] == "certificate_on_hold"
    trade.confirm_after_restore(buyer)
    for signer in (thief, lost):
        assert ": revoked" in ocsp_says(network, signer.certificate)
        assert serial_of(signer) in crl_text(network, tmp_path)
    assert ": good" in ocsp_says(network, buyer.certificate)
    network.operator("certificates", "resume", serial_of(lost))
    with pytest.raises(StepFailed, match="conflict"):
        network.operator("certificates", "resume", serial_of(thief))
    network.verify_audit_log()

    record = network.authority_secrets / "status-changes"
    assert serial_of(thief).lower() in record.read_text()
    record.unlink()
    with pytest.raises(StepFailed, match="would be good again"):
        restore(network, backup)
    with pytest.raises(StepFailed, match="take the store into use with restore"):
        network.start_authority()
    assert "GOOD AGAIN" in restore(network, backup, "--accept-lost-revocations")
    assert ": good" in ocsp_says(network, thief.certificate), "that is the risk that the option names"
    assert "accepted as lost" in network.operator("audit", "list", "--limit", "10000")


def test_a_lost_record_of_statuses_is_written_anew_from_a_whole_store(network):
    trade = Trade(network)
    thief, _ = trade.purchaser("thief")
    network.operator("certificates", "revoke", serial_of(thief), "--reason", "keyCompromise")
    network.authority.stop()
    record = network.authority_secrets / "status-changes"
    record.unlink()
    with pytest.raises(StepFailed, match="rebuild-status-record"):
        network.start_authority()
    with pytest.raises(StepFailed, match="store-is-newest"):
        network.operator("rebuild-status-record")
    assert not record.exists()
    assert "1 suspension(s) and revocation(s)" in network.operator("rebuild-status-record", "--store-is-newest")
    with pytest.raises(StepFailed, match="is there"):
        network.operator("rebuild-status-record", "--store-is-newest")
    network.start_authority()
    assert serial_of(thief).lower() in record.read_text()
    assert ": revoked" in ocsp_says(network, thief.certificate)
    assert "rebuild_status_record" in network.operator("audit", "list", "--limit", "10000")
    network.verify_audit_log()


def test_an_order_confirmed_since_the_backup_is_not_confirmed_again(network, tmp_path):
    trade = Trade(network)
    buyer, _ = trade.purchaser("buyer")
    kept, lost = trade.countersigned(buyer), trade.countersigned(buyer)
    answered = trade.confirm(trade.connect(), kept)
    assert answered.status == 200
    backup = tmp_path / "backup"
    network.backup(backup)
    assert trade.confirm(trade.connect(), lost).status == 200

    assert "Orders made before" in restore(network, backup)
    refused = trade.confirm(trade.connect(), lost)
    assert refusal_codes(refused, tmp_path) == ["expired"]
    assert json.loads(openssl("cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in",
                              tmp_path / "refusal.p7m"))["final"]
    assert trade.confirm(trade.connect(), kept).body == answered.body, "what the backup has is answered as ever"
    trade.confirm_after_restore(buyer)
