# SPDX-License-Identifier: Apache-2.0
"""The report of scripts/bench says plainly whether each bound was held, and fails where not."""
import json
import pathlib
import subprocess
import sys

import pytest

from demo.processes import ROOT

BENCH = ROOT / "bench"
STAGE = {"connections": 1, "perSecond": 900.0, "serverMicroseconds": 300.0, "bareMicroseconds": 150.0,
         "p50": 900, "p90": 1200, "p99": 2000}
MEASURED = {"bare": {"verification": 70.0, "signature": 25.0, "perConfirmation": 165.0},
            "confirmations": {"stages": [STAGE, {**STAGE, "connections": 16}], "halfLoad": {**STAGE, "rate": 450.0}},
            "ocsp": {"connections": 16, "perSecond": 4000.0, "serverMicroseconds": 100.0},
            "issues": {"perSecondAlone": 100.0, "perSecondSixteenAtOnce": 400.0}}



def report_of(folder: pathlib.Path, code: int) -> str:
    """What the report says, and prints; it exits with this code."""
    done = subprocess.run([sys.executable, BENCH / "report.py", folder], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert report == done.stdout.removesuffix("\n")
    return report


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
    report = report_of(tmp_path, code)
    assert "| 16 | 900 | 300 | 1.82 | 150 | 2.00 |" in report, report
    for word in words:
        assert word in report, report


TIMES = {"p50": 20.0, "p99": 90.0, "most": 999.0}
RUN = {"perSecond": 100.0, "orders": 4000, "refused": 0, "p50": 5.0, "p99": 20.0, "p99OfRuns": [19.0, 400.0],
       "syncP99OfRuns": [8.0, 390.0], "beside": {"confirmed": 800, "refused": {}}}
NETWORK = {"revocation": {"count": 200, "commandToRefusal": {"p50": 700.0, "p99": 1500.0, "most": 1600.0}, "doneToRefusal": TIMES},
           "availability": {"rate": 100.0, "rounds": 3, "whyNotCut": "", "calm": RUN, "stopped": {**RUN, "p99": 30.0}, "frozen": {**RUN, "perSecond": 67.0}, "cut": RUN}}
COST = {"certificates": 10_000, "storeOctets": 20_000_000, "startUp": [500.0, 900.0, 400.0], "startUpWork": [400.0], "confirmation": [300.0],
        "statusQuestion": [60.0], "bySerial": [100.0], "byName": [100.0]}
LOG = {"orders": 4000, "with": {"1": [440.0], "8": [300.0, 330.0, 900.0]}, "without": {"1": [400.0], "8": [310.0, 300.0, 310.0]},
       "halfLoad": {"connections": 8, "rate": 1000.0, "perSecond": 999.0, "p50": 2000, "p99": 9990}}
DIRECTORY = {"few": COST, "many": {**COST, "certificates": 1_000_000, "startUp": [750.0], "confirmation": [360.0], "byName": [120.0]}}


def changed(measured: dict, path: str, value) -> dict:
    """A copy with another value at a path of names."""
    copied = json.loads(json.dumps(measured))
    *names, last = path.split(".")
    at = copied
    for name in names:
        at = at[name]
    at[last] = value
    return copied


@pytest.mark.parametrize("log, code, words", [
    (LOG, 0, ["| 1 | 400.0 | 440.0 | 1.10 | 1.1: held |", "| 8 | 310.0 | 330.0 | 1.10 | 1.1: held |", "p99 9.99 ms; under 10 ms: **held**"]),
    (changed(LOG, "with.1", [441.0]), 1, ["| 1 | 400.0 | 441.0 | 1.10 | 1.1: NOT held |"]),
    (changed(LOG, "halfLoad.p99", 10_000), 1, ["**NOT held**"]),
    (None, 0, ["The public log was not measured."]),
])
def test_the_report_says_whether_the_public_log_kept_its_bounds(tmp_path, log, code, words):
    if log:
        (tmp_path / "log.json").write_text(json.dumps(log), encoding="utf-8")
    report = report_of(tmp_path, code)
    for word in words:
        assert word in report, report


@pytest.mark.parametrize("network, directory, code, words", [
    (NETWORK, DIRECTORY, 0, ["| its end | 20 | 90 | 999 | 1000: held |", "| stopped | 4000 | 100.0 | 5.0 | 30.0 | 1.50 | 0 | held | 800 confirmed | 19.0 (8.0), 400.0 (390.0) |",
                             "| confirmation, µs | 300.0 | 360.0 | 1.20 | 1.2: held |",
                             "| start-up by the clock, ms | 500.0 | 750.0 | 1.50 | 1.5: held |"]),
    (changed(NETWORK, "revocation.doneToRefusal.most", 1000.0), DIRECTORY, 1, ["| its end | 20 | 90 | 1000 | 1000: NOT held |"]),
    (changed(NETWORK, "revocation.count", 0), DIRECTORY, 1, ["1000: NOT held"]),
    (changed(NETWORK, "availability.frozen.p99", 30.1), DIRECTORY, 1, ["| frozen (SIGSTOP) | 4000 | 67.0 | 5.0 | 30.1 | 1.51 | 0 | NOT held |"]),
    (changed(NETWORK, "availability.cut.perSecond", 66.0), DIRECTORY, 1, ["| behind dropped links | 4000 | 66.0 | 5.0 | 20.0 | 1.00 | 0 | NOT held |"]),
    (changed(NETWORK, "availability.stopped.refused", 1), DIRECTORY, 1, ["| 1 | NOT held |"]),
    (changed(NETWORK, "availability.stopped.orders", 0), DIRECTORY, 1, ["| stopped | 0 | 100.0 | 5.0 | 30.0 | 1.50 | 0 | NOT held |"]),
    (NETWORK, changed(DIRECTORY, "many.byName", [121.0]), 1, ["| 1.21 | 1.2: NOT held |"]),
    (NETWORK, changed(DIRECTORY, "many.startUp", [751.0]), 1, ["| 1.50 | 1.5: NOT held |"]),
    (None, DIRECTORY, 0, ["Data centres with each other were not measured."]),
    (NETWORK, None, 0, ["A large directory was not measured."]),
])
def test_the_report_says_whether_data_centres_and_directory_kept_their_bounds(tmp_path, network, directory, code, words):
    for name, measured in (("network.json", network), ("directory.json", directory)):
        if measured:
            (tmp_path / name).write_text(json.dumps(measured), encoding="utf-8")
    report = report_of(tmp_path, code)
    for word in words:
        assert word in report, report
