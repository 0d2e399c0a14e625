# SPDX-License-Identifier: Apache-2.0
"""People with a wallet of their own in a shared network: with a software token, or with a PIV card in a virtual reader."""
import json
import os
import pathlib
import re
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from demo.mails import password_of
from demo.network import write_private
from demo.processes import ROOT, StepFailed, wait_until
from openssl_party import openssl, sha256_hex
from virtual_reader import VirtualReader

LINES = [{"sku": "TEA", "description": "Tea", "quantity": 1, "unitPrice": 100}]
MODULE = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"
SIGNING, AGREEMENT = 0x9A, 0x9D
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


class Holder:
    """A person with a wallet of their own in a shared network."""

    def __init__(self, network, folder, name: str):
        self.network, self.folder, self.address = network, folder / name, f"{name}@mail.example"
        self.folder.mkdir()
        self.pin = self.folder / "pin"

    def run(self, *words) -> str:
        self.network.wallet_folder = self.folder
        return self.network.wallet(*words)

    def start(self, *words) -> subprocess.Popen:
        """Runs a subcommand in the background, for a test that ends it."""
        command = [self.network.programs["countersign-wallet"], "--config", self.folder / "wallet.toml", *words]
        return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def run_with_pin(self, *words, pin: str = "") -> str:
        given = write_private(self.folder / "given-pin", pin + "\n") if pin else self.pin
        return self.run(*words, "--pin-file", given)

    def register(self) -> str:
        return self.network.register(self.address)

    def mailed(self):
        return write_private(self.folder / "password", password_of(self.network.wait_mail(self.address)) + "\n")

    def opening(self, *more) -> tuple:
        return ("open", "--password-file", self.mailed(), "--pin-file", self.pin, "--yes", *more)

    def enrol(self) -> "Holder":
        self.run("enrol", self.register())
        self.run(*self.opening())
        return self

    def pay(self, *more) -> None:
        link = self.network.create_checkout(LINES, "KRW", profiles=["direct"])["link"]
        self.run("pay", link, "--pin-file", self.pin, "--yes", *more)

    def certificates(self) -> list[tuple[str, str]]:
        """Role and state of each, as the wallet lists them."""
        listed = self.run_with_pin("certificates")
        return sorted((role, state) for role, state in
                      re.findall(r"^[0-9a-f]{8,40}\s+(\S+)\s+(active|on_hold|revoked)\s", listed, re.MULTILINE))

    def states(self) -> list[str]:
        """What the operator's directory says of the address."""
        lines = self.network.operator("certificates", "search", "--email", self.address).splitlines()
        return sorted(json.loads(line)["state"] for line in lines if line.startswith("{"))


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
