# SPDX-License-Identifier: Apache-2.0
"""Has spin search a model exhaustively, in a folder that is gone afterwards, and tells what came of it."""
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable

MODEL = pathlib.Path(__file__).resolve().parents[2] / "model" / "purchase_set.pml"
# Steps that a run may have, and megabytes that a search may take; who needs more has not searched everything.
DEPTH, MEMORY = 20_000, 4_000


@dataclasses.dataclass
class Search:
    """What a search found. Without an error it proves something only if it is complete."""
    states: int
    complete: bool
    error: bool
    violated: str  # the property, where the error is one
    steps: list[str]  # what happened on the way to the error


def search(definitions: dict[str, str], *, optimised: bool = False, depths: Iterable[int] = (DEPTH,), memory: int = MEMORY) -> Search:
    """Searches the model with these macros defined, to one depth after the other until there is an error; to compile for speed
    pays where there is much to search."""
    macros = [f"-D{name}={value}" for name, value in definitions.items()]
    with tempfile.TemporaryDirectory(prefix="countersign-model-") as folder:
        def run(*command: str, check: bool = True) -> str:
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
            assert not check or ran.returncode == 0, ran.stdout + ran.stderr
            return ran.stdout

        run("spin", "-a", *macros, str(MODEL))
        run("gcc", "-O2" if optimised else "-O0", "-w", "-DSAFETY", f"-DMEMLIM={memory}", "-o", "pan", "pan.c")
        for depth in depths:
            told = run("./pan", f"-m{depth}", check=False)
            if error := "assertion violated" in told:
                break
        found = re.search(r"errors: (\d+)", told)
        states = re.search(r"(\d+) states, stored", told)
        trail = pathlib.Path(folder) / f"{MODEL.name}.trail"
        replay = run("spin", "-t", "-k", str(trail), *macros, str(MODEL), check=False) if error and trail.exists() else ""
    steps = [line.strip() for line in replay.split("spin:")[0].splitlines()]
    violated = re.search(r"VIOLATED (\w+)", replay)
    incomplete = re.search(r"not completed|too small|out of memory|reached -DMEMLIM|aborting", told)
    return Search(states=int(states[1]) if states else 0,
                  complete=bool(found and found[1] == "0" and states and not incomplete and "Full statespace" in told),
                  error=error, violated=violated[1] if violated else "",
                  steps=[step for step in steps if step and not step.startswith("VIOLATED")])


def described(order: int) -> str:
    """An order of the model in words, as model/domains.pml packs it."""
    shop, buyer, company = (order >> 1) & 1, (order >> 2) & 1, (order >> 3) & 1
    return (f"order {order}: transaction {order & 1} of the {'rogue ' * shop}shop with the {'rogue buyer' if buyer else 'holder'}, paid by the "
            f"{'rogue ' * company}company, amount {((order >> 4) & 1) + 1}, made by the {'attacker' if order >> 5 else 'shop'}")


def main() -> int:
    removed = sys.argv[1].split("+")
    if unknown := set(removed) - set(re.findall(r"\w+", MODEL.read_text(encoding="utf-8"))):
        print(f"no check is called {', '.join(sorted(unknown))}: model/README.md has the list", file=sys.stderr)
        return 2
    # A short way to the attack is easier to read.
    found = search(dict(zip(("REMOVED", "REMOVED_TOO"), removed)), optimised=True, depths=(*range(70, 250, 10), DEPTH))
    print("\n".join(found.steps))
    for order in sorted({int(number) for step in found.steps for number in re.findall(r"order (\d+)", step)}):
        print(f"    {described(order)}")
    print(f"violated: {found.violated}" if found.error else f"nothing is violated in {found.states} states" if found.complete
          else "the search is incomplete")
    return 0


if __name__ == "__main__":
    sys.exit(main())
