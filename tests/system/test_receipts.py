# SPDX-License-Identifier: Apache-2.0
"""`countersign` on receipts, offline: what it takes and refuses, and which exit codes scripts can rely on."""
import base64
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from notary import at

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev")) / "apps/countersign/countersign"
SAMPLES = ROOT / "tests/vectors/receipts"
TRUST = ("--root", SAMPLES / "network-root.pem")
POLICY = ("--policy", SAMPLES / "policy")
VALID, REFUSED, UNUSABLE, UNDECIDED = 0, 1, 2, 3


def sample(name: str) -> pathlib.Path:
    return SAMPLES / f"{name}.countersign-receipt.json"


def countersign(*arguments, code: int = VALID) -> str:
    """What it prints, errors too, when it ends with that code."""
    done = subprocess.run([PROGRAM, *arguments], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def report(*arguments, code: int = VALID) -> dict:
    return json.loads(countersign(*arguments, "--json", code=code))


def test_a_receipt_is_verified_by_a_policy():
    text = countersign("verify", sample("good"), *TRUST, *POLICY)
    assert text.startswith("VALID: ") and "2 witnesses of the policy" in text.splitlines()[0]
    found = report("verify", sample("good"), *TRUST, *POLICY)
    assert found["valid"] and found["kind"] == "receipt" and found["until"] < found["signatures"][0]["until"]
    log = found["log"]
    assert (log["origin"], log["index"], log["size"], log["keyFrom"], log["quorum"]) == (
        "seoul-1.example/log", 300, 420, "policy", True)


def test_without_a_policy_the_map_names_the_log_and_nobody_the_witnesses():
    text = countersign("verify", sample("pending"), *TRUST)
    assert text.startswith("VALID: ") and "no policy was given" in text
    assert report("verify", sample("pending"), *TRUST)["log"]["quorum"] is None


def test_too_few_witnesses_are_named():
    found = report("verify", sample("pending"), *TRUST, *POLICY, code=REFUSED)
    assert [(finding["path"], finding["code"]) for finding in found["findings"]] == [("log.witnesses", "not_found")]


@pytest.mark.parametrize("spoil, path", [
    (lambda receipt: receipt.update(nonce=base64.b64encode(bytes(32)).decode()), "log.inclusion"),
    (lambda receipt: receipt.update(proof=receipt["proof"].replace("index 300", "index 299")), "log.index"),
    (lambda receipt: receipt.update(surprise=1), "receipt"),
    (lambda receipt: receipt["maps"].append("MAA="), "receipt.maps[1]")])
def test_a_bad_receipt_is_refused_by_name(tmp_path, spoil, path):
    receipt = json.loads(sample("good").read_text(encoding="utf-8"))
    spoil(receipt)
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(receipt), encoding="utf-8")
    found = report("verify", file, *TRUST, *POLICY, code=REFUSED)
    assert path in {finding["path"] for finding in found["findings"]}


def test_a_policy_is_for_receipts_alone():
    assert countersign("verify", SAMPLES / "confirmation.p7m", *TRUST).startswith("VALID: ")
    assert "a policy is for receipts" in countersign("verify", SAMPLES / "confirmation.p7m", *TRUST, *POLICY, code=UNUSABLE)
    countersign("verify", sample("good"), *TRUST, "--policy", SAMPLES / "network-root.pem", code=UNUSABLE)


def test_two_receipts_of_one_history_agree_by_the_tiles(tmp_path):
    pair = ("compare", sample("earlier"), sample("good"), *TRUST, *POLICY)
    assert "only the log's tiles show" in countersign(*pair, code=UNDECIDED)
    assert "The log only grew" in countersign(*pair, "--tiles", SAMPLES)
    assert report("compare", sample("good"), sample("pending"), *TRUST)["verdict"] == "same-tree"
    larger = shutil.copytree(SAMPLES / "tile", tmp_path / "tile")
    partial = next(larger.glob("0/001.p/*"))
    wider = partial.with_name("200")
    partial.rename(wider)
    wider.write_bytes(wider.read_bytes().ljust(200 * 32, b"\1"))
    assert "The log only grew" in countersign(*pair, "--tiles", tmp_path), "a copy of a larger tree"
    wider.write_bytes(b"\2" + wider.read_bytes()[1:])
    assert "not those of the larger one" in countersign(*pair, "--tiles", tmp_path, code=UNDECIDED)


def test_a_fork_is_named():
    assert countersign("verify", sample("fork"), *TRUST, *POLICY).startswith("VALID: ")
    text = countersign("compare", sample("good"), sample("fork"), *TRUST, *POLICY, code=REFUSED)
    assert text.startswith("FORK: ") and "two different trees of 420 entries" in text
    countersign("compare", sample("good"), SAMPLES / "confirmation.p7m", *TRUST, code=UNUSABLE)


def test_a_receipt_is_shown():
    text = countersign("inspect", sample("good"))
    assert text.startswith("Not verified") and "kind: receipt" in text and "seoul-1.example/log" in text


def test_the_stamps_of_the_sample_are_those_of_another_program():
    stamped = ("--stamps", SAMPLES / "good.countersign-stamps.json", "--stamp-root", SAMPLES / "notary-root.pem")
    done = at("2036-11-19 00:00:00", PROGRAM, "verify", sample("good"), *TRUST, *POLICY, *stamped, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == VALID and found["stamps"]["shown"] == "2026-11-19T12:00:01Z", done.stdout
    assert found["stamps"]["until"] == "2040-11-18T12:00:00Z"
    assert "stamps[0]" in {finding["path"] for finding in report(
        "verify", sample("pending"), *TRUST, *stamped, code=REFUSED)["findings"]}, "of another receipt"
    assert "no receipt" in countersign("verify", SAMPLES / "confirmation.p7m", *TRUST, *stamped, code=UNUSABLE)
