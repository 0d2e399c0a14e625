# SPDX-License-Identifier: Apache-2.0
"""Finds the demo's modules; `shopping_network` is a network whose purchaser's wallet holds its certificates."""
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "support")]


@pytest.fixture(scope="module")
def shopping_network(tmp_path_factory):
    from demo.network import Network
    from demo.payment import IN_WALLETS
    from demo.story import EMAIL
    with Network(tmp_path_factory.mktemp("network")) as network:
        network.bring_up(network.start_card_company)
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.card_company.fill_wallet(IN_WALLETS)
        yield network
