# SPDX-License-Identifier: Apache-2.0
"""The model of a purchase in profile `set`: unbroken it keeps every promise in a complete search, and without any one of its checks
the attack is found that model/README.md tells. The tables there are what is tried here."""
import concurrent.futures
import re

import pytest
from spin import MODEL, search

README = MODEL.with_name("README.md").read_text(encoding="utf-8")
SOURCES = "".join(file.read_text(encoding="utf-8") for file in sorted(MODEL.parent.glob("*.pml")))


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, cell by cell; the first two without backquotes."""
    section = re.split(r"^## ", README.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in section.splitlines() if line.startswith("| `")]
    return [[row[0].strip("`"), row[1].strip("`"), *row[2:]] for row in cells]


ATTACKS = {removed: violated for removed, violated, *_ in rows("Removed checks, and the attacks")}
SECOND_LINES = {removed: catches for removed, catches, *_ in rows("Second lines")}
# Where two checks stand in for each other, and only both together let an attack through.
PAIRS = {removed: catches for removed, catches in SECOND_LINES.items() if catches in SECOND_LINES}
REACHED = re.search(r"mtype = \{ nowhere, ([^}]*) \}", SOURCES)[1].split(", ")


@pytest.fixture(scope="module")
def searches(request):
    """The searches that the chosen tests need, two at a time."""
    needed = {"": {}} | {name: {"REACHED": name} for name in REACHED} | {name: {"REMOVED": name} for name in ATTACKS}
    needed |= {name: {"REMOVED": name, "REMOVED_TOO": catches} for name, catches in PAIRS.items()}
    chosen = {value for item in request.session.items for value in getattr(getattr(item, "callspec", None), "params", {"": ""}).values()}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(search, definitions, optimised=not definitions)
               for name, definitions in needed.items() if name in chosen}
        pool.shutdown(cancel_futures=True)


def test_unbroken_it_keeps_every_promise_in_a_complete_search(searches):
    found = searches[""].result()
    print(f"\n{found.states} states searched, {len(ATTACKS)} checks removed one by one")
    assert not found.error, (found.violated, found.steps)
    assert found.complete


@pytest.mark.parametrize("name", REACHED)
def test_unbroken_it_reaches_the_end_of_a_purchase(searches, name):
    found = searches[name].result()
    assert found.error and not found.violated, "nothing ever gets there, so the promises are empty"


@pytest.mark.parametrize("removed", ATTACKS)
def test_without_a_check_the_attack_is_found(searches, removed):
    found = searches[removed].result()
    assert found.error, f"no attack in {found.states} states"
    assert found.violated == ATTACKS[removed], found.steps


@pytest.mark.parametrize("removed", PAIRS)
def test_without_both_of_a_pair_an_attack_is_found(searches, removed):
    assert searches[removed].result().error


@pytest.mark.parametrize("removed", SECOND_LINES)
def test_without_a_second_line_the_first_still_holds(removed, full):
    if not full:
        pytest.skip("another complete search for each: with --full")
    found = search({"REMOVED": removed}, optimised=True)
    assert found.complete and not found.error, found.steps


def test_every_check_of_the_model_stands_in_a_table():
    checks = set(re.findall(r"(?:CHECK|DONE)\((\w+)", SOURCES)) - {"name"}
    assert checks == set(ATTACKS) | set(SECOND_LINES)
    assert not set(ATTACKS) & set(SECOND_LINES)


def test_every_property_is_violated_by_some_attack():
    assert set(re.findall(r"DEMAND\((\w+),\s", SOURCES)) - {"name"} == set(ATTACKS.values())


def test_a_search_that_is_cut_short_is_not_called_complete():
    too_shallow = search({}, depths=(40,))
    assert not too_shallow.error and not too_shallow.complete
    too_little_memory = search({}, memory=130)
    assert not too_little_memory.error and not too_little_memory.complete
