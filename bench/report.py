#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes Markdown tables and an SVG plot of what confirmation_bench, consent.py, log_bench, fleet_bench.py and directory_bench measured.

usage: report.py FOLDER     (confirmation.json, consent.json, log.json, network.json and directory.json, as far as they are there)
Exits with 1 when a bound was not held.
"""
import json
import pathlib
import platform
import sys

import bounds
import consent_bound

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 70, 40, 60


def milliseconds(microseconds):
    return f"{microseconds / 1000:.2f}"


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def ratio_of(stage, report):
    """Processor time of a confirmation over that of the bare signatures on the idle machine."""
    return stage["serverMicroseconds"] / report["bare"]["perConfirmation"]


def table(report):
    bare = report["bare"]
    confirmations = report["confirmations"]
    rows = [
        f"Measured on {processor()}, load client on the same machine. Processor time is user and system time of the",
        "authority's process; *ratio* is that time over the one of two bare P-256 verifications and one signature on the idle machine.",
        "*Bare beside* is what these cost at the same time on the same cores, where others use the caches too; *ratio beside* is over it.",
        "The orders are those of eight merchants, whose signatures verify by a table once there were 650 of each.",
        "",
        f"Bare, on the idle machine: verification {bare['verification']:.1f} µs, signature {bare['signature']:.1f} µs, "
        f"together {bare['perConfirmation']:.1f} µs per confirmation.",
        "",
        "| connections | confirmations/s | processor time each, µs | ratio | bare beside, µs | ratio beside | p50, ms | p90, ms | p99, ms |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]

    def row(name, stage):
        beside = stage["bareMicroseconds"]
        return (f"| {name} | {stage['perSecond']:.0f} | {stage['serverMicroseconds']:.0f} | "
                f"{ratio_of(stage, report):.2f} | {beside:.0f} | {stage['serverMicroseconds'] / beside:.2f} | "
                f"{milliseconds(stage['p50'])} | {milliseconds(stage['p90'])} | {milliseconds(stage['p99'])} |")

    rows += [row(stage["connections"], stage) for stage in confirmations["stages"]]
    half = confirmations["halfLoad"]
    rows.append(row(f"16, at half load ({half['rate']:.0f}/s)", half))
    ocsp, issues = report["ocsp"], report["issues"]
    rows += [
        "",
        f"OCSP over HTTP, {ocsp['connections']} connections: {ocsp['perSecond']:.0f} responses/s, "
        f"{ocsp['serverMicroseconds']:.0f} µs of processor time each.",
        "",
        f"Issues, each durable with key generation and audit record: {issues['perSecondAlone']:.0f}/s one after the "
        f"other, {issues['perSecondSixteenAtOnce']:.0f}/s sixteen at once.",
        "",
    ]
    return "\n".join(rows)


def question_table(times):
    rows = ["", "From the click of consent in the extension to the question on the terminal's screen, through Chromium, mediator, paired",
            f"link, wallet and gateway on loopback; every single one in less than {consent_bound.BOUND} ms: "
            f"**{'held' if consent_bound.is_held(times) else 'NOT held'}**.", "",
            f"| profile | purchases | p50, ms | p90, ms | most, ms | under {consent_bound.BOUND} ms |",
            "|---|---:|---:|---:|---:|---|"]
    for profile, each in times.items():
        each = sorted(each)
        figures = f"{each[len(each) // 2]} | {each[len(each) * 9 // 10]} | {each[-1]}" if each else "– | – | –"
        rows.append(f"| {profile} | {len(each)} | {figures} | {consent_bound.verdict(each)} |")
    return "\n".join([*rows, ""])


def line(points, colour):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def text(x, y, words, anchor="middle", colour="#333", size=12):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">{words}</text>'


def plot(report):
    stages = report["confirmations"]["stages"]
    most = max(stage["perSecond"] for stage in stages) * 1.15
    worst = max(2.6, max(ratio_of(stage, report) for stage in stages) * 1.15)
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(i):
        return LEFT + across * (i + 0.5) / len(stages)

    def y(value, limit):
        return TOP + down * (1 - value / limit)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<path d="M{LEFT},{TOP}V{TOP + down}H{LEFT + across}V{TOP}" fill="none" stroke="#999"/>',
        text(LEFT, TOP - 14, "confirmations per second", "start", "#1f5fa8"),
        text(WIDTH - RIGHT, TOP - 14, "processor time over bare signatures", "end", "#b3541e"),
        text(LEFT + across / 2, HEIGHT - 16, "connections"),
    ]
    for i, stage in enumerate(stages):
        parts.append(text(f"{x(i):.1f}", TOP + down + 20, stage["connections"]))
    for step in range(6):
        value = most * step / 5
        parts.append(text(LEFT - 8, f"{y(value, most) + 4:.1f}", f"{value:.0f}", "end", "#1f5fa8"))
    for half in range(int(worst * 2) + 1):
        value = half / 2
        height = f"{y(value, worst):.1f}"
        parts.append(text(WIDTH - RIGHT + 8, f"{y(value, worst) + 4:.1f}", f"{value:.1f}", "start", "#b3541e"))
        if value in (1.0, 2.5):
            parts.append(f'<path d="M{LEFT},{height}H{LEFT + across}" stroke="#b3541e" stroke-dasharray="4 4"/>')
    parts.append(line([(x(i), y(stage["perSecond"], most)) for i, stage in enumerate(stages)], "#1f5fa8"))
    parts.append(line([(x(i), y(ratio_of(stage, report), worst)) for i, stage in enumerate(stages)],
                      "#b3541e"))
    parts.append("</svg>\n")
    return "\n".join(parts)


def measured(folder, name):
    """What a measure wrote, None where there is nothing."""
    file = folder / name
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    confirmation, consent = measured(folder, "confirmation.json"), measured(folder, "consent.json")
    words, is_held = "Confirmations were not measured.\n", True
    if confirmation:
        words = table(confirmation)
        (folder / "confirmation.svg").write_text(plot(confirmation), encoding="utf-8")
    if consent is not None:
        words += question_table(consent)
        is_held = consent_bound.is_held(consent)
    else:
        words += "\nHow soon the terminal asks was not measured.\n"
    more, are_held = bounds.tables(*(measured(folder, f"{part}.json") for part in ("log", "network", "directory")))
    words += more
    (folder / "report.md").write_text(words, encoding="utf-8")
    print(words)
    return 0 if is_held and are_held else 1


if __name__ == "__main__":
    sys.exit(main())
