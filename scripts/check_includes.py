#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the walls of the house: which module may include which, and which module owns a third-party header.

apps → roles → mechanisms → base, never sideways between roles, never up. Prints each violation as
`file:line: reason` and exits 1 when there is one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]')

# Mechanisms, from the bottom up: a module may include those that its line names, and itself.
MECHANISMS = {
    "base": set(),
    "crypto": {"base"},
    "merkle": {"base", "crypto"},
    "checkpoint": {"base", "crypto", "merkle"},
    "x509": {"base", "crypto"},
    "documents": {"base", "crypto", "x509", "merkle", "checkpoint"},
    "procedure": {"base", "crypto", "x509", "merkle", "checkpoint", "documents"},
    "storage": {"base", "crypto"},
    "network": {"base", "crypto", "x509", "documents", "storage"},
    "http": {"base", "crypto", "x509", "documents"},
    "logbook": {"base", "crypto", "merkle", "checkpoint", "documents", "storage", "http"},
    "link": {"base", "crypto", "x509", "documents", "storage"},
    "mail": {"base", "crypto", "storage"},
    "card": {"base", "crypto", "x509", "storage"},
    "evidence": {"base", "crypto", "x509", "merkle", "checkpoint", "documents"},
    "paper": {"base", "crypto", "x509", "merkle", "checkpoint", "documents", "evidence"},
}
ROLES = {"authority", "merchant", "wallet", "mediator", "cardcompany", "enterprise", "services"}

# An enterprise that buys is a merchant and a purchaser at once: these doors are open to it, and no others.
DOORS = {
    "enterprise": {"merchant/api_answers.h", "merchant/identity.h", "merchant/network.h",
                   "merchant/peer_client.h", "merchant/retry_delay.h",
                   "wallet/link.h", "wallet/order_check.h", "wallet/outcome.h", "wallet/peers.h"},
}

# Prefix of a third-party header → the modules that own it. A *_test.cpp may include what its module may.
OWNERS = {
    "openssl/": {"crypto", "x509", "http", "link", "card"},
    "sqlite3.h": {"storage"},
    "libpq-fe.h": {"storage"},
    "boost/beast": {"http"},
    "boost/asio": {"http"},
    "boost/json": {"documents"},
    "curl/": {"http", "mail"},
    "p11-kit/": {"card"},
    "systemd/": {"link"},
    "ldap.h": {"authority"},
    "toml++/": {"base"},
    "spdlog/": {"base"},
    "CLI/": {"apps"},
    "qrencode.h": {"mediator", "merchant", "paper"},
    "cairo": {"paper"},
    "pango/": {"paper"},
}
# Roles speak JSON over HTTP with bodies that are no documents.
OWNERS["boost/json"] |= ROLES | {"evidence", "http", "link", "logbook", "network", "apps"}


def module_of(path: pathlib.Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "src" else parts[0]


def is_for_tests(path: pathlib.Path) -> bool:
    """Whether no program is made of this file."""
    return module_of(path) in ("sample", "bench", "fuzz", "tests") or path.parent.name == "testing" \
        or path.stem.endswith("_test") or path.stem in ("testing", "sample_network", "test_network")


def allowed_modules(module: str) -> set[str]:
    if module in MECHANISMS:
        return MECHANISMS[module] | {module}
    if module in ROLES:
        return set(MECHANISMS) | {module}
    return set(MECHANISMS) | ROLES | {module}


def violations_in(path: pathlib.Path):
    module = module_of(path)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match.group(1)
        target = header.split("/")[0]
        if target == "sample" and not is_for_tests(path):
            yield f"{path.relative_to(ROOT)}:{number}: sample is for tests and benchmarks ({header})"
        if target in MECHANISMS or target in ROLES:
            is_door = header in DOORS.get(module, ()) or module in DOORS and is_for_tests(path)
            if target not in allowed_modules(module) and not is_door:
                yield f"{path.relative_to(ROOT)}:{number}: {module} may not include {target} ({header})"
            continue
        if module in ("bench", "fuzz", "tests"):
            continue
        for prefix, owners in OWNERS.items():
            if header.startswith(prefix) and module not in owners:
                yield (f"{path.relative_to(ROOT)}:{number}: <{header}> belongs to {', '.join(sorted(owners))}, "
                       f"not to {module}")


def main() -> int:
    found = []
    for folder in ("src", "apps", "bench", "fuzz", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cpp") and path.is_file():
                found.extend(violations_in(path))
    print("\n".join(found) if found else "include rules: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
