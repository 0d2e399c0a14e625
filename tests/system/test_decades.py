# SPDX-License-Identifier: Apache-2.0
"""A receipt is kept good for ten years by time-stamps: the data centre's own, and renewals by an authority that is nothing but
`openssl ts`, with algorithms that the network does not use. `openssl ts` judges each token, too."""
import json
import pathlib
import shutil
import subprocess
import time

import pytest

from demo.processes import wait_until
from notary import Notary, at, covered_by, read_tokens, write_stamps
from openssl_party import openssl
from trade import CMS, Trade

RECEIPT = "application/vnd.countersign.receipt+json"
OTHER = pathlib.Path(__file__).resolve().parents[1] / "vectors/receipts/good.countersign-receipt.json"
NOBODY = "http://127.0.0.1:9/"
VALID, REFUSED, UNUSABLE = 0, 1, 2


def moment(years: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(START + years * 365.25 * 86400))


START = time.time() + 60  # no test is faster than what it did before


class Keeper:
    """Who keeps a receipt: its folder, and what it trusts."""

    def __init__(self, network, folder: pathlib.Path):
        self.network, self.folder = network, folder
        self.program = network.programs["countersign"]
        trade = Trade(network)
        buyer, _ = trade.purchaser("keeper")
        order = trade.countersigned(buyer)

        def receipt():
            answer = trade.connect().ask("POST", "/v1/confirmations", order, CMS, Accept=RECEIPT)
            assert answer.status == 200, answer
            return answer if answer.headers["Content-Type"] == RECEIPT else None
        answer = wait_until(receipt, "the receipt of a confirmation")
        self.receipt = folder / "tea.countersign-receipt.json"
        self.receipt.write_bytes(answer.body)
        self.stamps = folder / "tea.countersign-stamps.json"
        key = json.loads(network.operator("log", "status", "--json"))["key"]
        policy = folder / "policy"
        policy.write_text(f"log {key}\nquorum none\n")
        self.trust = ("--root", network.root_pem, "--policy", policy)

    def does(self, when: float | None, *words, code: int = VALID) -> str:
        """`countersign` so many years from now, or now."""
        command = [self.program, *words]
        done = (subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60)
                if when is None else at(moment(when), *command))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def verifies(self, when: float, stamps, *more, code: int = VALID) -> dict:
        words = ("--stamps", stamps) if stamps else ()
        return json.loads(self.does(when, "verify", self.receipt, *self.trust, *words, *more, "--json", code=code))

    def refuses(self, when: float, stamps, *more) -> dict[str, str]:
        """Path and code of what is wrong."""
        found = self.verifies(when, stamps, *more, code=REFUSED)["findings"]
        return {finding["path"]: finding["code"] for finding in found}


@pytest.fixture(scope="module")
def keeper(shared_network, tmp_path_factory):
    return Keeper(shared_network, tmp_path_factory.mktemp("keeper"))


@pytest.fixture(scope="module")
def notary(tmp_path_factory):
    return Notary(tmp_path_factory.mktemp("notary") / "tsa", moment(0))


@pytest.fixture(scope="module")
def first(keeper) -> pathlib.Path:
    """Stamped by the data centre, now."""
    url = keeper.network.status_url + "/v1/time-stamps"
    text = keeper.does(None, "receipt", "stamp", keeper.receipt, *keeper.trust, "--from", url)
    assert "the stamps show that it was there by" in text
    return pathlib.Path(shutil.copy(keeper.stamps, keeper.folder / "first"))


@pytest.fixture(scope="module")
def renewed(keeper, notary, first) -> pathlib.Path:
    """Renewed in four and in eight years, each time in SHA-512, before the signer of before has ended."""
    assert first.exists()
    with notary.serving() as url:
        for year, days in ((4, 2200), (8, 4000)):
            notary.moment = moment(year - 0.1)
            notary.certify_signer(days)
            notary.moment = moment(year)
            text = keeper.does(year, "receipt", "renew", keeper.receipt, *keeper.trust, "--stamp-root", notary.root,
                               "--from", url, "--hash", "sha-512", "--within-days", "800")
            assert "Not due" not in text and "DOES NOT COUNT" not in text, text
    return keeper.stamps


