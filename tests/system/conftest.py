# SPDX-License-Identifier: Apache-2.0
"""Finds the demo's modules and the built programs; `full` says whether the stated numbers are to be run."""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "tests" / "support"))


def pytest_report_header():
    return f"programs: {os.environ.get('COUNTERSIGN_BUILD', ROOT / 'build/dev')}"


@pytest.fixture(scope="session")
def full() -> bool:
    return os.environ.get("COUNTERSIGN_FULL") == "1"


@pytest.fixture
def network(tmp_path):
    """A data centre and a merchant with its certificate, running on free ports of loopback; ended with the test."""
    from demo.network import Network
    with Network(tmp_path / "network") as running:
        running.bring_up()
        yield running


@pytest.fixture(scope="module")
def purchases(request, tmp_path_factory):
    """Purchases with the real programs; what a module's `prepare` does to them comes before they start."""
    from purchases import Purchases
    running = Purchases(tmp_path_factory.mktemp("purchases") / "network")
    getattr(request.module, "prepare", lambda _: None)(running)
    with running:
        yield running


@pytest.fixture(scope="module")
def shared_network(tmp_path_factory):
    """As `network`, for tests of one module that leave it as they found it."""
    from demo.network import Network
    with Network(tmp_path_factory.mktemp("network")) as running:
        running.bring_up()
        yield running
