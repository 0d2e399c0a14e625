# SPDX-License-Identifier: Apache-2.0
"""The real card company, asked by a merchant's certificate: whom it answers, what it repeats, what it keeps."""
import base64
import functools
import hashlib
import http.client
import json
import ssl
import subprocess

import pytest
from demo.network import Network
from demo.payment import HOLDER, MEANS
from demo.processes import run


@pytest.fixture(scope="module", name="network")
def network_with_a_card_company(tmp_path_factory):
    with Network(tmp_path_factory.mktemp("network")) as running:
        running.bring_up(running.start_card_company)
        yield running


@functools.cache
def context_of(network, as_merchant: bool) -> ssl.SSLContext:
    """Made once: to open the merchant's key takes longer than any answer."""
    context = ssl.create_default_context(cafile=str(network.root_pem))
    if as_merchant:
        passphrase = network.merchant_passphrase_file.read_text(encoding="utf-8").strip()
        context.load_cert_chain(network.merchant_certificate, password=passphrase)
    return context


def ask(network, path: str, body: dict | None, as_merchant: bool = True) -> tuple[int, dict]:
    """One request over TLS, a GET without a body; status and answer."""
    context = context_of(network, as_merchant)
    connection = http.client.HTTPSConnection("127.0.0.1", network.card_company.port, context=context, timeout=20)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.load(answer)
    finally:
        connection.close()


def question(reference: str, means: str = "card", amount: int = 62_000) -> dict:
    chosen = MEANS[means]
    kind = {"method": "card", "expiry": chosen.expiry} if chosen.expiry else {"method": "account", "bank": chosen.bank}
    order = hashlib.sha256(reference.split(".")[0].encode()).hexdigest()  # as a gateway's: the order's id, then .2, .3
    return {"type": "authorization-request", "version": 1, "reference": reference, "orderDigest": order,
            "amount": amount, "currency": "KRW", "payment": kind | {"number": chosen.number, "holder": HOLDER}}


def authorize(network, *arguments, **named) -> tuple[int, dict]:
    return ask(network, "/v1/authorizations", question(*arguments, **named))


@pytest.mark.parametrize("means", MEANS)
def test_each_test_card_and_account_gets_the_answer_that_the_shops_documentation_promises(network, means):
    status, answer = authorize(network, f"means-{means}", means)
    assert status == 200
    assert answer["approved"] == (MEANS[means].outcome == "approved")
    assert (answer["code"] or "approved") == MEANS[means].outcome


def test_the_same_question_gets_the_same_authorization_and_another_one_a_conflict(network):
    first = authorize(network, "repeated")
    assert first[1]["approved"]
    assert authorize(network, "repeated") == first
    status, problem = authorize(network, "repeated", amount=1)
    assert (status, problem["code"]) == (409, "conflict")


def test_the_same_payment_is_approved_once_under_whatever_reference(network):
    assert authorize(network, "twice")[1]["approved"]
    assert authorize(network, "twice.2")[1]["code"] == "duplicate_payment"
    ask(network, "/v1/authorizations/twice/release", {})
    assert authorize(network, "twice.3")[1]["approved"]