def test_a_receipt_that_was_renewed_in_time_is_good_ten_years_on(keeper, notary, renewed):
    report = keeper.verifies(10, renewed, "--stamp-root", notary.root)
    assert report["valid"] and report["until"] < report["judgedAt"], "its own certificates have ended"
    stamps = report["stamps"]
    assert [stamp["counts"] for stamp in stamps["stamps"]] == [True] * 3
    assert stamps["shown"] < moment(1).replace(" ", "T") and stamps["until"] > report["judgedAt"]
    assert stamps["stamps"][0]["algorithms"] == ["ecdsa-p256", "sha-256"]
    assert stamps["stamps"][2]["algorithms"] == ["ecdsa-p384", "sha-512"]
    text = keeper.does(10, "verify", keeper.receipt, *keeper.trust, "--stamps", renewed, "--stamp-root", notary.root)
    assert text.startswith("VALID: ") and "renew them before that" in text


def test_openssl_verifies_each_token_over_what_a_second_implementation_writes(keeper, notary, renewed, tmp_path):
    keeper.does(None, "receipt", "unpack-stamps", keeper.receipt, tmp_path, "--stamps", renewed)
    tokens = read_tokens(renewed)
    assert len(tokens) == 3
    for number, (name, token) in enumerate(tokens):
        covered = tmp_path / f"stamp-{number}.covered"
        assert covered.read_bytes() == covered_by(keeper.receipt, name, [before for _, before in tokens[:number]])
        assert (tmp_path / f"stamp-{number}.token").read_bytes() == token
        root = keeper.network.root_pem if number == 0 else notary.root
        when = str(int(START) + number * 4 * 31557600)
        judged = ("ts", "-verify", "-token_in", "-in", tmp_path / f"stamp-{number}.token", "-CAfile", root, "-attime", when)
        assert b"Verification: OK" in openssl(*judged, "-data", covered)
        other = tmp_path / f"stamp-{(number + 1) % 3}.covered"
        with pytest.raises(RuntimeError):
            openssl(*judged, "-data", other)


def test_not_renewed_it_says_what_is_missing(keeper, first):
    assert keeper.verifies(4.5, first)["valid"]
    found = keeper.refuses(10, first)
    assert found["stamps[0]"] == "expired" and found["confirmation"] == "expired"
    assert found["confirmation.countersignedOrder"] == "expired"
    text = keeper.does(10, "verify", keeper.receipt, *keeper.trust, "--stamps", first, code=REFUSED)
    assert "it was not renewed" in text and "no stamp counts" in text


def test_without_stamps_the_end_is_told_in_words(keeper):
    text = keeper.does(10, "verify", keeper.receipt, *keeper.trust)
    assert "that time is over, and no stamp was given" in text


def test_stamps_carry_it_over_the_end_of_its_algorithms(keeper, notary, first, renewed, tmp_path):
    algorithms = tmp_path / "algorithms"
    sunset = moment(6).replace(" ", "T") + "Z"
    algorithms.write_text("# what fell\n" + "".join(f"sunset {name} {sunset}\n" for name in ("sha-256", "ecdsa-p256", "ed25519")))
    asked = ("--algorithms", algorithms)
    others = ("--stamp-root", notary.root)
    assert keeper.verifies(10, renewed, *asked, *others)["valid"]
    assert keeper.verifies(5.9, None, *asked)["valid"]
    assert {"confirmation", "log"} <= set(keeper.refuses(6.1, None, *asked))
    assert keeper.refuses(6.1, first, *asked)["stamps[0]"] == "expired"
    algorithms.write_text(f"sunset sha256 {sunset}\n")
    assert "an algorithm that is not known" in keeper.does(None, "verify", keeper.receipt, *keeper.trust, *asked, code=UNUSABLE)


