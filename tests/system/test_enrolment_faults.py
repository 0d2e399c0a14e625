# SPDX-License-Identifier: Apache-2.0
"""Enrolments with a merchant that cheats, mail that does not flow, and an authority that dies between any two steps."""
import json
import time
import urllib.parse
import urllib.request

import pytest

from demo.mails import password_of, text_of_mail
from demo.processes import wait_until
from foreign_network import ForeignNetwork
from openssl_party import Enrolment, Signer, openssl, plain_key, sha256_hex, utc, uuid_v7
from second_merchant import second_merchant
from trade import CMS, Trade

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


@pytest.fixture(scope="module")
def trade(shared_network):
    return Trade(shared_network)


def consent_of(merchant: Signer, address: str, **changes) -> bytes:
    """The consent of a customer, as the merchant puts it down; not signed yet."""
    consent = {"type": "consent", "version": 1, "id": uuid_v7(), "kind": "enrolment", "merchant": merchant.reference(),
               "email": address, "locale": "en", "text": "I agree.", "textVersion": "1", "given": utc(), "renews": None}
    consent.update(changes)
    return json.dumps(consent).encode()


def apply(trade: Trade, consent: bytes):
    return trade.connect().ask("POST", "/v1/enrolments", consent, CMS)


def link_of(trade: Trade, ticket: dict) -> str:
    """The link that a gateway makes of the authority's answer."""
    root = sha256_hex(openssl("x509", "-in", trade.network.root_pem, "-outform", "DER"))
    return "countersign:enrol?" + urllib.parse.urlencode({"authority": trade.network.authority_url, "id": ticket["id"],
                                                          "token": ticket["token"], "root": root})


def enrolment_for(trade: Trade, name: str) -> tuple[Enrolment, str]:
    """A fresh enrolment and the address that it is for."""
    address = f"{name}@mail.example"
    return Enrolment(trade.network.register(address), trade.folder / name), address


def state_of(trade: Trade, identifier: str) -> dict:
    return trade.connect().ask("GET", f"/v1/enrolments/{identifier}").json()


def certificates_of(trade: Trade, address: str) -> list[dict]:
    """What the operator's directory says of an address, newest first."""
    lines = trade.network.operator("certificates", "search", "--email", address).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def states_of(trade: Trade, address: str) -> list[str]:
    return sorted(certificate["state"] for certificate in certificates_of(trade, address))


# --- the merchant's application

def test_an_application_needs_the_consent_that_this_merchant_signed(trade, tmp_path_factory):
    """Whatever is wrong with a consent, nothing is issued to the address."""
    address, network = "victim@mail.example", trade.network
    buyer, _ = trade.purchaser("somebody")
    arc = network.policies["purchaser"].rsplit(".", 1)[0]
    foreign = ForeignNetwork(tmp_path_factory.mktemp("foreign"), arc, network.merchant_origin)
    stranger = foreign.party("merchant", trade.merchant.subject)
    keys = network.authority_folder / "keys"
    ocsp = Signer(network.authority_folder / "certificates/ocsp.pem",
                  plain_key(keys / "ocsp.key", keys / "passphrase", trade.folder / "ocsp.key"), network.ca_pem)
    sign = trade.merchant.sign
    cases = {
        "no consent": (b"", 422, "consent_missing"),
        "a consent that nobody signed": (consent_of(trade.merchant, address), 400, "malformed"),
        "signed by a purchaser": (buyer.sign(consent_of(buyer, address)), 403, "wrong_role"),
        "signed by another role": (ocsp.sign(consent_of(ocsp, address)), 403, "wrong_role"),
        "signed in a foreign network": (stranger.sign(consent_of(stranger, address)), 403, "certificate_unknown"),
        "naming another merchant": (sign(consent_of(buyer, address)), 403, "forbidden"),
        "given in the future": (sign(consent_of(trade.merchant, address, given=utc(time.time() + 3600))), 422, "clock_skew"),
        "given long ago": (sign(consent_of(trade.merchant, address, given=utc(time.time() - 90000))), 422, "expired"),
        "two addresses": (sign(consent_of(trade.merchant, "a@b.example, " + address)), 400, "malformed"),
        "an address with a line break": (sign(consent_of(trade.merchant, address + "\nBcc: x@y.example")), 400, "malformed"),
        "no text": (sign(consent_of(trade.merchant, address, text="")), 400, "malformed"),
        "text that turns round": (sign(consent_of(trade.merchant, address, text="I do \u202enot")), 400, "malformed"),
        "a member nobody knows": (sign(consent_of(trade.merchant, address, gift=True)), 400, "malformed"),
    }
    for name, (message, status, code) in cases.items():
        answer = apply(trade, message)
        assert (answer.status, answer.json()["code"]) == (status, code), (name, answer)
        assert answer.json()["remedy"], name
    assert certificates_of(trade, address) == [] and network.mails_to(address) == []


