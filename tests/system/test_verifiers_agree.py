# SPDX-License-Identifier: Apache-2.0
"""Receipts that pkijs made, good ones and with one thing wrong each, judged by `countersign verify` and by the modules of the page
that verifies receipts: they share no code, and say the same."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "web/verify"
COUNTERSIGN = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev")) / "apps/countersign/countersign"
# Where a document that cannot be read lies is said with other words, and without a confirmation the page asks for no log's key.
SAME_PLACE = {"evidence": {"receipt", "confirmation"}}
NO_KEY = "log.key: not_found"
UNREADABLE = {"confirmation: malformed", "confirmation: unsupported"}


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> list[pathlib.Path]:
    folder = tmp_path_factory.mktemp("cases")
    for command in (["npm", "run", "--silent", "compile"], ["node", "build/tests/write_cases.js", folder]):
        done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    return sorted(folder.iterdir())


def judged_by_countersign(case: pathlib.Path) -> tuple[bool, set[str]]:
    command = [COUNTERSIGN, "verify", case / "case.countersign-receipt.json", "--root", case / "root.pem", "--json"]
    if (case / "trust.policy").exists():
        command += ["--policy", case / "trust.policy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    if not done.stdout.startswith("{"):
        assert done.returncode != 0 and "too_large" in done.stdout + done.stderr, done.stdout + done.stderr
        return False, {"evidence: too_large"}
    report = json.loads(done.stdout)
    return report["valid"], {f"{finding['path']}: {finding['code']}" for finding in report["findings"]}


def with_same_places(findings: set[str], others: set[str]) -> set[str]:
    renamed = set()
    for finding in findings:
        place, code = finding.split(": ")
        named = {f"{other}: {code}" for other in SAME_PLACE.get(place, ())} & others
        renamed |= named or {finding}
    return renamed


def test_the_page_and_countersign_say_the_same_of_every_receipt(cases):
    assert len(cases) > 90
    differing = []
    for case in cases:
        page = json.loads((case / "verdict.json").read_text(encoding="utf-8"))
        is_valid, theirs = judged_by_countersign(case)
        ours = set(page["findings"])
        if ours & UNREADABLE:
            theirs -= {NO_KEY}
        if is_valid != (page["verdict"] != "invalid") or with_same_places(theirs, ours) != ours:
            differing.append((page, is_valid, theirs))
    assert not differing
