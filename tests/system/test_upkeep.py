# SPDX-License-Identifier: Apache-2.0
"""What operators do in the course of the years: renewing the authority's own certificates, erasing a customer's
registrations, and the page for a lost wallet that needs nobody of them."""
import subprocess
import urllib.parse
import urllib.request

import pytest

from demo.processes import StepFailed
from test_status import refusal_codes, serial_of
from trade import Trade


@pytest.fixture(scope="module")
def trade(shared_network):
    return Trade(shared_network)


def metric(network, name: str) -> int:
    with urllib.request.urlopen(network.status_url + "/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[-1])


def end_of(file) -> str:
    return subprocess.run(["openssl", "x509", "-in", file, "-noout", "-enddate"], capture_output=True, text=True,
                          check=True).stdout


def test_the_authority_goes_on_with_renewed_certificates_of_its_own(network):
    trade = Trade(network)
    name = 'countersign_certificate_expiry_seconds{certificate="tls"}'
    before, serving = end_of(network.authority_folder / "certificates/tls.pem"), metric(network, name)
    assert "None was due" in network.operator("services", "renew")
    renewed = network.operator("services", "renew", "--within-days", "2000")
    assert all(name in renewed for name in ["OCSP Responder", "Confirmation Signer", "Authority Server"])
    assert "ocsp" in network.operator("services", "list")
    network.authority.stop()
    network.start_authority()
    assert end_of(network.authority_folder / "certificates/tls.pem") != before
    assert metric(network, name) > serving
    purchaser, _ = trade.purchaser("after-renewal")
    assert trade.confirm(trade.connect(), trade.countersigned(purchaser)).status == 200
    network.verify_audit_log()


def test_a_shop_erases_a_customer_and_the_address_is_nowhere_in_its_folder(network):
    address = "forgotten@mail.example"
    network.register(address)
    consent = network.shop("consents", "list").split()[0]
    kept = network.shop("consents", "show", consent)
    assert "kept" in kept
    assert "Erased 1 registration" in network.shop("erase", "--email", address)
    erased = network.shop("consents", "show", consent)
    assert "erased 20" in erased and kept.splitlines()[1] == erased.splitlines()[1], "the digest stays as evidence"
    assert network.shop("consents", "list") == ""
    with pytest.raises(StepFailed, match="no such id"):
        network.shop("consents", "show", "another")
    assert "Erased 0 registration" in network.shop("erase", "--email", address)
    network.merchant.stop()
    for file in network.merchant_folder.rglob("*"):
        assert not file.is_file() or address.encode() not in file.read_bytes(), file


def test_a_lost_wallet_is_stopped_by_a_form_in_any_browser(trade, tmp_path):
    lost, code = trade.purchaser("lost-at-the-station")
    anyone = trade.connect_as_anyone()

    def send(serial: str, code: str):
        form = urllib.parse.urlencode({"serial": serial, "code": code}).encode()
        return anyone.ask("POST", "/suspension", form, media="application/x-www-form-urlencoded")

    page = anyone.ask("GET", "/suspension?lang=ko")
    assert page.status == 200 and '<html lang="ko">' in page.body.decode()
    for serial in ["00 11", serial_of(lost)]:
        refused = send(serial, "AAAA-BBBB-CCCC-DDDD")
        assert refused.status in (400, 404) and 'role="alert"' in refused.body.decode()
    assert trade.confirm(trade.connect(), trade.countersigned(lost)).status == 200
    assert send(serial_of(lost), code).status == 200
    assert refusal_codes(trade.confirm(trade.connect(), trade.countersigned(lost)), tmp_path) == ["certificate_on_hold"]
