# SPDX-License-Identifier: Apache-2.0
"""A data centre that shows two histories: an older store goes on beside what was published. Its witness, whoever keeps a copy of
its log, and two purchasers who compare receipts, of trees of different sizes by such a copy, catch it, and each says so in plain
words."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

from demo.processes import wait_until
from test_witnesses import Watched, witness_of

VALID, REFUSED, UNDECIDED = 0, 1, 3


class TwoHistories(Watched):
    """Seoul's store is put back to what it was before an order, and confirms another one in that order's place. It is told not to
    ask its witness, and what it had published is gone with the store: nothing on that machine knows better."""

    def __init__(self, folder: pathlib.Path):
        super().__init__(folder)
        self.folder, self.copy, self.policy = folder, folder / "copy", folder / "policy"

    def fork(self) -> None:
        status = self.trade.status
        self.policy.write_text(f"log {status['key']} {self.log_url}\nquorum none\n", encoding="utf-8")
        self.wait_state(self.confirm(), "witnessed")
        self.seoul.authority.stop()
        older = self.folder / "older"
        shutil.copytree(self.seoul.authority_folder, older)
        self.seoul.start_authority()
        one = self.confirm()
        self.one = self.keep("one", self.wait_state(one, "witnessed")[1])
        self.osaka.authority.stop()  # what comes now the witness does not see
        larger = self.confirm()
        self.larger = self.keep("larger", self.receipt(larger)[1])
        wait_until(lambda: self.metric(self.seoul, "countersign_log_published_size") > larger["index"], "the publication")
        self.mirror(VALID)

        self.seoul.authority.stop()
        shutil.rmtree(self.seoul.authority_folder)
        shutil.copytree(older, self.seoul.authority_folder)
        self.configure('[log]\nstart_without_witnesses = "confirm"\n')
        other = self.confirm()
        assert other["index"] == one["index"], "in the place of the other"
        self.other = self.keep("other", self.receipt(other)[1])

    @property
    def log_url(self) -> str:
        return self.seoul.status_url + "/log"

    def keep(self, name: str, receipt: dict) -> pathlib.Path:
        file = self.folder / f"{name}.countersign-receipt.json"
        file.write_text(json.dumps(receipt, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
        return file

    def countersign(self, *words, code: int) -> str:
        done = subprocess.run([self.seoul.programs["countersign"], *words], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def mirror(self, code: int) -> str:
        return self.countersign("log", "mirror", self.log_url, self.copy, "--policy", self.policy, code=code)


@pytest.fixture(scope="module")
def forked(tmp_path_factory):
    made = TwoHistories(tmp_path_factory.mktemp("forked"))
    with made.seoul:
        made.bring_up()
        made.fork()
        yield made


def test_each_history_is_valid_by_itself_and_two_purchasers_who_compare_find_out(forked):
    trust = ("--root", forked.seoul.root_pem, "--policy", forked.policy)
    for receipt in (forked.one, forked.other):
        assert forked.countersign("verify", receipt, *trust, code=VALID).startswith("VALID")
    said = forked.countersign("compare", forked.one, forked.other, *trust, code=REFUSED)
    assert said.startswith("FORK: ") and forked.trade.status["origin"] in said, said


def test_receipts_of_trees_of_different_sizes_are_compared_by_a_copy_of_the_log(forked):
    trust = ("--root", forked.seoul.root_pem, "--policy", forked.policy)
    for smaller in (forked.one, forked.other):
        assert "trees of different sizes" in forked.countersign("compare", smaller, forked.larger, *trust, code=UNDECIDED)
    copy = (*trust, "--tiles", forked.copy)
    assert forked.countersign("compare", forked.one, forked.larger, *copy, code=VALID).startswith("The log only grew")
    said = forked.countersign("compare", forked.other, forked.larger, *copy, code=REFUSED)
    assert said.startswith("FORK: ") and forked.trade.status["origin"] in said, said


def test_whoever_keeps_a_copy_of_the_log_finds_out(forked):
    before = (forked.copy / "checkpoint").read_bytes()
    said = wait_until(lambda: found if "FORK" in (found := forked.mirror(REFUSED)) else None, "the publication of the second history")
    assert forked.trade.status["origin"] in said
    assert (forked.copy / "checkpoint").read_bytes() == before, "the copy keeps to the first"
    evidence = {file.name for file in forked.copy.glob("evidence/*/*")}
    assert evidence >= {"smaller.checkpoint", "larger.checkpoint", "proof.txt"}


def test_the_witness_finds_out_and_the_log_signs_nothing_more(forked):
    forked.osaka.start_authority()
    forked.restart_with('[log]\nwitnesses_needed = 1\n')
    wait_until(lambda: forked.metric(forked.seoul, "countersign_log_contradicted") == 1, "the witness to show what it saw")
    refused = forked.trade.confirm(forked.trade.connect(), forked.trade.countersigned(forked.buyer))
    assert not forked.may_sign()
    assert refused.status == 503 and "public log" in refused.json()["detail"]
    origin, witness = forked.trade.status["origin"], witness_of(forked.osaka)["key"].partition("+")[0]
    assert re.search(rf"log-contradicted.*{re.escape(origin)}.*shown by {re.escape(witness)}", forked.seoul.operator("audit", "list"))
    wait_until(lambda: forked.metric(forked.osaka, 'countersign_witness_conflicts{kind="fork"}') == 1, "the witness to keep the fork")
    notes = forked.osaka.operator("witness", "evidence")
    assert notes.startswith(f"fork of {origin}, size ") and "what was offered" in notes and "what was cosigned" in notes
    first, second = (line for line in notes.splitlines() if line.startswith(f"— {origin} "))
    assert first != second, "both, under the log's own signature"
