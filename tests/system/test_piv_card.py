# SPDX-License-Identifier: Apache-2.0
"""A PIV card in a virtual PC/SC reader, behind OpenSC, with the real programs: its keys are made on it and enrolled there,
its agreement key cannot sign, it takes no objects; and a purchase in the `session` profile is made with it."""
import base64
import os
import pathlib
import random
import re
import sqlite3
import subprocess
import tempfile
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

import evidence
from demo.computer import Computer
from demo.network import write_private
from demo.payment import HOLDER, MEANS
from demo.processes import ROOT, StepFailed, wait_until
from extension import Extension, tag_of
from openssl_party import openssl, sha256_hex
from pc_side import terminal
from test_secrets import places_of
from test_wallet_faults import LINES, Holder
from virtual_reader import VirtualReader

MODULE = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"
SIGNING, AGREEMENT = 0x9A, 0x9D
PAIR = ["purchaser", "purchaser-agreement"]
NAME, TELEPHONE = "홍길동", "+82 10 1234 5678"
WALLET_TOML = """
[wallet]
folder = "data"
web = "{web}"
[card]
module = "{module}"
certificates_folder = "card-certificates"
[screen]
port = {screen}
[link]
name = "Terminal with a card"
address = "127.0.0.1"
port = {link}
discovery_port = 0
discovery_group = ""
"""


class CardHolder(Holder):
    """A person whose wallet uses a PIV card in a reader of its own."""

    def __init__(self, network, folder: pathlib.Path, name: str):
        super().__init__(network, folder, name)
        write_private(self.pin, "314159\n")
        self.place = tempfile.TemporaryDirectory(prefix="piv-")  # names of sockets are short
        self.reader = VirtualReader(self.place.name, b"314159")
        self.reader.start()
        self.card = self.reader.card
        write_private(self.folder / "wallet.toml", WALLET_TOML.format(
            web=ROOT / "web/wallet", module=MODULE, screen=network.ports["screen"], link=network.ports["link"]))
        wait_until(self.has_card, "the card in the reader")

    def run(self, *words) -> str:
        self.use_reader()
        return super().run(*words)

    def start(self, *words) -> subprocess.Popen:
        self.use_reader()
        return super().start(*words)

    def use_reader(self) -> None:
        """What is started from now on finds this person's reader."""
        os.environ["PCSCLITE_CSOCK_NAME"] = str(self.reader.socket)

    def has_card(self) -> bool:
        """The reader notices a card some time after it was put in."""
        try:
            self.run("init", "--pin-file", self.pin)
            return True
        except StepFailed:
            return False

    def make_keys(self) -> tuple:
        """The words that enrol the card's keys, once the mail has come."""
        root = sha256_hex(openssl("x509", "-in", self.network.root_pem, "-outform", "DER"))
        return ("make-keys", "--password-file", self.mailed(), "--pin-file", self.pin, "--yes", "--root", root)

    def enrol(self) -> "CardHolder":
        self.run("enrol", self.register(), "--own-keys")
        self.run(*self.make_keys())
        return self

    def active(self) -> list[str]:
        """Roles of the active certificates, as the wallet lists them; the pair that was never fetched is revoked."""
        return [role for role, state in self.certificates() if state == "active"]

    def stored_certificates(self) -> list[x509.Certificate]:
        return [x509.load_der_x509_certificate(file.read_bytes()) for file in (self.folder / "card-certificates").iterdir()]

    def public_key(self, slot: int) -> bytes:
        return spki(self.card.keys[slot].public_key())

    def scalar(self, slot: int) -> bytes:
        return self.card.keys[slot].private_numbers().private_value.to_bytes(32, "big")

    def close(self) -> None:
        self.reader.stop()
        self.place.cleanup()
        os.environ.pop("PCSCLITE_CSOCK_NAME", None)


def spki(key) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(name="shop", scope="module")
def network_with_a_card_company(tmp_path_factory):
    from demo.network import Network
    with Network(tmp_path_factory.mktemp("network")) as network:
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
    person.outcome = buy(person)
    person.evidence = person.folder / "evidence"
    if person.outcome == "confirmed":
        person.run("export", "--out", person.evidence)
        (person.evidence / "network-root.pem").write_bytes(shop.root_pem.read_bytes())
    yield person
    person.close()


def buy(holder: CardHolder) -> str:
    """Buys with the mediator between, as the extension of a browser does; how it ended."""
    network = holder.network
    holder.use_reader()
    network.wallet_folder = holder.folder
    network.start_wallet_screen()
    computer = Computer.paired_with(network, holder.folder / "pc")
    network.screen.stop()
    with terminal(network) as wallet, Extension(computer) as extension:
        extension.start(tag_of(network.create_checkout(LINES, "KRW")), network.merchant_origin)
        ended = extension.wait_for("ended", "error")
        said = wallet.stdout.read()
        assert wallet.wait(30) == 0, said
    assert ended["type"] == "ended", extension.heard
    assert "review" in [message["type"] for message in extension.heard], "the last look belongs to the session profile"
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
