#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A PC/SC daemon of one's own with a virtual reader that holds a PIV card, until standard input ends:

    virtual_reader.py FOLDER PIN

Prints the name of its socket, for PCSCLITE_CSOCK_NAME, once the card is in. pcscd knows no other place for its socket
than /run/pcscd, so it runs in a mount namespace where FOLDER/run is /run."""

import os
import pathlib
import random
import socket
import subprocess
import sys
import threading
import time

import piv_card

DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
PATIENCE = 20


def free_port():
    """A port that nobody listens on, below those that the system gives to outgoing connections: one of these could take it
    before the reader does."""
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"virtual_reader: {what}")
        time.sleep(0.02)


class VirtualReader:
    def __init__(self, folder, pin):
        self.folder = pathlib.Path(folder).resolve()
        self.socket = self.folder / "run" / "pcscd" / "pcscd.comm"
        self.card = piv_card.PivCard(pin)
        self.port = free_port()

    def start(self):
        configuration = self.folder / "readers"
        for made in (configuration, self.folder / "run"):
            made.mkdir(parents=True, exist_ok=True)
        (configuration / "virtual").write_text(
            f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{self.port}\nLIBPATH {DRIVER}\nCHANNELID {self.port}\n')
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        script = 'mount --bind "$1" /run && exec pcscd --foreground --config "$2"'
        self.daemon = subprocess.Popen(
            [*unshare, "sh", "-c", script, "sh", str(self.folder / "run"), str(configuration)],
            stdin=subprocess.DEVNULL, stdout=(self.folder / "pcscd.log").open("w"), stderr=subprocess.STDOUT)
        wait_for(self.socket.exists, "pcscd does not start")
        self.inserted = threading.Thread(target=self.insert, daemon=True)
        self.inserted.start()

    def insert(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                piv_card.serve(self.card, self.port)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    return
                time.sleep(0.02)
            except ConnectionError:
                return

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()


def main():
    folder, pin = sys.argv[1:]
    reader = VirtualReader(folder, pin.encode())
    reader.start()
    print(reader.socket, flush=True)
    sys.stdin.read()
    reader.stop()


if __name__ == "__main__":
    main()
