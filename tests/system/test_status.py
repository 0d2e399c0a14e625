# SPDX-License-Identifier: Apache-2.0
"""A certificate that is suspended or revoked is refused by the very next order, and OCSP and CRL say so."""
import json
import subprocess
import urllib.request

import pytest

from demo.mails import password_of
from demo.processes import StepFailed
from openssl_party import Enrolment
from trade import Trade


@pytest.fixture(scope="module")
def trade(shared_network):
    return Trade(shared_network)


def refusal_codes(answer, folder) -> list[str]:
    """The reasons of a signed refusal."""
    assert answer.headers["Countersign-Document"] == "refusal", answer
    file = folder / "refusal.p7m"
    file.write_bytes(answer.body)
    content = subprocess.run(["openssl", "cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", file],
                             capture_output=True, check=True).stdout
    return [reason["code"] for reason in json.loads(content)["reasons"]]


def ocsp_says(network, certificate, *more) -> str:
    """What `openssl ocsp` finds out about a certificate from the responder."""
    done = subprocess.run(["openssl", "ocsp", *more, "-issuer", network.ca_pem, "-cert", certificate, "-url",
                           network.status_url + "/ocsp", "-CAfile", network.root_pem, "-verify_other", network.ca_pem],
                          capture_output=True, text=True, check=False)
    assert "Response verify OK" in done.stdout + done.stderr, done.stdout + done.stderr
    return done.stdout


def crl_text(network, folder) -> str:
    """The CRL as openssl prints it, its signature checked."""
    file = folder / "current.crl"
    with urllib.request.urlopen(network.status_url + "/crl.crl", timeout=10) as response:
        file.write_bytes(response.read())
    done = subprocess.run(["openssl", "crl", "-inform", "DER", "-in", file, "-noout", "-text", "-CAfile", network.ca_pem],
                          capture_output=True, text=True, check=False)
    assert "verify OK" in done.stderr + done.stdout, done.stderr
    return done.stdout


def serial_of(signer) -> str:
    return subprocess.run(["openssl", "x509", "-in", signer.certificate, "-noout", "-serial"], capture_output=True,
                          text=True, check=True).stdout.strip().removeprefix("serial=")


@pytest.mark.parametrize("party", ["purchaser", "merchant"])
def test_the_next_order_after_suspension_is_refused_and_after_resumption_confirmed(trade, tmp_path, party):
    network = trade.network
    purchaser, _ = trade.purchaser(f"held-{party}")
    peer = trade.connect()
    assert trade.confirm(peer, trade.countersigned(purchaser)).status == 200
    subject = purchaser if party == "purchaser" else trade.merchant
    waiting = trade.countersigned(purchaser)
    network.operator("certificates", "suspend", serial_of(subject))
    refused = trade.confirm(peer, waiting)
    assert refused.status == 403 and refusal_codes(refused, tmp_path) == ["certificate_on_hold"]
    assert ": revoked" in ocsp_says(network, subject.certificate)
    assert ": revoked" in ocsp_says(network, subject.certificate, "-sha256")
    assert serial_of(subject) in crl_text(network, tmp_path) and "Certificate Hold" in crl_text(network, tmp_path)
    network.operator("certificates", "resume", serial_of(subject))
    assert ": good" in ocsp_says(network, subject.certificate)
    assert serial_of(subject) not in crl_text(network, tmp_path)
    assert trade.confirm(peer, waiting).status == 200, "a refusal consumes nothing"


def test_the_next_order_after_revocation_is_refused_for_good(trade, tmp_path):
    network = trade.network
    purchaser, _ = trade.purchaser("revoked")
    peer = trade.connect()
    confirmed = trade.countersigned(purchaser)
    first = trade.confirm(peer, confirmed)
    assert first.status == 200
    network.operator("certificates", "revoke", serial_of(purchaser), "--reason", "keyCompromise")
    refused = trade.confirm(peer, trade.countersigned(purchaser))
    assert refused.status == 403 and refusal_codes(refused, tmp_path) == ["certificate_revoked"]
    assert ": revoked" in ocsp_says(network, purchaser.certificate)
    assert "Key Compromise" in crl_text(network, tmp_path)
    assert trade.confirm(peer, confirmed).body == first.body, "what was confirmed stays confirmed"
    with pytest.raises(StepFailed, match="conflict"):
        network.operator("certificates", "resume", serial_of(purchaser))


def test_the_suspension_code_works_at_once_and_a_wrong_one_does_not(trade, tmp_path):
    purchaser, code = trade.purchaser("lost-terminal")
    anyone = trade.connect_as_anyone()
    serial = serial_of(purchaser).lower()
    assert anyone.post_json("/v1/suspensions", {"serial": serial, "code": code[:-1] + ("0" if code[-1] != "0" else "1")}).status == 404
    assert trade.confirm(trade.connect(), trade.countersigned(purchaser)).status == 200
    assert anyone.post_json("/v1/suspensions", {"serial": serial, "code": code}).status == 200
    refused = trade.confirm(trade.connect(), trade.countersigned(purchaser))
    assert refusal_codes(refused, tmp_path) == ["certificate_on_hold"]


def test_an_operator_cannot_activate_what_its_holder_never_completed(trade):
    """The first hold ends with the holder's proof of possession, and with nothing else."""
    network = trade.network
    enrolment = Enrolment(network.register("never@mail.example"), trade.folder / "never")
    enrolment.open_key_file(enrolment.fetch_key_file().body, password_of(network.wait_mail("never@mail.example")))
    with pytest.raises(StepFailed, match="conflict"):
        network.operator("certificates", "resume", serial_of(enrolment.signer))
    assert ": revoked" in ocsp_says(network, enrolment.signer.certificate)


def test_a_serial_never_issued_is_unknown(trade):
    done = subprocess.run(["openssl", "ocsp", "-issuer", trade.network.ca_pem, "-serial", "0x" + "5a" * 16, "-url",
                           trade.network.status_url + "/ocsp", "-CAfile", trade.network.root_pem, "-verify_other",
                           trade.network.ca_pem], capture_output=True, text=True, check=False)
    assert ": unknown" in done.stdout and "good" not in done.stdout
