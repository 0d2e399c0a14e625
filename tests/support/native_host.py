# SPDX-License-Identifier: Apache-2.0
"""Stands in for the mediator behind a browser's native messaging, to test the extension alone: what it says follows from the
checkout's name, what it hears goes to a log.   native_host.py LOG"""
import json
import struct
import sys

ORDER = {"merchant": "Hanok Books", "total": 24000, "currency": "KRW",
         "lines": [{"sku": "TEA", "description": "canary-of-the-last-look 녹차", "quantity": 2, "unitPrice": 12000}]}


def read():
    """The next message of the browser; None when it has gone."""
    size = sys.stdin.buffer.read(4)
    return json.loads(sys.stdin.buffer.read(struct.unpack("=I", size)[0])) if len(size) == 4 else None


def say(message: dict) -> None:
    text = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack("=I", len(text)) + text)
    sys.stdout.buffer.flush()


def start_several(message: dict) -> None:
    orders = [{**ORDER, "origin": message["origin"], "merchant": purchase["gateway"]} for purchase in message["purchases"]]
    say({"type": "progress", "state": "review"})
    say({"type": "review", "orders": orders, "notShown": 0})


def end_of(purchases: list[dict]) -> dict:
    """The first is confirmed, the others are not."""
    ends = [{"gateway": purchase["gateway"], "outcome": "failed" if place else "confirmed", "code": "expired" if place else None}
            for place, purchase in enumerate(purchases)]
    if len(ends) < 2:
        return {"type": "ended", "outcome": "confirmed"}
    return {"type": "ended", "outcome": "partly", "code": "expired", "remedy": "Begin again.", "checkouts": ends}


def start(message: dict) -> None:
    say({"type": "progress", "state": "searching"})
    if "purchases" in message:
        start_several(message)
        return
    match message["purchase"]["checkout"]:
        case "dies":
            sys.exit(1)
        case "unreadable":
            say({"type": "review", "order": {**ORDER, "origin": message["origin"], "total": 1}, "notShown": 0})
        case "asleep":
            say({"type": "error", "code": "unavailable", "detail": "no wallet answered", "remedy": "Wake the terminal."})
        case _:
            say({"type": "progress", "state": "review"})
            say({"type": "review", "order": {**ORDER, "origin": message["origin"]}, "notShown": 0})


def main() -> None:
    purchases = []
    with open(sys.argv[1], "a", encoding="utf-8") as log:
        while message := read():
            log.write(json.dumps(message) + "\n")
            log.flush()
            if message["type"] == "start":
                purchases = message.get("purchases", [])
                start(message)
            elif message["type"] == "status":
                say({"type": "status", "version": "0.3.0", "pairings": 1,
                     "parts": [{"name": "wallet", "state": "asleep", "remedy": "Wake it."}]})
            elif message.get("answer") == "continue":
                say({"type": "progress", "state": "confirming"})
                say(end_of(purchases))
            else:
                say({"type": "ended", "outcome": "cancelled", "code": "cancelled", "remedy": ""})


main()
