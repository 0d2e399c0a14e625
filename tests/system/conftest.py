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
