# SPDX-License-Identifier: Apache-2.0
"""The bound on how long the terminal takes to ask after the click of consent, which each single purchase must keep."""
BOUND = 300  # milliseconds


def missed(times: list[int]) -> int:
    """How many purchases were not asked about in less than the bound."""
    return sum(1 for time in times if time >= BOUND)


def verdict(times: list[int]) -> str:
    if not times:
        return "NOT held: nothing was measured"
    return f"NOT held: {missed(times)} of {len(times)}" if missed(times) else "held"


def is_held(profiles: dict[str, list[int]]) -> bool:
    """Whether it was held in each profile."""
    return bool(profiles) and all(verdict(times) == "held" for times in profiles.values())
