# SPDX-License-Identifier: Apache-2.0
"""A PIV card in a virtual PC/SC reader, behind OpenSC, with the real programs: its keys are made on it and enrolled there,
its agreement key cannot sign, it takes no objects; and purchases in the profiles `session` and `set` are made with it."""
import base64
import json
import random
import re
import sqlite3
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

import evidence
from demo.computer import Computer
from demo.network import write_private
from demo.payment import HOLDER, MEANS
from demo.processes import StepFailed, wait_until
from extension import Extension, tag_of
from holders import AGREEMENT, LINES, SIGNING, CardHolder, spki
from openssl_party import openssl
from pc_side import terminal
from test_secrets import places_of

PAIR = ["purchaser", "purchaser-agreement"]
NAME, TELEPHONE = "홍길동", "+82 10 1234 5678"


@pytest.fixture(name="shop", scope="module")
def network_with_a_card_company(tmp_path_factory):
    from demo.network import Network
    with Network(tmp_path_factory.mktemp("network")) as network:
        network.profiles.insert(0, "set")
        network.bring_up(network.start_card_company)
        yield network


@pytest.fixture(name="holder")
def holder_of_a_new_card(shop, tmp_path, request):
    name = re.sub(r"[^a-z]+", "-", request.node.name.removeprefix("test_"))[:40].strip("-")
    person = CardHolder(shop, tmp_path, name)
    yield person
    person.close()


def test_both_keys_of_the_card_are_certified_although_one_cannot_sign(holder):
    holder.enrol()
    certified = {spki(certificate.public_key()) for certificate in holder.stored_certificates()}
    assert certified == {holder.public_key(SIGNING), holder.public_key(AGREEMENT)}
    assert holder.active() == PAIR
    assert holder.run_with_pin("certificates").count("key made by holder") == 2
    holder.pay()


def test_the_enrolment_may_be_killed_at_any_moment(holder, full):
    holder.run("enrol", holder.register(), "--own-keys")
    words = holder.make_keys()
    for _ in range(30 if full else 6):
        process = holder.start(*words)
        time.sleep(random.uniform(0, 0.8))
        process.kill()
        process.wait()
        if holder.states().count("active") == 2:
            break
    wait_until(lambda: finished(holder, words), "the enrolment to be taken up again")
    assert holder.active() == PAIR
    holder.pay()


def finished(holder: CardHolder, words: tuple) -> bool:
    """Whether the wallet knows, maybe after another try, that its enrolment is complete."""
    for again in (("certificates", "--pin-file", holder.pin), words):
        try:
            holder.run(*again)
            return True
        except StepFailed:
            pass
    return False


def test_a_renewal_certifies_the_same_keys_anew(holder):
    holder.enrol()
    before = {certificate.serial_number for certificate in holder.stored_certificates()}
    holder.run_with_pin("renew")
    renewed = [one for one in holder.stored_certificates() if one.serial_number not in before]
    assert {spki(one.public_key()) for one in renewed} == {holder.public_key(SIGNING), holder.public_key(AGREEMENT)}
    assert holder.active() == PAIR
    holder.pay()


def test_wrong_codes_and_pins_leave_the_enrolment_open(holder):
    holder.run("enrol", holder.register(), "--own-keys")
    words = list(holder.make_keys())
    for place, secret, refusal in ((2, "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", "wrong_password"), (4, "999999", "wrong_pin")):
        wrong = write_private(holder.folder / refusal, secret + "\n")
        with pytest.raises(StepFailed, match=refusal):
            holder.run(*words[:place], wrong, *words[place + 1:])
    holder.run(*words)
    assert holder.active() == PAIR


@pytest.fixture(name="buyer", scope="module")
def buyer_in_the_session_profile(shop, tmp_path_factory):
    """A holder with data and a way to pay who has bought once; `evidence` is the folder with what the wallet keeps of it."""
    person = CardHolder(shop, tmp_path_factory.mktemp("buyer"), "buyer").enrol()
    shop.card_company.fill_wallet()
    shop.card_company.put_into_wallet(MEANS["card"], recorded=True)
    person.outcome = buy(person, "session", "1")
    person.evidence = person.folder / "evidence"
    if person.outcome == "confirmed":
        person.run("export", "--out", person.evidence)
        (person.evidence / "network-root.pem").write_bytes(shop.root_pem.read_bytes())
    yield person
    person.close()


