# SPDX-License-Identifier: Apache-2.0
"""What scripts/bench measures of data centres with each other and of a large directory, at a tiny scale: no times are judged."""
import json
import os
import pathlib
import subprocess
import sys

from demo.namespaces import why_not
from demo.processes import ROOT

BENCH = ROOT / "bench"
BUILD = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))


def test_three_data_centres_are_measured_with_each_other(tmp_path):
    subprocess.run([sys.executable, BENCH / "fleet_bench.py", BUILD / "bench", tmp_path / "network.json", "--revocations", "2",
                    "--seconds", "1", "--rate", "20", "--rounds", "1"], check=True, timeout=300)
    measured = json.loads((tmp_path / "network.json").read_text(encoding="utf-8"))
    assert measured["revocation"]["count"] == 2
    ways = measured["availability"]
    assert (ways.pop("rate"), ways.pop("rounds"), ways.pop("whyNotCut")) == (40, 1, why_not())
    assert set(ways) == {"calm", "stopped", "frozen"} | (set() if why_not() else {"cut"})
    for name, run in ways.items():
        assert run["orders"] > 0 and run["refused"] == 0, name
        assert bool(run["beside"]["refused"]) == (name != "calm"), "the third is there, or it is away"


def test_a_larger_directory_is_measured_against_a_small_one(tmp_path):
    program = BUILD / "apps/authority/countersign-authority"
    said = subprocess.run([BUILD / "bench/directory_bench", "--authority", program, "--folder", tmp_path, "--few", "40", "--many", "400",
                           "--holders", "20", "--rounds", "2"], check=True, timeout=300, stdout=subprocess.PIPE).stdout
    measured = json.loads(said)
    for name, certificates in (("few", 40), ("many", 400)):
        found = subprocess.run([program, "--config", tmp_path / name / "authority.toml", "certificates", "search", "--role", "purchaser", "--limit", "500"],
                               check=True, stdout=subprocess.PIPE, text=True).stdout
        assert found.count("filled-") == certificates == measured[name]["certificates"], "issued, and in the directory"
        for cost in ("startUp", "startUpWork", "confirmation", "statusQuestion", "bySerial", "byName"):
            assert len(measured[name][cost]) == 2 and min(measured[name][cost]) > 0, cost


def test_a_public_log_is_measured_against_none(tmp_path):
    program = BUILD / "apps/authority/countersign-authority"
    said = subprocess.run([BUILD / "bench/log_bench", "--authority", program, "--folder", tmp_path, "--orders", "40", "--rounds", "2",
                           "--connections", "1", "4"], check=True, timeout=300, stdout=subprocess.PIPE).stdout
    measured = json.loads(said)
    for name in ("with", "without"):
        assert {connections: len(times) for connections, times in measured[name].items()} == {"1": 2, "4": 2}, name
        assert min(time for times in measured[name].values() for time in times) > 0, name
    assert measured["halfLoad"]["p99"] > 0
    logged, unlogged = (subprocess.run([program, "--config", tmp_path / name / "authority.toml", "log", "status", "--json"],
                                       check=False, capture_output=True, text=True) for name in ("with", "without"))
    assert json.loads(logged.stdout)["size"] == 128 + 1 + 2 * 2 * 40 + 2 * 40
    assert json.loads(unlogged.stdout) is None, "a log without a key"
