# SPDX-License-Identifier: Apache-2.0
"""Orders by the thousand, each signed by a purchaser and a merchant, confirmed by a running authority (bench/order_load.cpp)."""
import json
import os
import pathlib
import subprocess

from demo.network import Network
from demo.processes import ROOT

BUILD = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))


def confirm_many(network: Network, orders: int, rate: int = 2000) -> int:
    """Has so many orders confirmed, none refused, of sixteen purchasers from two merchants, all new each time; how many were."""
    assert orders % 4 == 0, "as many on each connection"
    load = subprocess.run([str(word) for word in (
        BUILD / "bench/order_load", "--home", network.authority_folder, "--shop", network.authority_folder,
        "--address", network.place.address, "--port", network.ports["service"], "--rate", rate, "--seconds", orders / rate,
        "--strangers")], input="begin\n", stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    result = json.loads(load.stdout.removeprefix("ready\n"))
    assert not result["refused"], result["refused"]
    return len(result["latencies"])