def test_a_consent_is_not_another_merchants_to_use(trade, tmp_path_factory):
    other = second_merchant(trade.network, tmp_path_factory.mktemp("other"))
    try:
        rival = Trade(other)
        consent = trade.merchant.sign(consent_of(trade.merchant, "customer@mail.example"))
        stolen = apply(rival, consent)
        assert (stolen.status, stolen.json()["code"]) == (403, "forbidden")
        ticket = apply(trade, consent)
        assert ticket.status == 201
        path = f"/v1/enrolments/{ticket.json()['id']}"
        assert rival.connect().ask("GET", path).status == 404, "nor may it look at the enrolment"
        assert rival.connect().post_json(path + "/restart", {}).status == 404
        again = apply(trade, consent)
        assert again.status == 200 and again.json()["id"] == ticket.json()["id"], "the same consent is one enrolment"
        buyer, _ = trade.purchaser("customer-of-both")
        order = rival.merchant.countersign(buyer.sign(trade.order(buyer)))
        assert trade.confirm(trade.connect(), order).json()["code"] == "forbidden", "nor may it confirm through the other"
    finally:
        other.stop()


@pytest.mark.parametrize("act, code", [("suspend", "certificate_on_hold"), ("revoke", "certificate_revoked")])
def test_a_merchant_without_a_good_certificate_registers_nobody(network, act, code):
    trade = Trade(network)
    peer = trade.connect()
    assert peer.ask("GET", "/v1/enrolments/nothing").status == 404
    serial = openssl("x509", "-in", trade.merchant.certificate, "-noout", "-serial").decode().strip().split("=")[1]
    network.operator("certificates", act, serial, *(("--reason", "keyCompromise") if act == "revoke" else ()))
    consent = trade.merchant.sign(consent_of(trade.merchant, "late@mail.example"))
    for connection in (peer, trade.connect()):
        answer = connection.ask("POST", "/v1/enrolments", consent, CMS)
        assert (answer.status, answer.json()["code"]) == (403, code), answer
    assert certificates_of(trade, "late@mail.example") == []


# --- key file, password, completion

def test_the_key_file_is_given_once_and_only_for_the_token(trade):
    enrolment, address = enrolment_for(trade, "once")
    wrong = enrolment.peer.post_json(enrolment.path + "/key-file", {"token": "x" * 43})
    assert (wrong.status, wrong.json()["code"]) == (404, "not_found")
    assert enrolment.fetch_key_file().status == 200
    second = enrolment.fetch_key_file()
    assert (second.status, second.json()["code"]) == (410, "gone")
    assert states_of(trade, address) == ["on_hold", "on_hold"]


