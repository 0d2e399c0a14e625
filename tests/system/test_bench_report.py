# SPDX-License-Identifier: Apache-2.0
"""The report of scripts/bench says plainly whether the bound on the terminal's question was held, and fails where not."""
import json
import pathlib
import subprocess
import sys

import pytest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
STAGE = {"connections": 1, "perSecond": 900.0, "serverMicroseconds": 300.0, "bareMicroseconds": 150.0,
         "p50": 900, "p90": 1200, "p99": 2000}
MEASURED = {"bare": {"verification": 70.0, "signature": 25.0, "perConfirmation": 165.0},
            "confirmations": {"stages": [STAGE, {**STAGE, "connections": 16}], "halfLoad": {**STAGE, "rate": 450.0}},
            "ocsp": {"connections": 16, "perSecond": 4000.0, "serverMicroseconds": 100.0},
            "issues": {"perSecondAlone": 100.0, "perSecondSixteenAtOnce": 400.0}}


@pytest.mark.parametrize("times, words, code", [
    ({"session": [120, 299], "plain": [90]}, ["**held**", "| plain | 1 | 90 | 90 | 90 | held |"], 0),
    ({"session": [120, 300], "plain": [90]}, ["**NOT held**", "| session | 2 | 300 | 300 | 300 | NOT held: 1 of 2 |"], 1),
    ({"session": [120], "plain": []}, ["**NOT held**", "| plain | 0 | – | – | – | NOT held: nothing was measured |"], 1),
    ({}, ["**NOT held**"], 1),
    (None, ["was not measured"], 0),
])
def test_the_report_says_whether_the_terminal_asked_in_time(tmp_path, times, words, code):
    (tmp_path / "confirmation.json").write_text(json.dumps(MEASURED), encoding="utf-8")
    if times is not None:
        (tmp_path / "consent.json").write_text(json.dumps(times), encoding="utf-8")
    done = subprocess.run([sys.executable, BENCH / "report.py", tmp_path / "confirmation.json", tmp_path], capture_output=True,
                          text=True, check=False)
    assert done.returncode == code, done.stderr
    report = (tmp_path / "confirmation.md").read_text(encoding="utf-8")
    assert report == done.stdout.removesuffix("\n")
    assert "| 16 | 900 | 300 | 1.82 | 150 | 2.00 |" in report, report
    for word in words:
        assert word in report, report
