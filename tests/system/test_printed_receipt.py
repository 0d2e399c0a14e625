# SPDX-License-Identifier: Apache-2.0
"""`countersign receipt print`: what a reader of PDF and a reader of QR codes find on the paper, and what is never printed."""
import hashlib
import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev")) / "apps/countersign/countersign"
SAMPLES = ROOT / "tests/vectors/receipts"
GOOD, PENDING = (SAMPLES / f"{name}.countersign-receipt.json" for name in ("good", "pending"))
TRUST = ("--root", SAMPLES / "network-root.pem")
POLICY = ("--policy", SAMPLES / "policy")
PRINTED, REFUSED, UNUSABLE = 0, 1, 2


def run(*command) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def print_receipt(file, out, *more, code: int = PRINTED) -> str:
    """Prints it; answers what the program said."""
    command = [PROGRAM, "receipt", "print", file, *TRUST, "--out", out, *more]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    assert out.exists() == (code == PRINTED)
    return done.stdout + done.stderr


def text_of(pdf) -> str:
    """Its words in the order of reading, however they are broken into lines."""
    return " ".join(run("pdftotext", "-layout", pdf, "-").split())


def qr_code_of(pdf) -> str:
    run("pdftoppm", "-r", "150", "-png", "-f", "1", "-l", "1", "-singlefile", pdf, pdf.with_suffix(""))
    return run("zbarimg", "--quiet", "--raw", pdf.with_suffix(".png")).strip()


@pytest.fixture(scope="module")
def report() -> dict:
    return json.loads(run(PROGRAM, "verify", GOOD, *TRUST, *POLICY, "--json"))


def test_the_paper_says_who_bought_what_from_whom_and_who_vouches_until_when(tmp_path, report):
    pdf = tmp_path / "receipt.pdf"
    print_receipt(GOOD, pdf, *POLICY)
    text = text_of(pdf)
    order, log = report["order"], report["log"]
    verdict = "VALID: the authority confirmed this transaction, and its public log holds it, as 2 witnesses of the policy saw."
    for said in (verdict, order["merchant"], order["purchaser"], order["origin"], order["id"], "Green tea (tea)", "KRW 12,000",
                 "KRW 39,000",
                 report["confirmation"]["id"], report["decidedAt"], log["root"], order["digest"],
                 f"{log['origin']} holds the confirmation as number {log['index']} of {log['size']}",
                 "first saw the log", "second saw the log", hashlib.sha256(GOOD.read_bytes()).hexdigest(),
                 f"All of it is relied on until {report['until']}", "This paper proves nothing"):
        assert said in text, text
    for statement in [*report["signatures"], *report["statuses"]]:
        assert f"Relied on until {statement['until']}" in text
    assert pdf.stat().st_mode & 0o777 == 0o600, "it says who bought what"


def test_korean_text_survives(tmp_path):
    pdf = tmp_path / "receipt.pdf"
    print_receipt(GOOD, pdf, *POLICY)
    assert "찻잔 (cup)" in text_of(pdf)
    fonts = run("pdffonts", pdf).splitlines()[2:]
    assert fonts and all(re.search(r" yes +yes +yes +", font) for font in fonts), "embedded, with what their letters stand for"


def test_the_qr_code_leads_to_the_receipt_and_says_nothing_personal(tmp_path, report):
    pdf = tmp_path / "receipt.pdf"
    print_receipt(GOOD, pdf, *POLICY, "--link", "https://verify.example/receipt")
    address = f"log=seoul-1.example/log&index=300&order={report['order']['digest']}"
    assert qr_code_of(pdf) == f"https://verify.example/receipt#{address}"
    print_receipt(GOOD, pdf, *POLICY)
    assert qr_code_of(pdf) == address, "without a link the address alone"


def test_without_a_policy_the_paper_says_what_nobody_vouches_for(tmp_path):
    pdf = tmp_path / "receipt.pdf"
    print_receipt(PENDING, pdf)
    assert "Nobody says who must have witnessed it, and whether enough have" in text_of(pdf)


def test_what_is_not_valid_is_not_printed(tmp_path):
    out = tmp_path / "receipt.pdf"
    said = print_receipt(PENDING, out, *POLICY, code=REFUSED)
    assert "NOT VALID" in said and "log.witnesses" in said and "Nothing was printed." in said
    receipt = json.loads(GOOD.read_text(encoding="utf-8"))
    spoilt = tmp_path / "spoilt.json"
    spoilt.write_text(json.dumps({**receipt, "nonce": "A" * 43 + "="}), encoding="utf-8")
    assert "log.inclusion" in print_receipt(spoilt, out, *POLICY, code=REFUSED)
    spoilt.write_text("{", encoding="utf-8")
    assert "receipt" in print_receipt(spoilt, out, *POLICY, code=REFUSED)


def test_what_cannot_be_done_is_said(tmp_path):
    out = tmp_path / "receipt.pdf"
    assert "no receipt" in print_receipt(SAMPLES / "confirmation.p7m", out, code=UNUSABLE)
    for link in ("http://verify.example", "https://verify.example/#x", "https://", "javascript:alert(1)"):
        assert "not an https URL" in print_receipt(GOOD, out, *POLICY, "--link", link, code=UNUSABLE)
    assert "malformed" in print_receipt(GOOD, out, "--policy", SAMPLES / "network-root.pem", code=UNUSABLE)
    print_receipt(GOOD, tmp_path / "missing" / "receipt.pdf", *POLICY, code=UNUSABLE)