def test_a_wrong_password_opens_nothing(trade):
    enrolment, address = enrolment_for(trade, "mistyped")
    file = enrolment.fetch_key_file().body
    password = password_of(trade.network.wait_mail(address))
    for wrong in (password[:-1] + ("A" if password[-1] != "A" else "B"), password.lower() + "X", ""):
        with pytest.raises(RuntimeError):
            enrolment.open_key_file(file, wrong)
    enrolment.open_key_file(file, password)


def test_only_the_new_key_completes_and_only_for_this_consent(trade):
    buyer, _ = trade.purchaser("bystander")
    enrolment, address = enrolment_for(trade, "completing")
    consent = enrolment.fetch_consent().body
    enrolment.open_key_file(enrolment.fetch_key_file().body, password_of(trade.network.wait_mail(address)))
    own, path = enrolment.signer, enrolment.path + "/completion"
    for name, message in {
            "another consent": enrolment.acceptance(consent, consent="0" * 64),
            "another enrolment": enrolment.acceptance(consent, enrolment=uuid_v7()),
            "another agreement certificate": enrolment.acceptance(consent, agreementCertificate="0" * 64),
            "another signing certificate": enrolment.acceptance(consent, signingCertificate=buyer.fingerprint)}.items():
        answer = enrolment.complete(message)
        assert answer.status in (400, 403, 404, 409, 422), (name, answer)
    good = enrolment.acceptance(consent)
    for signer in (buyer, trade.merchant):
        enrolment.signer = signer
        answer = enrolment.complete(signer.sign(json.dumps({"type": "consent-acceptance", "version": 1}).encode()))
        assert 400 <= answer.status < 500
        assert enrolment.peer.ask("POST", path, enrolment.acceptance(consent), CMS).status in (403, 409, 422)
    enrolment.signer = own
    assert states_of(trade, address) == ["on_hold", "on_hold"], "nothing of that ended the hold"
    refused = trade.confirm(trade.connect(), trade.countersigned(own))
    assert refused.status == 403 and refused.headers["Countersign-Document"] == "refusal"
    first = enrolment.complete(good)
    assert first.status == 200 and states_of(trade, address) == ["active", "active"]
    again = enrolment.complete(good)
    assert again.status in (200, 409, 410), again
    assert trade.confirm(trade.connect(), trade.countersigned(own)).status == 200


def test_a_restart_gives_fresh_keys_and_revokes_the_old(trade):
    enrolment, address = enrolment_for(trade, "lost-file")
    enrolment.open_key_file(enrolment.fetch_key_file().body, password_of(trade.network.wait_mail(address)))
    old, mails = enrolment.signer, len(trade.network.mails_to(address))
    answer = trade.connect().post_json(enrolment.path + "/restart", {})
    assert answer.status == 201, answer
    wait_until(lambda: len(trade.network.mails_to(address)) > mails, "the second mail")
    fresh = Enrolment(link_of(trade, answer.json()), trade.folder / "lost-file-again")
    consent, file = fresh.fetch_consent(), fresh.fetch_key_file()
    assert (consent.status, file.status) == (200, 200)
    fresh.open_key_file(file.body, password_of(trade.network.wait_mail(address)))
    assert fresh.complete(fresh.acceptance(consent.body)).status == 200
    assert fresh.signer.fingerprint != old.fingerprint
    assert states_of(trade, address) == ["active", "active", "revoked", "revoked"]
    assert trade.confirm(trade.connect(), trade.countersigned(old)).status == 403
    assert trade.confirm(trade.connect(), trade.countersigned(fresh.signer)).status == 200


def test_who_did_not_apply_objects_by_the_link_in_the_mail(trade):
    enrolment, address = enrolment_for(trade, "objecting")
    text = text_of_mail(trade.network.wait_mail(address))
    link = next(word for word in text.split() if "/objection?code=" in word)
    path = link.removeprefix(trade.network.authority_url)
    anyone = trade.connect_as_anyone()
    assert anyone.ask("GET", path).status == 200
    assert states_of(trade, address) == ["on_hold", "on_hold"], "looking changes nothing"
    assert anyone.ask("POST", path, media="application/x-www-form-urlencoded").status == 200
    assert states_of(trade, address) == ["revoked", "revoked"]
    assert state_of(trade, enrolment.parts["id"])["state"] == "objected"
    assert enrolment.fetch_key_file().json()["code"] == "certificate_revoked"


