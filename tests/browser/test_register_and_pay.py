# SPDX-License-Identifier: Apache-2.0
"""A purchaser registers and pays through the pages, in a real browser, by keyboard."""
import json
import os
import pathlib
import subprocess

from demo.network import PIN, Network
from demo.story import CURRENCY, LINES

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_a_purchaser_registers_and_pays_through_the_pages(tmp_path):
    with Network(tmp_path / "network") as network:
        network.bring_up()
        network.start_wallet_screen()
        given = {"shop": network.merchant_url, "wallet": network.wallet_url, "mail": network.mail_page,
                 "email": "hong.gildong@mail.example", "pin": PIN,
                 "checkout": network.create_checkout(LINES, CURRENCY)["link"]}
        command = ["node", ROOT / "web/tests/register_and_pay.mjs", json.dumps(given)]
        if pictures := os.environ.get("COUNTERSIGN_SCREENSHOTS"):
            command.append(pictures)
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.rstrip().endswith("done")
        network.verify(network.wallet_evidence()["confirmation.p7m"])
