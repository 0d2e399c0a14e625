# SPDX-License-Identifier: Apache-2.0
"""Bounds that a measure of the network must keep, and tables that say whether it did."""
import statistics

REVOCATION = 1000  # milliseconds from the end of the operator's command to the first refusal elsewhere, each single time
UNDISTURBED = 1.5  # times: rate and 99th percentile of two data centres while the third is away
LARGE = {"confirmation": 1.2, "statusQuestion": 1.2, "bySerial": 1.2, "byName": 1.2, "startUp": 1.5}  # times the small directory's
LOGGED = 1.1  # times: processor time of a confirmation in a data centre without a public log
HALF_LOAD = 10  # milliseconds: 99th percentile with the log, at half the rate that it can
WAYS = {"stopped": "stopped", "frozen": "frozen (SIGSTOP)", "cut": "behind dropped links"}
COSTS = {"confirmation": "confirmation, µs", "statusQuestion": "question about a status over HTTP, µs",
         "bySerial": "the directory alone, by serial, µs", "byName": "the directory alone, by name, µs",
         "startUp": "start-up by the clock, ms", "startUpWork": "start-up, processor time, ms"}


class Table:
    """Lines of Markdown, and whether every bound in them was held."""

    def __init__(self, *lines: str):
        self.lines, self.is_held = list(lines), True

    def verdict(self, is_held: bool) -> str:
        self.is_held = self.is_held and is_held
        return "held" if is_held else "NOT held"

    def text(self) -> str:
        return "\n".join([*self.lines, ""])


def revocation_table(measured: dict) -> Table:
    table = Table("", f"From a revocation in one data centre to its refusal in another, connected, {measured['count']} of them, while the",
                  "holder buys there all the time. The operator's command opens the data centre's keys first; 0 says that it was refused",
                  "there before the command had ended here.", "",
                  "| from | to the first refusal: p50, ms | p99, ms | most, ms | bound, ms |", "|---|---:|---:|---:|---|")
    for name, words, bound in (("commandToRefusal", "the start of the operator's command", 0),
                               ("doneToRefusal", "its end", REVOCATION)):
        times = measured[name]
        # A measure of nothing holds nothing.
        said = f"{bound}: {table.verdict(measured['count'] > 0 and times['most'] < bound)}" if bound else "–"
        table.lines.append(f"| {words} | {times['p50']:.0f} | {times['p99']:.0f} | {times['most']:.0f} | {said} |")
    return table


def availability_table(measured: dict) -> Table:
    calm = measured["calm"]
    table = Table("", f"Two data centres confirm orders of each other's purchasers, {measured['rate']:.0f} in a second; one order in six is of the",
                  f"third's besides. Undisturbed and each disturbance by turns, {measured['rounds']} times; p99 is the median of the runs'. Bound: rate",
                  f"and p99 within {UNDISTURBED} times the undisturbed ones, and none refused. In the last column, in brackets: the p99 of a bare",
                  "sync of 4 KiB to the same disk at the same time. Each order waits for a sync of its own, so a pause of the disk is in both.", "",
                  "| the third data centre is | orders | rate, 1/s | p50, ms | p99, ms | p99 over undisturbed | refused | bound "
                  "| of the third's purchasers | p99 of each run, ms |",
                  "|---|---:|---:|---:|---:|---:|---:|---|---|---|")

    def row(words: str, run: dict, said: str) -> str:
        beside = ", ".join([f"{run['beside']['confirmed']} confirmed", *(f"{number} {reason}" for reason, number in run["beside"]["refused"].items())])
        times = run["p99"] / calm["p99"] if calm["p99"] else 0.0
        runs = ", ".join(f"{order:.1f} ({sync:.1f})" for order, sync in zip(run["p99OfRuns"], run["syncP99OfRuns"], strict=True))
        return (f"| {words} | {run['orders']} | {run['perSecond']:.1f} | {run['p50']:.1f} | {run['p99']:.1f} | {times:.2f} | {run['refused']} "
                f"| {said} | {beside} | {runs} |")

    table.lines.append(row("there", calm, table.verdict(calm["orders"] > 0 and calm["refused"] == 0)))
    for name, words in WAYS.items():
        if name in measured:
            run = measured[name]
            is_held = (run["orders"] > 0 and run["refused"] == 0 and run["perSecond"] * UNDISTURBED >= calm["perSecond"]
                       and run["p99"] <= calm["p99"] * UNDISTURBED)
            table.lines.append(row(words, run, table.verdict(is_held)))
        else:
            table.lines.append(f"| {words} | – | – | – | – | – | – | not measured: {measured['whyNotCut']} | – | – |")
    return table


def log_table(measured: dict) -> Table:
    table = Table("", "Processor time of a confirmation with the public log, a receipt with the proof in each answer, against a data centre without",
                  f"one beside it, {measured['orders']} orders at a time in each, medians of {len(next(iter(measured['with'].values())))}.", "",
                  "| connections | without, µs | with, µs | ratio | bound |", "|---:|---:|---:|---:|---|")
    for connections, times in measured["with"].items():
        without, with_log = statistics.median(measured["without"][connections]), statistics.median(times)
        ratio = statistics.median(one / other for one, other in zip(times, measured["without"][connections], strict=True))
        table.lines.append(f"| {connections} | {without:.1f} | {with_log:.1f} | {ratio:.2f} | {LOGGED}: {table.verdict(ratio <= LOGGED)} |")
    half = measured["halfLoad"]
    p99 = half["p99"] / 1000
    table.lines += ["", f"With the log at half load ({half['rate']:.0f}/s, {half['connections']} connections): p50 {half['p50'] / 1000:.2f} ms, p99 {p99:.2f} ms; "
                    f"under {HALF_LOAD} ms: **{table.verdict(p99 < HALF_LOAD)}**."]
    return table


def directory_table(measured: dict) -> Table:
    few, many = measured["few"], measured["many"]
    table = Table("", f"A directory of {many['certificates']:,} certificates ({many['storeOctets'] / 1e6:,.0f} MB) against one of "
                  f"{few['certificates']:,}, in turns, medians of {len(few['startUp'])}. Processor time of the",
                  "authority's process, or of the thread that asks the directory alone.", "",
                  "| | few | many | ratio | bound |", "|---|---:|---:|---:|---|")
    for name, words in COSTS.items():
        small, large = (statistics.median(each[name]) for each in (few, many))
        ratio = large / small
        said = f"{LARGE[name]}: {table.verdict(ratio <= LARGE[name])}" if name in LARGE else "–"
        table.lines.append(f"| {words} | {small:.1f} | {large:.1f} | {ratio:.2f} | {said} |")
    return table


def tables(log: dict | None, network: dict | None, directory: dict | None) -> tuple[str, bool]:
    """All that was measured, and whether every bound was held; what was not measured is said to be so."""
    made = [log_table(log) if log else Table("", "The public log was not measured.")]
    if network:
        made += [revocation_table(network["revocation"]), availability_table(network["availability"])]
    else:
        made.append(Table("", "Data centres with each other were not measured."))
    made.append(directory_table(directory) if directory else Table("", "A large directory was not measured."))
    return "".join(table.text() for table in made), all(table.is_held for table in made)
