#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how long the terminal takes to ask, from the click of consent in the extension, through the real programs on
loopback: Chromium, extension, mediator, paired link, wallet, gateway.

usage: consent.py REPORT.json [COUNT]
Exits with 1 when a purchase took as long as the bound (consent_bound.py).
"""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts")]

import consent_bound  # noqa: E402
from demo.computer import Computer  # noqa: E402
from demo.network import Network  # noqa: E402
from demo.story import EMAIL  # noqa: E402


def measure(network: Network, folder: pathlib.Path, count: int) -> dict:
    network.bring_up(network.start_card_company)
    network.wallet_enrol(network.register(EMAIL))
    network.wallet_open(network.wait_mail(EMAIL))
    network.card_company.fill_wallet()
    network.start_wallet_screen()
    computer = Computer.paired_with(network, folder / "pc")
    network.screen.stop()
    report = {}
    for profile in ("session", "plain"):
        network.sell_in(profile)
        network.start_wallet_screen()  # its address opens once
        given = {"shop": network.merchant_url, "wallet": network.wallet_url, "home": str(computer.home), "count": count,
                 "environment": computer.environment}
        played = subprocess.run(["node", str(ROOT / "web/tests/time_consent.mjs"), json.dumps(given)], check=True,
                                capture_output=True, text=True, timeout=60 + 10 * count)
        report[profile] = json.loads(played.stdout.splitlines()[0])
        network.screen.stop()
    return report


def main() -> int:
    out, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder, Network(pathlib.Path(folder) / "network") as network:
        report = measure(network, pathlib.Path(folder), count)
    out.write_text(json.dumps(report) + "\n", encoding="utf-8")
    for profile, times in report.items():
        print(f"{profile}: the question in less than {consent_bound.BOUND} ms: {consent_bound.verdict(times)}")
    return 0 if consent_bound.is_held(report) else 1


if __name__ == "__main__":
    sys.exit(main())
