# SPDX-License-Identifier: Apache-2.0
"""In a full run alone: purchases from a PC in which a message between two of the parties never comes, alone or with all that
follows it, at every message. Whoever waits for it gives up in time and says so, as for any other fault. Takes about half an
hour; test_purchase_faults.py plays a sample."""
import os

import pytest

from purchase_faults import PROFILES, SILENT, WAYS, play_at_all

pytestmark = pytest.mark.skipif(os.environ.get("COUNTERSIGN_FULL") != "1", reason="waits for seconds at every message")


def prepare(purchases):
    purchases.hasten(1)


@pytest.mark.parametrize("fault", SILENT)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("profile", PROFILES)
def test_silence_at_any_message_ends_by_a_time_out_with_a_name(purchases, profile, way, fault):
    play_at_all(purchases, profile, way, fault)
