#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what the documents point to: every relative link and picture of every *.md exists, headings included; files
named in backquotes exist; so do the scripts that README.md tells to run and the tests that docs/requirements.md and
docs/threat-model.md name. Each threat there names a test or says that it rests on an argument.

Prints each violation as `file:line: reason` and exits 1 when there is one.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FOREIGN = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# A whole path from the root in backquotes; patterns and placeholders are none.
NAMED = re.compile(r"`((?:src|apps|docs|scripts|tests|web|etc|fuzz|bench|cmake|model)/[A-Za-z0-9_./-]+)`")
COMMAND = re.compile(r"\b((?:scripts|\.ci)/[a-z_.]+)")
DOCUMENTS_OF_TESTS = ("docs/requirements.md", "docs/threat-model.md")
SUITE_NAME = re.compile(r"`([A-Z]\w+)`")
TEST_NAME = re.compile(r"`(?:([A-Z]\w+\.[A-Z]\w+)|(test_\w+)|(corpus\.\w+))`")


def documents() -> list[pathlib.Path]:
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT,
                            capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def lines_outside_code(text: str):
    """Each line with its number, and whether it stands in a fenced block."""
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        yield number, line, fenced


def anchors_of(document: pathlib.Path) -> set[str]:
    """The anchors that forges give to the headings of a document."""
    found = set()
    for _, line, fenced in lines_outside_code(document.read_text(encoding="utf-8")):
        if not fenced and line.startswith("#"):
            words = re.sub(r"[^\w\s-]", "", line.lstrip("#").strip().lower())
            found.add(re.sub(r"\s", "-", words))
    return found


def broken_link(document: pathlib.Path, target: str) -> str:
    """What is wrong with a link, or nothing."""
    path, _, anchor = target.partition("#")
    file = (document.parent / path).resolve() if path else document
    if not file.is_relative_to(ROOT):
        return f"{target} leaves the repository"
    if not file.exists():
        return f"{target} does not exist"
    if anchor and file.suffix == ".md" and anchor not in anchors_of(file):
        return f"{target}: no such heading"
    return ""


def tests_of_the_sources() -> set[str]:
    """Every test by the name under which it runs; those with parameters without them."""
    found = set()
    for file in (*(ROOT / "src").rglob("*_test.cpp"), *(ROOT / "tests").rglob("*_test.cpp")):
        for suite, test in re.findall(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", file.read_text(encoding="utf-8"), re.MULTILINE):
            found.add(f"{suite}.{test}")
    for file in (ROOT / "tests").rglob("test_*.py"):
        found.update(re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    found.update(f"corpus.{folder.name}" for folder in (ROOT / "fuzz/corpus").iterdir())
    return found


def violations_in(document: pathlib.Path):
    name = document.relative_to(ROOT)
    tests = tests_of_the_sources() if str(name) in DOCUMENTS_OF_TESTS else None
    suites = {test.partition(".")[0] for test in tests or ()}
    defended = False  # within a table whose last column is “shown by”
    is_front = name == pathlib.Path("README.md")
    for number, line, fenced in lines_outside_code(document.read_text(encoding="utf-8")):
        if not fenced:
            for target in LINK.findall(line):
                if not FOREIGN.match(target) and (reason := broken_link(document, target)):
                    yield f"{name}:{number}: {reason}"
            for path in NAMED.findall(line):
                if not (ROOT / path).exists():
                    yield f"{name}:{number}: {path} does not exist"
            for test in ("".join(groups) for groups in TEST_NAME.findall(line) if tests is not None):
                if test not in tests:
                    yield f"{name}:{number}: no test is called {test}"
            defended = line.startswith("|") and (defended or line.rstrip().endswith("| shown by |"))
            if defended and str(name) == DOCUMENTS_OF_TESTS[1]:
                shown_by = line.rstrip(" |").rpartition("|")[2]
                for suite in SUITE_NAME.findall(shown_by):
                    if suite not in suites:
                        yield f"{name}:{number}: no tests are called {suite}"
                if not re.search(r"`|argument|shown by|---", shown_by):
                    yield f"{name}:{number}: names no test"
        if is_front:
            for command in COMMAND.findall(line):
                if not (ROOT / command).exists():
                    yield f"{name}:{number}: {command} does not exist"


def main() -> int:
    found = [violation for document in documents() for violation in violations_in(document)]
    print("\n".join(found) if found else "links: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
