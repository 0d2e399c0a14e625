# SPDX-License-Identifier: Apache-2.0
"""Every acknowledged confirmation survives `kill -9` of the authority at random instants: exactly once, in order."""
import base64
import concurrent.futures
import hashlib
import json
import random
import subprocess
import threading
import time

from demo.processes import StepFailed
from trade import Trade


def content_of(confirmation: bytes, folder) -> dict:
    """The JSON that a confirmation signs; openssl checks the signature."""
    file = folder / f"{hashlib.sha256(confirmation).hexdigest()[:16]}.p7m"
    file.write_bytes(confirmation)
    return json.loads(subprocess.run(["openssl", "cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", file],
                                     capture_output=True, check=True).stdout)


def ask_until_answered(trade: Trade, countersigned: bytes, deadline: float) -> bytes:
    """Asks again and again, as a gateway does, until the authority has answered with a confirmation."""
    peer = trade.connect()
    while True:
        try:
            answer = trade.confirm(peer, countersigned)
            if answer.status == 200:
                return answer.body
            assert answer.status in (429, 503), answer
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise StepFailed("no confirmation in time")
        time.sleep(random.uniform(0.01, 0.1))


def test_what_was_acknowledged_is_there_exactly_once_after_kills(network, tmp_path, full):
    orders, clients, kills = (200, 32, 12) if full else (40, 8, 3)
    trade = Trade(network)
    purchasers = [trade.purchaser(f"purchaser-{number}")[0] for number in range(4)]
    with concurrent.futures.ThreadPoolExecutor(2) as makers:
        countersigned = list(makers.map(lambda number: trade.countersigned(purchasers[number % 4]), range(orders)))
    work = [order for order in countersigned for _ in range(2)]
    random.shuffle(work)
    acknowledged: dict[bytes, list[bytes]] = {order: [] for order in countersigned}
    done, guard = threading.Event(), threading.Lock()
    deadline = time.monotonic() + 240

    def client(share: list[bytes]) -> None:
        for order in share:
            answer = ask_until_answered(trade, order, deadline)
            with guard:
                acknowledged[order].append(answer)
            if not full:
                time.sleep(0.02)

    def killer() -> None:
        for _ in range(kills):
            if done.wait(random.uniform(0.05, 0.6)):
                break
            network.authority.kill()
            network.start_authority()

    with concurrent.futures.ThreadPoolExecutor(clients + 1) as threads:
        killing = threads.submit(killer)
        asking = [threads.submit(client, work[number::clients]) for number in range(clients)]
        for future in asking:
            future.result()
        done.set()
        killing.result()

    network.authority.kill()
    network.start_authority()
    peer, indices = trade.connect(), {}
    for order, answers in acknowledged.items():
        assert len(answers) == 2 and answers[0] == answers[1], "repeats are the same bytes"
        again = trade.confirm(peer, order)
        assert again.status == 200 and again.body == answers[0], "what was acknowledged is still there"
        confirmation = content_of(answers[0], tmp_path)
        assert base64.b64decode(confirmation["countersignedOrder"]) == order
        indices.setdefault(confirmation["index"], []).append(confirmation["order"]["id"])
    assert sorted(indices) == list(range(orders)), "indices without gap"
    assert all(len(found) == 1 for found in indices.values()), "indices without repetition"
    assert len({found[0] for found in indices.values()}) == orders
    print(f"{orders} orders twice each by {clients} clients, {kills} kills: all there, once")
    network.verify_audit_log()
