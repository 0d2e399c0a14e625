# SPDX-License-Identifier: Apache-2.0
"""The story is played once, unattended; what it leaves is checked by openssl, jq and pkijs, none of which is ours."""
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

import evidence

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def left(tmp_path_factory) -> pathlib.Path:
    """What `scripts/run --once --out DIR` leaves, with the programs that are built already."""
    out = tmp_path_factory.mktemp("evidence")
    done = subprocess.run([sys.executable, "-m", "demo", "--once", "--out", out], cwd=ROOT / "scripts", check=False,
                          capture_output=True, text=True, timeout=300, env=os.environ.copy())
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_leaves_every_file_that_it_promises(left):
    names = {"network-root.pem", "order.json", "signed-order.p7m", "countersigned-order.p7m", "confirmation.p7m",
             "confirmation.json", "transcript.json"}
    assert names <= {file.name for file in left.iterdir()}
    assert list(left.glob("*.eml"))
    transcript = evidence.load(left / "transcript.json")
    assert transcript and all(set(step) == {"step", "at", "ms"} for step in transcript)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", step["at"]) for step in transcript)


def test_openssl_takes_the_confirmation_apart_down_to_the_order(left, tmp_path):
    found = evidence.unwrap(left, tmp_path)
    for name, file in found.items():
        assert file.read_bytes() == (left / name).read_bytes(), name


PLACES = {"confirmation.p7m": "confirmation", "countersigned-order.p7m": "merchant", "signed-order.p7m": "purchaser"}


@pytest.mark.parametrize("message, role", [(message, role) for message, role in itertools.product(PLACES, PLACES.values())
                                           if PLACES[message] != role])
def test_openssl_refuses_a_signature_in_the_place_of_another_role(left, tmp_path, message, role):
    root = left / "network-root.pem"
    assert evidence.cms_verify(left / message, tmp_path / "content", root, evidence.POLICY[PLACES[message]])
    assert not evidence.cms_verify(left / message, tmp_path / "content", root, evidence.POLICY[role])


@pytest.mark.parametrize("message", PLACES)
def test_openssl_refuses_an_altered_message(left, tmp_path, message):
    bytes_ = bytearray((left / message).read_bytes())
    content = bytes_.find(b'"type"') if message != "countersigned-order.p7m" else bytes_.find(b'"total"')
    assert content > 0
    bytes_[content + 3] ^= 1
    altered = tmp_path / message
    altered.write_bytes(bytes_)
    assert not evidence.cms_verify(altered, tmp_path / "content", left / "network-root.pem",
                                   evidence.POLICY[PLACES[message]])


def test_openssl_verifies_the_status_of_both_parties(left, tmp_path):
    found = evidence.unwrap(left, tmp_path)
    evidence.ocsp_is_good(left, tmp_path, "merchant", found["countersigned-order.p7m"])
    evidence.ocsp_is_good(left, tmp_path, "purchaser", found["signed-order.p7m"])


def test_pkijs_agrees(left):
    done = subprocess.run(["node", ROOT / "web/tests/verify_confirmation.mjs", left], capture_output=True, text=True,
                          check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("verified")


def verify_as_the_page(folder) -> subprocess.CompletedProcess:
    """By the modules of the page that verifies receipts."""
    package = ROOT / "web/verify"
    subprocess.run(["npm", "run", "--silent", "compile"], cwd=package, check=True, timeout=120)
    return subprocess.run(["node", package / "build/tests/verify_evidence.js", folder], capture_output=True, text=True, check=False,
                          timeout=60)


def test_the_page_that_verifies_receipts_agrees(left):
    done = verify_as_the_page(left)
    assert done.returncode == 0 and done.stdout == "verified\n", done.stdout + done.stderr


def test_the_page_that_verifies_receipts_refuses_what_was_altered(left, tmp_path):
    (tmp_path / "network-root.pem").write_bytes((left / "network-root.pem").read_bytes())
    altered = bytearray((left / "confirmation.p7m").read_bytes())
    altered[altered.find(b'"total"') + 9] ^= 1
    (tmp_path / "confirmation.p7m").write_bytes(altered)
    done = verify_as_the_page(tmp_path)
    assert done.returncode == 1
    assert "confirmation: signature_invalid" in done.stdout


def test_pkijs_refuses_an_altered_order(left, tmp_path):
    for file in left.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    order = json.loads((left / "order.json").read_text())
    order["total"] += 1
    (tmp_path / "order.json").write_text(json.dumps(order))
    done = subprocess.run(["node", ROOT / "web/tests/verify_confirmation.mjs", tmp_path], capture_output=True, text=True,
                          check=False, timeout=60)
    assert done.returncode == 1
    assert "byte for byte" in done.stderr


def countersign(*words) -> subprocess.CompletedProcess:
    build = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))
    return subprocess.run([build / "apps/countersign/countersign", *words], capture_output=True, text=True, check=False,
                          timeout=30)


def test_countersign_verifies_offline_and_says_who_signed_what(left):
    done = countersign("verify", left / "confirmation.p7m", "--root", left / "network-root.pem")
    assert done.returncode == 0, done.stdout + done.stderr
    order = evidence.load(left / "order.json")
    for said in (order["id"], order["merchant"]["subject"], order["purchaser"]["subject"]):
        assert said in done.stdout
    report = json.loads(countersign("verify", left / "confirmation.p7m", "--root", left / "network-root.pem",
                                    "--json").stdout)
    assert report["valid"] is True


def test_countersign_names_what_is_wrong(left, tmp_path):
    altered = tmp_path / "altered.p7m"
    content = bytearray((left / "confirmation.p7m").read_bytes())
    content[content.find(b'"total"') + 9] ^= 1
    altered.write_bytes(content)
    done = countersign("verify", altered, "--root", left / "network-root.pem")
    assert done.returncode == 1
    assert "signature_invalid" in done.stdout
    truncated = tmp_path / "truncated.p7m"
    truncated.write_bytes(content[:-1])
    assert countersign("verify", truncated, "--root", left / "network-root.pem").returncode == 1


def test_countersign_inspects_without_believing(left):
    done = countersign("inspect", left / "confirmation.p7m")
    assert done.returncode == 0 and done.stdout.startswith("Not verified")
    tree = json.loads(countersign("inspect", left / "confirmation.p7m", "--json").stdout)
    assert tree["kind"] == "signed-data" and tree["signer"]["role"] == "confirmation-signer"
    assert countersign("inspect", left / "transcript.json").returncode in (0, 2)


def test_the_mail_names_merchant_and_root_and_holds_no_key(left):
    from demo.mails import password_of, text_of_mail
    mail = next(left.glob("*.eml"))
    text = text_of_mail(mail)
    order = evidence.load(left / "order.json")
    assert re.search(r"CN=([^,]+)", order["merchant"]["subject"]).group(1) in text
    fingerprint = subprocess.run(["openssl", "x509", "-in", left / "network-root.pem", "-noout", "-fingerprint", "-sha256"],
                                 capture_output=True, text=True, check=True).stdout.split("=")[1].strip()
    assert fingerprint.replace(":", "").lower() in re.sub(r"[\s:]", "", text).lower()
    assert len(password_of(mail).replace("-", "")) >= 26
    assert "PRIVATE KEY" not in text and "token=" not in text
