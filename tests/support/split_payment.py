# SPDX-License-Identifier: Apache-2.0
"""What a split payment leaves, taken apart with openssl and Python's standard library."""
import json
import pathlib
import re

from openssl_party import openssl, sha256_hex

PAYMENT_DIGEST = "2.25.5029185730381929265412404197190874440.3.1"


def open_instruction(network, envelope: pathlib.Path) -> bytes:
    """The payment instruction's JSON, opened as the card company opens it: with its agreement key."""
    company = network.card_company.folder
    return openssl("cms", "-decrypt", "-inform", "DER", "-in", envelope, "-binary",
                   "-recip", company / "agreement-certificate.pem", "-inkey", company / "data/agreement-key.pem",
                   "-passin", f"file:{company / 'passphrase'}")


def signed_digests(message: pathlib.Path) -> dict[str, str]:
    """The message-digest and the payment digest among the signed attributes of a SignedData, in hexadecimal."""
    lines = openssl("asn1parse", "-inform", "DER", "-in", message).decode().splitlines()
    found = {}
    for number, line in enumerate(lines):
        for name, oid in (("message", "messageDigest"), ("payment", PAYMENT_DIGEST)):
            if re.search(rf"OBJECT\s+:{re.escape(oid)}$", line):
                found[name] = re.search(r"\[HEX DUMP\]:(\w+)$", lines[number + 2]).group(1).lower()
    return found


def verify(network, role: str, message: pathlib.Path, *words) -> None:
    """As a stranger does it who trusts the network's root alone; raises where openssl refuses."""
    openssl("cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-CAfile", network.root_pem, "-explicit_policy",
            "-policy", network.policies[role], "-in", message, *words)


def review_of(network, message: pathlib.Path) -> dict:
    """A review result, verified."""
    content = message.with_suffix(".json")
    verify(network, "card company", message, "-out", content)
    return json.loads(content.read_text(encoding="utf-8"))


def digest_of(file: pathlib.Path) -> str:
    return sha256_hex(file.read_bytes())