def test_a_renewal_that_comes_too_late_is_refused_and_found(keeper, notary, first, tmp_path):
    ours = shutil.copy(first, tmp_path / "stamps")
    text = keeper.does(6, "receipt", "renew", keeper.receipt, *keeper.trust, "--stamps", ours, "--from", NOBODY, code=REFUSED)
    assert "Too late" in text
    notary.moment = moment(6)
    notary.certify_signer(2000)
    tokens = read_tokens(first)
    late = notary.token_over(covered_by(keeper.receipt, "sha-512", [tokens[0][1]]), "sha-512")
    gap = write_stamps(tmp_path / "gap", [*tokens, ("sha-512", late)])
    assert keeper.refuses(7, gap, "--stamp-root", notary.root)["stamps[0]"] == "expired"
    text = keeper.does(7, "verify", keeper.receipt, *keeper.trust, "--stamps", gap, "--stamp-root", notary.root, code=REFUSED)
    assert "it was renewed only at" in text


def test_stamps_in_another_order_or_over_something_else_are_refused_by_name(keeper, notary, renewed, tmp_path):
    one, two, three = read_tokens(renewed)
    for name, tokens, wrong in (("swapped", [two, one, three], "stamps[0]"), ("one is gone", [one, three], "stamps[1]"),
                                ("one was changed", [(one[0], two[1]), two, three], "stamps[0]")):
        stamps = write_stamps(tmp_path / "stamps", tokens)
        assert keeper.refuses(10, stamps, "--stamp-root", notary.root)[wrong] == "conflict", name
    other = Keeper.__new__(Keeper)
    other.__dict__.update(keeper.__dict__, receipt=OTHER, trust=("--root", OTHER.with_name("network-root.pem")))
    roots = ("--stamp-root", keeper.network.root_pem, "--stamp-root", notary.root)
    assert other.refuses(10, renewed, *roots)["stamps[0]"] == "conflict", "another checkpoint"


def test_the_token_of_an_authority_that_nobody_trusts_is_refused(keeper, notary, tmp_path):
    stranger = Notary(tmp_path / "stranger", moment(0), "/O=Stranger")
    stranger.certify_signer(2000)
    stranger.moment = moment(0.5)
    token = stranger.token_over(covered_by(keeper.receipt, "sha-256", []), "sha-256")
    stamps = write_stamps(tmp_path / "stamps", [("sha-256", token)])
    assert keeper.refuses(0.6, stamps, "--stamp-root", notary.root) == {"stamps[0]": "certificate_unknown"}
    assert keeper.verifies(2, stamps, "--stamp-root", stranger.root)["valid"]
    with stranger.serving() as url:
        none = ("--stamps", tmp_path / "none", "--from", url)
        assert "certificate_unknown" in keeper.does(0.5, "receipt", "stamp", keeper.receipt, *keeper.trust, *none, code=UNUSABLE)
    assert not (tmp_path / "none").exists()


def test_what_is_not_due_or_there_already_is_left_alone(keeper, first, tmp_path):
    ours = pathlib.Path(shutil.copy(first, tmp_path / "stamps"))
    before = ours.read_bytes()
    nobody = ("--stamps", ours, "--from", NOBODY)
    assert "Not due yet" in keeper.does(1, "receipt", "renew", keeper.receipt, *keeper.trust, *nobody, "--within-days", "30")
    assert "renew it" in keeper.does(None, "receipt", "stamp", keeper.receipt, *keeper.trust, *nobody, code=UNUSABLE)
    assert "unavailable" in keeper.does(1, "receipt", "renew", keeper.receipt, *keeper.trust, *nobody, code=UNUSABLE)
    url = keeper.network.status_url + "/v1/time-stamps"
    longer = ("--stamps", ours, "--from", url, "--hash", "sha-512")
    text = keeper.does(None, "receipt", "renew", keeper.receipt, *keeper.trust, *longer, code=UNUSABLE)
    assert "refused, bit 0" in text, "a data centre stamps SHA-256 alone"
    assert ours.read_bytes() == before
    spoilt = tmp_path / "spoilt.countersign-receipt.json"
    receipt = json.loads(keeper.receipt.read_bytes()) | {"nonce": "A" * 43 + "="}
    spoilt.write_text(json.dumps(receipt))
    assert "NOT VALID" in keeper.does(None, "receipt", "stamp", spoilt, *keeper.trust, "--from", url, code=REFUSED)