# --- mail

def test_a_password_waits_until_mail_flows_and_survives_a_crash(network):
    trade = Trade(network)
    network.mail.stop()
    enrolment, address = enrolment_for(trade, "patient")
    assert state_of(trade, enrolment.parts["id"])["mail"]["state"] == "waiting"
    consent, file = enrolment.fetch_consent(), enrolment.fetch_key_file()
    assert file.status == 200, "the file does not wait for the mail"
    network.authority.kill()
    network.start_authority()
    enrolment.peer.close()
    assert network.mails_to(address) == []
    network.start_mail()
    mail = wait_until(lambda: network.mails_to(address), "the mail", seconds=40)
    enrolment.open_key_file(file.body, password_of(mail[0]))
    assert enrolment.complete(enrolment.acceptance(consent.body)).status == 200
    assert trade.confirm(trade.connect(), trade.countersigned(enrolment.signer)).status == 200


# --- crashes and time

def test_the_authority_may_die_between_any_two_steps(network, full):
    trade = Trade(network)

    def crash(enrolment):
        network.authority.kill()
        network.start_authority()
        enrolment.peer.close()

    fetched = []
    for number in range(10 if full else 1):
        enrolment, address = enrolment_for(trade, f"unlucky-{number}")
        if not full:  # a mail that was under way at the crash is sent again after two minutes
            network.wait_mail(address)
        crash(enrolment)
        consent = enrolment.fetch_consent()
        crash(enrolment)
        file = enrolment.fetch_key_file()
        assert (consent.status, file.status) == (200, 200)
        crash(enrolment)
        assert enrolment.fetch_key_file().status == 410
        fetched.append((enrolment, address, consent, file))
    for enrolment, address, consent, file in fetched:
        mail = wait_until(lambda address=address: network.mails_to(address), "the password", seconds=150)[-1]
        enrolment.open_key_file(file.body, password_of(mail))
        acceptance = enrolment.acceptance(consent.body)
        crash(enrolment)
        assert enrolment.complete(acceptance).status == 200
        crash(enrolment)
        assert states_of(trade, address) == ["active", "active"]
        assert trade.confirm(trade.connect(), trade.countersigned(enrolment.signer)).status == 200
    network.verify_audit_log()


def test_what_is_not_claimed_in_time_is_revoked(network):
    trade = Trade(network)
    unclaimed, address = enrolment_for(trade, "forgetful")
    half, half_address = enrolment_for(trade, "half-way")
    assert half.fetch_key_file().status == 200
    trade.purchaser("timely")
    network.authority.stop()
    network.authority.env = {"LD_PRELOAD": FAKETIME, "FAKETIME": "+4d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    network.start_authority()
    wait_until(lambda: states_of(trade, address) == ["revoked", "revoked"], "the revocation of what nobody claimed")
    assert states_of(trade, half_address) == ["revoked", "revoked"]
    listed = network.operator("enrolments", "list", "--state", "expired")
    assert unclaimed.parts["id"] in listed and half.parts["id"] in listed
    answer = unclaimed.fetch_key_file()
    assert answer.json()["code"] == "expired", answer
    serials = {certificate["serial"].upper() for certificate in certificates_of(trade, address)}
    with urllib.request.urlopen(network.status_url + "/crl.crl", timeout=10) as response:
        crl = openssl("crl", "-inform", "DER", "-noout", "-text", stdin=response.read()).decode()
    assert all(serial in crl for serial in serials), "the CRL says so"
    assert states_of(trade, "timely@mail.example") == ["active", "active"], "others are left alone"
