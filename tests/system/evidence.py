# SPDX-License-Identifier: Apache-2.0
"""Checks the evidence of one transaction with openssl and jq alone; nothing here runs a program of ours."""
import base64
import json
import pathlib
import subprocess

ARC = "2.25.5029185730381929265412404197190874440.1"
# Role policies: src/x509/profile.cpp.
POLICY = {"confirmation": f"{ARC}.2", "merchant": f"{ARC}.4", "purchaser": f"{ARC}.5"}


def cms_verify(message: pathlib.Path, content: pathlib.Path, root: pathlib.Path, policy: str, *more) -> bool:
    """Whether openssl verifies the message under the root in the role, and writes its content to `content`."""
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", message, "-out", content,
         "-CAfile", root, "-policy", policy, "-explicit_policy", "-policy_check", *more],
        capture_output=True, text=True, check=False)
    return done.returncode == 0


def jq(expression: str, file: pathlib.Path) -> str:
    """One raw value of a JSON file."""
    return subprocess.run(["jq", "-er", expression, file], capture_output=True, text=True, check=True).stdout.rstrip("\n")


def unwrap(folder: pathlib.Path, work: pathlib.Path) -> dict[str, pathlib.Path]:
    """Takes confirmation.p7m apart down to the order, verifying each layer in its role; the files by name."""
    root = folder / "network-root.pem"
    found = {name: work / name for name in ("confirmation.json", "countersigned-order.p7m", "signed-order.p7m", "order.json")}
    assert cms_verify(folder / "confirmation.p7m", found["confirmation.json"], root, POLICY["confirmation"])
    found["countersigned-order.p7m"].write_bytes(base64.b64decode(jq(".countersignedOrder", found["confirmation.json"]), validate=True))
    assert cms_verify(found["countersigned-order.p7m"], found["signed-order.p7m"], root, POLICY["merchant"])
    assert cms_verify(found["signed-order.p7m"], found["order.json"], root, POLICY["purchaser"])
    return found


def signer_certificates(message: pathlib.Path, work: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """The certificates that a message carries, as PEM files: the signer's and the CA's."""
    signer, everything = work / f"{message.stem}-signer.pem", work / f"{message.stem}-certificates.pem"
    subprocess.run(["openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", message, "-out", "/dev/null",
                    "-signer", signer, "-certsout", everything], capture_output=True, check=True)
    for block in everything.read_text().split("-----BEGIN CERTIFICATE-----")[1:]:
        file = work / f"{message.stem}-ca.pem"
        file.write_text("-----BEGIN CERTIFICATE-----" + block)
        text = subprocess.run(["openssl", "x509", "-in", file, "-noout", "-text"], capture_output=True, text=True,
                              check=True).stdout
        if "CA:TRUE" in text:
            return signer, file
    raise AssertionError(f"{message} carries the CA above its signer")


def ocsp_is_good(folder: pathlib.Path, work: pathlib.Path, party: str, message: pathlib.Path) -> None:
    """Verifies the OCSP response that the confirmation holds of a party, for the certificate that the party signed with."""
    response = work / f"{party}.ocsp"
    response.write_bytes(base64.b64decode(jq(f".{party}.ocsp", work / "confirmation.json"), validate=True))
    certificate, issuer = signer_certificates(message, work)
    done = subprocess.run(
        ["openssl", "ocsp", "-respin", response, "-sha256", "-issuer", issuer, "-cert", certificate, "-CAfile",
         folder / "network-root.pem", "-verify_other", issuer, "-no_nonce", "-validity_period", "300"],
        capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert "Response verify OK" in output, output
    assert f"{certificate}: good" in output, output


def load(file: pathlib.Path):
    return json.loads(file.read_text(encoding="utf-8"))
