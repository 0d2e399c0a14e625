# SPDX-License-Identifier: Apache-2.0
"""Finds what the tests share."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))


@pytest.fixture(scope="session")
def full() -> bool:
    return os.environ.get("COUNTERSIGN_FULL") == "1"