def test_what_is_released_is_free_again_and_released_once(network):
    everything = MEANS["account"].limit
    held = sum(authorize(network, f"all-{part}", "account", everything // 4)[1]["approved"] for part in range(5))
    assert held < 5, "the balance bounds what is held"
    for _ in range(2):
        status, answer = ask(network, "/v1/authorizations/all-0/release", {})
        assert (status, answer) == (200, {"state": "released"})
    assert authorize(network, "once more", "account", everything // 4)[1]["approved"]
    assert authorize(network, "and more", "account", everything // 4)[1]["code"] == "insufficient_funds"


def test_a_question_that_arrives_after_its_release_holds_nothing(network):
    assert ask(network, "/v1/authorizations/late/release", {}) == (200, {"state": "released"})
    status, problem = authorize(network, "late")
    assert (status, problem["code"]) == (409, "conflict")


def test_nobody_is_answered_without_a_merchants_certificate(network):
    status, problem = ask(network, "/v1/authorizations", question("stranger"), as_merchant=False)
    assert (status, problem["code"]) == (401, "unauthenticated")


def test_a_suspended_merchant_is_refused_by_the_very_next_question(network):
    shown = run(["openssl", "x509", "-in", network.merchant_certificate, "-noout", "-serial"])
    serial = shown.strip().split("=")[1].lower()
    network.operator("certificates", "suspend", serial)
    try:
        status, problem = authorize(network, "suspended")
        assert (status, problem["code"]) == (403, "certificate_on_hold")
    finally:
        network.operator("certificates", "resume", serial)
    assert authorize(network, "suspended")[1]["approved"]


def test_it_staples_a_good_status_of_its_own_certificate(network):
    passphrase = network.merchant_passphrase_file.read_text(encoding="utf-8").strip()
    said = run(["openssl", "s_client", "-connect", f"127.0.0.1:{network.card_company.port}", "-status", "-CAfile",
                network.root_pem, "-cert", network.merchant_certificate, "-key", network.merchant_certificate,
                "-pass", f"pass:{passphrase}"])
    assert "OCSP Response Status: successful" in said and "Cert Status: good" in said


def test_it_has_a_certificate_to_sign_with_and_one_to_be_sealed_to_of_one_subject(network):
    folder, arc, subjects = network.card_company.folder, "2.25.5029185730381929265412404197190874440.1", set()
    for file, role, other, usage in (("certificate.pem", 8, 9, "Digital Signature, Non Repudiation"),
                                     ("agreement-certificate.pem", 9, 8, "Key Agreement")):
        verify = ["openssl", "verify", "-x509_strict", "-CAfile", network.root_pem, "-untrusted", folder / file, "-explicit_policy"]
        run([*verify, "-policy", f"{arc}.{role}", folder / file])
        refused = subprocess.run([*verify, "-policy", f"{arc}.{other}", folder / file], capture_output=True, check=False, timeout=30)
        assert refused.returncode != 0
        assert usage in run(["openssl", "x509", "-in", folder / file, "-noout", "-ext", "keyUsage"])
        subjects.add(run(["openssl", "x509", "-in", folder / file, "-noout", "-subject"]))
    assert len(subjects) == 1
    for key in ("key.pem", "agreement-key.pem"):
        assert "ENCRYPTED PRIVATE KEY" in (folder / "data" / key).read_text(encoding="utf-8")


def test_it_gives_merchants_both_certificates_and_a_good_status_of_each(network, tmp_path):
    status, given = ask(network, "/v1/certificates", None)
    assert status == 200 and given["type"] == "company-certificates"
    for file, certificate, said in (("certificate.pem", "certificate", "certificateStatus"),
                                    ("agreement-certificate.pem", "agreementCertificate", "agreementStatus")):
        pem = (network.card_company.folder / file).read_text(encoding="utf-8")
        own, issuer, *_ = (block + "-----END CERTIFICATE-----\n" for block in pem.split("-----END CERTIFICATE-----\n"))
        assert ssl.PEM_cert_to_DER_cert(own) == base64.b64decode(given[certificate])
        for name, content in (("own.pem", own), ("issuer.pem", issuer), ("cas.pem", network.root_pem.read_text() + issuer)):
            (tmp_path / name).write_text(content, encoding="utf-8")
        (tmp_path / "status.der").write_bytes(base64.b64decode(given[said]))
        stated = run(["openssl", "ocsp", "-respin", tmp_path / "status.der", "-issuer", tmp_path / "issuer.pem", "-sha256", "-cert",
                      tmp_path / "own.pem", "-CAfile", tmp_path / "cas.pem"])
        assert f"{tmp_path / 'own.pem'}: good" in stated
    assert ask(network, "/v1/certificates", None, as_merchant=False)[0] == 401


def test_an_account_is_bound_to_one_purchaser(network):
    company, group = network.card_company, "OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo"

    def bound() -> list[str]:
        accounts = (json.loads(line) for line in company.command("accounts", "list", "--json").splitlines())
        return [account["purchaser"] for account in accounts if account["id"] in own]

    def refusal(*words) -> str:
        refused = subprocess.run([company.program, "--config", company.folder / "cardcompany.toml", "accounts", *words],
                                 capture_output=True, text=True, check=False, timeout=30)
        assert refused.returncode != 0
        return refused.stderr

    own = [line.split()[0] for line in company.command("accounts", "list").splitlines()][:2]
    assert bound() == [None, None]
    assert "give the subject of the certificate" in refusal("bind", "--id", own[0], "--purchaser", "p-1")
    for account in own:
        company.command("accounts", "bind", "--id", account, "--purchaser", f"UID=p-1,{group}")
    assert "`accounts unbind` it first" in refusal("bind", "--id", own[0], "--purchaser", f"UID=p-2,{group}")
    assert bound() == [f"UID=p-1,{group}"] * 2
    assert f"purchaser UID=p-1,{group}" in company.command("accounts", "list")
    for account in own:
        company.command("accounts", "unbind", "--id", account)
    assert bound() == [None, None]


@pytest.mark.parametrize("path", ["/v1/split-authorizations", "/v1/captures", "/v1/refunds"])
def test_a_split_payment_is_asked_for_with_a_merchants_certificate_and_in_its_form(network, path):
    assert ask(network, path, {}, as_merchant=False)[1]["code"] == "unauthenticated"
    assert ask(network, path, {"type": "order", "version": 1})[1]["code"] == "unsupported"
    assert ask(network, path, {})[1]["code"] == "malformed"


def test_it_does_not_serve_with_its_certificates_exchanged(network, tmp_path):
    folder, exchanged = network.card_company.folder, tmp_path / "cardcompany.toml"
    settings = (folder / "cardcompany.toml").read_text(encoding="utf-8").replace('"data"', f'"{folder}/data"')
    settings = settings.replace('"passphrase"', f'"{folder}/passphrase"').replace('"certificate.pem"', '"swapped"')
    settings = settings.replace('"agreement-certificate.pem"', f'"{folder}/certificate.pem"')
    exchanged.write_text(settings.replace('"swapped"', f'"{folder}/agreement-certificate.pem"'), encoding="utf-8")
    refused = subprocess.run([network.card_company.program, "--config", exchanged, "serve"], capture_output=True, text=True,
                             check=False, timeout=30)
    assert refused.returncode != 0 and "expected the certificate of the key in" in refused.stderr


def test_nothing_is_decided_while_the_authority_vouches_for_nobody(network):
    network.authority.stop()
    try:
        status, problem = authorize(network, "alone")
        assert (status, problem["code"], problem["temporary"]) == (503, "unavailable", True)
    finally:
        network.start_authority()
    assert authorize(network, "alone")[1]["approved"]


def test_it_keeps_no_number_readable_and_lists_none(network):
    listed = network.card_company.command("accounts", "list") + network.card_company.command("authorizations", "list")
    logged = (network.folder / "logs/cardcompany.log").read_bytes()
    for means in MEANS.values():
        assert means.number not in listed and means.number[-4:] in listed
        for file in network.card_company.folder.rglob("*"):
            assert file.is_dir() or means.number.encode() not in file.read_bytes(), file
        assert means.number.encode() not in logged


def test_a_number_is_taken_from_no_command_line(network):
    refused = subprocess.run([network.card_company.program, "--config", network.card_company.folder / "cardcompany.toml",
                              "accounts", "add", "--holder", HOLDER, "--limit", "1", "--expiry", "2031-12", "--number",
                              MEANS["card"].number], capture_output=True, check=False, timeout=30)
    assert refused.returncode != 0
