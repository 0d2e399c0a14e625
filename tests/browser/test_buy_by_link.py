# SPDX-License-Identifier: Apache-2.0
"""A purchase from a browser without the extension: the page's `countersign:` link, the desktop, and a number to compare."""
import os

from browser import play_in_browser
from demo.computer import Computer
from demo.network import PIN

# Stands for a terminal window; buy_by_link.mjs looks at it and types into it.
WINDOW = """#!/bin/sh
[ "$1" = -e ] && shift
"$@" <"{home}/keys" >>"{home}/window" 2>&1
echo "window closed with $?" >>"{home}/window"
"""


def test_a_customer_without_the_extension_buys_by_the_link(shopping_network, tmp_path):
    network = shopping_network
    network.start_wallet_screen()
    computer = Computer.paired_with(network, tmp_path / "pc")
    programs = computer.home / "bin"
    programs.mkdir()
    window = programs / "x-terminal-emulator"  # as xdg-open calls it
    window.write_text(WINDOW.format(home=computer.home), encoding="utf-8")
    window.chmod(0o755)
    os.mkfifo(computer.home / "keys")
    play_in_browser("buy_by_link.mjs", {
        "shop": network.merchant_url, "wallet": network.wallet_url, "pin": PIN, "home": str(computer.home),
        "environment": {**computer.environment, "PATH": f"{programs}:{os.environ['PATH']}", "DISPLAY": ":none",
                        "XDG_CURRENT_DESKTOP": "", "BROWSER": "false"}})
    network.verify(network.wallet_evidence()["confirmation.p7m"])