def buy(holder: CardHolder, profile: str, means: str) -> str:
    """Buys with the mediator between, as the extension of a browser does; how it ended."""
    network = holder.network
    holder.use_reader()
    network.wallet_folder = holder.folder
    network.start_wallet_screen()
    computer = Computer.paired_with(network, holder.folder / "pc")
    network.screen.stop()
    with terminal(network, means) as wallet, Extension(computer) as extension:
        extension.start(tag_of(network.create_checkout(LINES, "KRW", profiles=[profile])), network.merchant_origin)
        ended = extension.wait_for("ended", "error")
        said = wallet.stdout.read()
        assert wallet.wait(30) == 0, said
    assert ended["type"] == "ended", extension.heard
    has_look = "review" in [message["type"] for message in extension.heard]
    assert has_look == (profile == "session"), "the last look belongs to the session profile"
    return ended["outcome"]


def test_the_session_profile_completes_with_the_keys_on_the_card(buyer, tmp_path):
    assert buyer.outcome == "confirmed"
    found = evidence.unwrap(buyer.evidence, tmp_path)
    order = evidence.load(found["order.json"])
    assert order["profile"] == "session"
    signer, _ = evidence.signer_certificates(found["signed-order.p7m"], tmp_path)
    signing_key = x509.load_pem_x509_certificate(signer.read_bytes()).public_key()
    assert spki(signing_key) == buyer.public_key(SIGNING), "the card's key signed it"
    evidence.ocsp_is_good(buyer.evidence, tmp_path, "merchant", found["countersigned-order.p7m"])
    evidence.ocsp_is_good(buyer.evidence, tmp_path, "purchaser", found["signed-order.p7m"])
    buyer.network.verify(buyer.evidence / "confirmation.p7m")


def test_the_split_payment_completes_with_the_keys_on_the_card(buyer):
    assert buy(buyer, "set", "3") == "confirmed"
    found = {file.name: file for file in _exported(buyer).iterdir()}
    assert json.loads(found["order.json"].read_text(encoding="utf-8"))["profile"] == "set"
    buyer.network.verify(found["confirmation.p7m"], "--review", found["review-result.p7m"])


def _exported(buyer):
    out = buyer.folder / "split-evidence"
    buyer.run("export", "--out", out)
    return out


def test_the_wallets_folder_holds_no_private_key_and_no_personal_data(buyer):
    secrets = {"signing key": (buyer.scalar(SIGNING), False), "agreement key": (buyer.scalar(AGREEMENT), False),
               "PIN": (b"314159", True), "name": (NAME.encode(), True), "telephone": (TELEPHONE.encode(), True),
               "name on the card": (HOLDER.encode(), True), "card number": (MEANS["card"].number.encode(), True),
               "account number": (MEANS["account"].number.encode(), True)}
    kept = (buyer.folder / "data", buyer.folder / "card-certificates", buyer.folder / "pc")
    assert places_of(secrets, *kept) == []


def test_personal_data_is_sealed_to_the_cards_key(buyer, tmp_path):
    with sqlite3.connect(f"file:{buyer.folder / 'data/wallet.db'}?mode=ro", uri=True) as store:
        sealed = dict(store.execute("SELECT name, value FROM setting WHERE name LIKE 'card-data %'"))
    assert any(name.endswith("personal") for name in sealed) and len(sealed) >= 3, sealed.keys()
    agreement = next(one for one in buyer.stored_certificates() if spki(one.public_key()) == buyer.public_key(AGREEMENT))
    certificate, stolen, other = (tmp_path / name for name in ("certificate.pem", "stolen.pem", "other.pem"))
    certificate.write_bytes(agreement.public_bytes(serialization.Encoding.PEM))
    stolen.write_bytes(buyer.card.keys[AGREEMENT].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    other.write_bytes(openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout"))
    opened = b""
    for name, value in sealed.items():
        envelope = tmp_path / "envelope"
        envelope.write_bytes(base64.b64decode(value, validate=True))
        decrypt = ("cms", "-decrypt", "-binary", "-inform", "DER", "-in", envelope, "-recip", certificate, "-inkey")
        opened += openssl(*decrypt, stolen)
        with pytest.raises(RuntimeError):
            openssl(*decrypt, other)
    for secret in (NAME, TELEPHONE, MEANS["card"].number):
        assert secret.encode() in opened, secret


def test_the_card_is_asked_for_its_pin(buyer):
    wrong = write_private(buyer.folder / "wrong-pin", "000000\n")
    with pytest.raises(StepFailed, match="wrong_pin"):
        buyer.run("personal", "show", "--pin-file", wrong)
    assert NAME in buyer.run_with_pin("personal", "show")