def test_a_stamp_over_the_checkpoint_alone_is_the_receipts_too(keeper, first, tmp_path):
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_text(json.loads(keeper.receipt.read_bytes())["proof"].split("\n\n", 1)[1])
    url = keeper.network.status_url + "/v1/time-stamps"
    keeper.does(None, "receipt", "stamp", checkpoint, *keeper.trust, "--from", url)
    stamps = tmp_path / "checkpoint.countersign-stamps.json"
    report = keeper.verifies(4.5, stamps)
    assert report["valid"] and report["stamps"]["stamps"][0]["covers"] == "checkpoint"
    verified = json.loads(keeper.does(4.5, "verify", checkpoint, *keeper.trust, "--stamps", stamps, "--json"))
    assert verified["valid"] and verified["stamps"]["shown"] < moment(0.1).replace(" ", "T")
    assert "NOT VALID" in keeper.does(10, "verify", checkpoint, *keeper.trust, "--stamps", first, code=REFUSED)
    root = keeper.trust[:2]
    for words in (("verify", checkpoint), ("receipt", "stamp", checkpoint, "--from", url, "--stamps", tmp_path / "other")):
        assert "--policy" in keeper.does(None, *words, *root, code=UNUSABLE)


def test_what_is_stamped_after_a_certificate_of_it_has_ended_is_not_written(keeper, notary, tmp_path):
    notary.moment = moment(2)
    notary.certify_signer(2000)
    late = ("--stamps", tmp_path / "late", "--stamp-root", notary.root)
    with notary.serving() as url:
        text = keeper.does(2, "receipt", "stamp", keeper.receipt, *keeper.trust, *late, "--from", url, "--hash", "sha-512", code=REFUSED)
    assert "expired" in text and "Nothing was written" in text
    assert not (tmp_path / "late").exists()


def test_roots_of_stamps_without_stamps_are_refused(keeper, notary):
    assert "--stamps" in keeper.does(None, "verify", keeper.receipt, *keeper.trust, "--stamp-root", notary.root, code=UNUSABLE)


def test_the_paper_says_what_the_stamps_show(keeper, first, tmp_path):
    pdf = tmp_path / "receipt.pdf"
    for stamps, words in (((), "no stamp was given"), (("--stamps", first), "Time-stamps show that it was there by")):
        keeper.does(4.5, "receipt", "print", keeper.receipt, *keeper.trust, *stamps, "--out", pdf)
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True, timeout=60).stdout
        assert words in " ".join(text.split())
    out = ("--out", tmp_path / "none.pdf")
    assert "Nothing was printed" in keeper.does(10, "receipt", "print", keeper.receipt, *keeper.trust, "--stamps", first, *out, code=REFUSED)


def test_where_sha_256_falls_between_checkpoint_and_receipt_the_end_is_that_of_the_way_between_them(keeper, notary, tmp_path):
    texts = [covered_by(keeper.receipt, "sha-512", [])]
    texts[0] = b"".join(line for line in texts[0].splitlines(keepends=True) if not line.startswith(b"receipt"))
    tokens = []
    for year, days in ((0.1, 4000), (0.2, 500)):
        notary.moment = moment(year)
        notary.certify_signer(days)
        tokens.append(notary.token_over(texts[-1], "sha-512"))
        texts.append(covered_by(keeper.receipt, "sha-512", tokens))
    stamps = write_stamps(tmp_path / "stamps", [("sha-512", token) for token in tokens])
    stamps.write_text(stamps.read_text().replace('"receipt"', '"checkpoint"', 1))
    sunset = moment(1).replace(" ", "T") + "Z"
    (tmp_path / "algorithms").write_text(f"sunset sha-256 {sunset}\n")
    found = keeper.verifies(0.5, stamps, "--stamp-root", notary.root, "--algorithms", tmp_path / "algorithms")["stamps"]
    first, second = found["stamps"]
    assert second["until"] < first["until"] and found["shown"] < second["time"]
    assert found["until"] == second["until"], "then nothing leads from the checkpoint to the receipt any more"
