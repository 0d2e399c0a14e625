#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures three data centres with each other: how soon a revocation in one is refused in another, and what two of them lose
when the third is stopped, frozen or behind a dropped link. As root, unless in a plain chroot, each is in a network namespace
of its own; else all are on loopback, and no link can be dropped.

usage: fleet_bench.py FOLDER-OF-TOOLS REPORT.json [--revocations COUNT] [--seconds EACH] [--rate PER-SECOND]
                      [--rounds COUNT]
"""
import argparse
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts")]

from demo.fleet import CENTRES, Fleet  # noqa: E402
from demo.namespaces import Backbone, why_not  # noqa: E402
from demo.network import Network  # noqa: E402
from demo.processes import StepFailed, wait_until  # noqa: E402

FIRST, SECOND, THIRD = "seoul-1", "osaka-1", "busan-1"  # the third is the one that fails
SHARE_OF_THE_THIRD = 5  # one order in so many is of a purchaser of the third, beside the others


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lie."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else 0.0


class OrderLoad:
    """Orders at a steady rate, by purchasers of one data centre from merchants of another; `words` are more for the tool."""

    def __init__(self, tools: pathlib.Path, home: Network, shop: Network, rate: float, seconds: float, *words: str):
        self.process = subprocess.Popen(
            [str(word) for word in (tools / "order_load", "--home", home.authority_folder, "--shop", shop.authority_folder,
                                    "--address", shop.place.address, "--port", shop.ports["service"], "--rate", rate,
                                    "--seconds", seconds, *words)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def wait_ready(self) -> None:
        if self.process.stdout.readline() != "ready\n":
            raise StepFailed("a load did not come about")

    def begin(self) -> None:
        self.process.stdin.write("begin\n")
        self.process.stdin.flush()

    def result(self) -> dict:
        said, _ = self.process.communicate()
        if self.process.returncode != 0:
            raise StepFailed("a load ended early")
        return json.loads(said)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@dataclasses.dataclass
class Run:
    """What became of orders between the two, and of those with the third's purchasers; milliseconds of a bare sync beside them."""

    between: list[dict]
    beside: list[dict]
    sync_p99: float

    def latencies(self) -> list[float]:
        return [time / 1000 for result in self.between for time in result["latencies"]]


class BareSyncs:
    """What the disk itself takes beside a load: 4 KiB appended and synced at a steady rate, each time from when it was due, like
    the orders. A pause of the disk holds up every data centre on it, and is in these times, too."""

    EVERY = 0.02  # seconds

    def __init__(self, folder: pathlib.Path):
        self.folder, self.is_over, self.times = folder, threading.Event(), []
        self.executor = concurrent.futures.ThreadPoolExecutor(1)

    def __enter__(self):
        self.work = self.executor.submit(self.run)
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.executor.shutdown()

    def end(self) -> float:
        """Ends them; their 99th percentile. Raises what hindered them."""
        self.is_over.set()
        self.work.result()
        return percentile(self.times, 0.99)

    def run(self) -> None:
        due = time.monotonic()
        with tempfile.TemporaryFile(dir=self.folder, buffering=0) as file:
            while not self.is_over.wait(max(0.0, due - time.monotonic())):
                file.write(bytes(4096))
                os.fdatasync(file.fileno())
                self.times.append(1000 * (time.monotonic() - due))
                due += self.EVERY


