# SPDX-License-Identifier: Apache-2.0
"""Mail and key file travel apart, lie sealed under different keys, and are forgotten when the enrolment is complete."""
import base64
import pathlib
import re

from demo.mails import password_of
from openssl_party import Enrolment, openssl
from trade import Trade


def spellings(secret: bytes, text: bool) -> dict[str, bytes]:
    """How a secret could lie in a file."""
    forms = {"raw": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    for shift in range(3):  # base64 of a longer text that holds the secret at any offset
        inner = base64.b64encode(b"\0" * shift + secret)[(shift * 8 + 5) // 6:]
        forms[f"base64+{shift}"] = inner.rstrip(b"=")[:-1]
        forms[f"base64url+{shift}"] = forms[f"base64+{shift}"].translate(bytes.maketrans(b"+/", b"-_"))
    if text:
        forms["utf-16-le"] = secret.decode().encode("utf-16-le")
        forms["utf-16-be"] = secret.decode().encode("utf-16-be")
        bare = secret.decode().replace("-", "")
        forms["without dashes"] = bare.encode()
        forms["without dashes, utf-16"] = bare.encode("utf-16-le")
    return forms


def files_below(*folders: pathlib.Path):
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and not file.is_symlink():
                yield file


def places_of(secrets: dict[str, tuple[bytes, bool]], *folders: pathlib.Path) -> list[str]:
    """Files that hold one of the secrets, in whichever spelling."""
    found = []
    for file in files_below(*folders):
        content = file.read_bytes()
        for name, (secret, text) in secrets.items():
            found += [f"{file}: {name} as {form}" for form, spelling in spellings(secret, text).items()
                      if spelling in content]
    return found


def private_scalar(key_pem: pathlib.Path) -> bytes:
    """The private key itself, 32 bytes: whatever encoding a key is stored in, they are in it."""
    text = openssl("pkey", "-in", key_pem, "-noout", "-text").decode()
    digits = re.search(r"priv:\n((?:\s+[0-9a-f:]+\n)+)", text).group(1)
    return bytes.fromhex(re.sub(r"[\s:]", "", digits)).rjust(32, b"\0")[-32:]


def test_neither_key_nor_password_is_left_anywhere_after_completion(network):
    trade, address = Trade(network), "forgotten@mail.example"
    enrolment = Enrolment(network.register(address), trade.folder / "forgotten")
    password = password_of(network.wait_mail(address))
    ours = (network.authority_folder, network.merchant_folder)
    assert not places_of({"password": (password.encode(), True)}, *ours), "sealed while it waits"
    sealing_keys = [file for file in files_below(network.authority_secrets)]

    consent, file = enrolment.fetch_consent(), enrolment.fetch_key_file()
    assert consent.status == 200 and file.status == 200
    assert enrolment.fetch_key_file().status == 410
    assert password.encode() not in file.body and password.replace("-", "").encode() not in file.body
    mail = network.wait_mail(address).read_bytes()
    assert file.body[40:72] not in mail and base64.b64encode(file.body)[40:90] not in mail.replace(b"\n", b"")
    enrolment.open_key_file(file.body, password)
    assert enrolment.complete(enrolment.acceptance(consent.body)).status == 200

    secrets = {"password": (password.encode(), True),
               "token": (enrolment.parts["token"].encode(), True),
               "signing key": (private_scalar(enrolment.files["signing-key"]), False),
               "agreement key": (private_scalar(enrolment.files["agreement-key"]), False),
               "key file": (file.body[60:124], False)}
    network.backup(network.folder / "backup-after")
    assert places_of(secrets, *ours, network.folder / "backup-after") == []
    network.authority.kill()
    assert places_of(secrets, *ours) == [], "nor after a crash"
    left = [file for file in sealing_keys if file.exists() and file.parent.name in ("key-files", "mail")]
    assert left == [], "the keys that sealed them are destroyed"


def test_the_search_finds_what_is_there(tmp_path):
    """The test above can fail: each spelling is found where it was put."""
    secret = b"K7QX-93MA-PLUM-0042"
    for form, spelling in spellings(secret, text=True).items():
        (tmp_path / "file").write_bytes(b"some text " + spelling + b" more")
        assert places_of({"it": (secret, True)}, tmp_path), form
    (tmp_path / "file").write_bytes(base64.b64encode(b"xy" + secret + b"zz"))
    assert places_of({"it": (secret, True)}, tmp_path)


def test_key_and_password_are_sealed_under_different_keys_outside_the_database(network):
    network.register("sealed@mail.example")
    network.mail.stop()
    network.register("waiting@mail.example")
    keys = [file for file in files_below(network.authority_secrets) if file.stat().st_size >= 16]
    assert {"key-files", "mail"} <= {key.parent.name for key in keys}, "file and password have folders of their own"
    database = network.authority_database.read_bytes()
    for key in keys:
        assert key.read_bytes() not in database, key
