#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what stands in receipts/ beside the receipts that make_receipts wrote there: the stamps of the good one with the root of who
gave them, its address, and the network map that it holds. By openssl and Python alone."""
import base64
import hashlib
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from cms_form import parts_of
from notary import Notary, covered_by, write_stamps

RECEIPTS = HERE / "receipts"
GOOD = RECEIPTS / "good.countersign-receipt.json"
# Hash, when the notary's signer is certified and for how many days, and when it stamps.
STAMPS = (("sha-256", "2026-11-18 12:00:00", 1826, "2026-11-19 12:00:00"),
          ("sha-512", "2030-11-18 12:00:00", 3653, "2030-11-19 12:00:00"))


def stamp(folder: pathlib.Path) -> None:
    notary = Notary(folder, STAMPS[0][1], "/O=Sample Notary", root_days=14000)
    stamps: list[tuple[str, bytes]] = []
    for name, certified, days, moment in STAMPS:
        notary.moment = certified
        notary.certify_signer(days)
        notary.moment = moment
        stamps.append((name, notary.token_over(covered_by(GOOD, name, [token for _, token in stamps]), name)))
    write_stamps(RECEIPTS / "good.countersign-stamps.json", stamps)
    (RECEIPTS / "notary-root.pem").write_bytes(notary.root.read_bytes())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stamp(pathlib.Path(folder) / "notary")
    receipt = json.loads(GOOD.read_bytes())
    (RECEIPTS / "network-map.p7m").write_bytes(base64.b64decode(receipt["maps"][0]))
    def content_of(der: bytes) -> bytes:
        return parts_of(der)[0]
    confirmation = json.loads(content_of(base64.b64decode(receipt["confirmation"])))
    order = content_of(content_of(base64.b64decode(confirmation["countersignedOrder"])))
    (RECEIPTS / "address").write_text(f"log={confirmation['log']}&index={confirmation['index']}"
                                      f"&order={hashlib.sha256(order).hexdigest()}\n")


if __name__ == "__main__":
    main()