class Availability:
    """The first and the second trade with each other at a steady rate, and beside with purchasers of the third whom they have
    not met before: they have to ask it."""

    def __init__(self, fleet: Fleet, tools: pathlib.Path, rate: float, seconds: float, rounds: int):
        self.fleet, self.tools, self.rate, self.seconds, self.rounds = fleet, tools, rate, seconds, rounds
        self.first, self.second, self.third = (fleet.centres[name] for name in (FIRST, SECOND, THIRD))

    def measure(self) -> dict:
        ways = {"stopped": self.stopped, "frozen": self.frozen} | ({"cut": self.cut} if self.fleet.backbone else {})
        runs: dict[str, list[Run]] = {"calm": [], **{name: [] for name in ways}}
        for _ in range(self.rounds):
            runs["calm"].append(self.load(contextlib.nullcontext))
            for name, way in ways.items():
                runs[name].append(self.load(way))
                wait_until(self.third_is_back, "the third data centre's purchasers to be served again", 120)
        return {"rate": 2 * self.rate, "rounds": self.rounds, "whyNotCut": why_not(), **{name: summary(each) for name, each in runs.items()}}

    def load(self, way) -> Run:
        """The results between the two, those beside, and bare syncs; `way` is what becomes of the third from the first order on."""
        pairs = [(self.second, self.first), (self.first, self.second), (self.third, self.first), (self.third, self.second)]
        with contextlib.ExitStack() as stack:
            loads = []
            for home, shop in pairs:
                if home is self.third:
                    loads.append(OrderLoad(self.tools, home, shop, self.rate / SHARE_OF_THE_THIRD, self.seconds, "--strangers"))
                else:
                    loads.append(OrderLoad(self.tools, home, shop, self.rate, self.seconds))
                stack.callback(loads[-1].kill)
            for load in loads:
                load.wait_ready()
            stack.enter_context(way())
            syncs = stack.enter_context(BareSyncs(self.first.authority_folder))
            for load in loads:
                load.begin()
            results = [load.result() for load in loads]
            return Run(results[:2], results[2:], syncs.end())

    def third_is_back(self) -> bool:
        for shop in (self.first, self.second):
            load = OrderLoad(self.tools, self.third, shop, 20, 1, "--strangers")
            try:
                load.wait_ready()
                load.begin()
                if load.result()["refused"]:
                    return False
            finally:
                load.kill()
        return True

    @contextlib.contextmanager
    def stopped(self):
        self.third.authority.stop()
        try:
            yield
        finally:
            self.third.start_authority()

    @contextlib.contextmanager
    def frozen(self):
        process = self.third.authority.process.pid
        os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process, signal.SIGCONT)

    def cut(self):
        others = (FIRST, SECOND)
        return self.fleet.backbone.cut(*((THIRD, other) for other in others), *((other, THIRD) for other in others))


def summary(runs: list[Run]) -> dict:
    """Rate and times of the orders between the two over all runs, and what became of those beside. The 99th percentile is the
    median of those of the runs: a moment in which the machine stands still spoils one of them."""
    tails = [percentile(run.latencies(), 0.99) for run in runs]
    between = [result for run in runs for result in run.between]
    latencies = [each for run in runs for each in run.latencies()]
    refused: dict[str, int] = {}
    for result in (result for run in runs for result in run.beside):
        for reason, number in result["refused"].items():
            refused[reason] = refused.get(reason, 0) + number
    return {"perSecond": sum(result["perSecond"] for result in between) / len(runs), "orders": len(latencies),
            "refused": sum(number for result in between for number in result["refused"].values()),
            "p50": percentile(latencies, 0.5), "p99": statistics.median(tails), "p99OfRuns": tails,
            "syncP99OfRuns": [run.sync_p99 for run in runs],
            "beside": {"confirmed": sum(len(result["latencies"]) for run in runs for result in run.beside), "refused": refused}}


def measure_revocations(fleet: Fleet, tools: pathlib.Path, count: int) -> dict:
    home, shop = fleet.centres[FIRST], fleet.centres[SECOND]
    words = (tools / "revocation_bench", "--authority", home.programs["countersign-authority"], "--home", home.authority_folder,
             "--shop", shop.authority_folder, "--address", shop.place.address, "--port", shop.ports["service"], "--count", count)
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise StepFailed(done.stderr[-2000:])
    times = json.loads(done.stdout)["revocations"]
    return {"count": len(times), **{name: {"p50": percentile(of, 0.5), "p99": percentile(of, 0.99), "most": max(of)}
                                   for name in times[0] for of in [[each[name] for each in times]]}}


def main() -> int:
    parser = argparse.ArgumentParser(prog="fleet_bench.py", description="Measures three data centres with each other.")
    parser.add_argument("tools", type=pathlib.Path)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--revocations", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=50, help="orders in a second, in each direction")
    parser.add_argument("--rounds", type=int, default=3, help="how often undisturbed and each disturbance take turns")
    given = parser.parse_args()
    backbone = None if why_not() else Backbone(tuple(CENTRES))
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder, Fleet(pathlib.Path(folder) / "network", backbone) as fleet:
        report = {"revocation": measure_revocations(fleet, given.tools, given.revocations),
                  "availability": Availability(fleet, given.tools, given.rate, given.seconds, given.rounds).measure()}
    given.report.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
