#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A PC/SC daemon of one's own with a virtual reader that holds a PIV card, until standard input ends:

    virtual_reader.py FOLDER PIN

Prints the name of its socket, for PCSCLITE_CSOCK_NAME, once the card is in. pcscd knows no other place for its socket
than /run/pcscd, so it runs in a mount namespace where FOLDER/run is /run."""

import os
import pathlib
import subprocess
import sys
import threading
import time

import piv_card

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from demo.processes import StepFailed, free_port, wait_until

DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
PATIENCE = 20


# Has /run to itself, and gives it back: in a chroot the namespace cannot be made private, and others would see the mount.
DAEMON = """
mount --bind "$1" /run || exit
pcscd --foreground --config "$2" & daemon=$!
trap 'kill "$daemon"' TERM
wait "$daemon"; wait "$daemon"
umount /run
"""


def namespace():
    """The command that starts another in a mount namespace of its own, private where the system permits that."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    private = ["unshare", "--mount", *user]
    # The root of a plain chroot is no mount, so that its propagation cannot be changed.
    works = subprocess.run([*private, "true"], check=False, capture_output=True).returncode == 0
    return private if works else [*private, "--propagation", "unchanged"]


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
        self.daemon = subprocess.Popen(
            [*namespace(), "sh", "-c", DAEMON, "sh", str(self.folder / "run"), str(configuration)],
            stdin=subprocess.DEVNULL, stdout=(self.folder / "pcscd.log").open("w"), stderr=subprocess.STDOUT)
        wait_until(self.socket.exists, f"pcscd (log: {self.folder / 'pcscd.log'})", PATIENCE)
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
    try:
        reader.start()
    except StepFailed as failure:
        sys.exit(f"virtual_reader: {failure}")
    print(reader.socket, flush=True)
    sys.stdin.read()
    reader.stop()


if __name__ == "__main__":
    main()
