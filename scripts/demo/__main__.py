# SPDX-License-Identifier: Apache-2.0
"""`python3 -m demo`: plays the story; see scripts/run."""
import argparse
import pathlib
import shlex
import shutil
import signal
import sys
import tempfile
import threading

from demo.computer import key_pin
from demo.network import Network
from demo.processes import ROOT, StepFailed
from demo.story import Transcript, leave, play


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/run", description="Runs a whole network on loopback and plays its story.")
    parser.add_argument("--once", action="store_true", help="play the story unattended and end")
    parser.add_argument("--out", type=pathlib.Path, help="with --once: leave the evidence in this folder")
    parser.add_argument("--data", type=pathlib.Path, help="folder of the network's data (default: demo-data, or a temporary one with --once)")
    given = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set() if not given.once else sys.exit(1))

    temporary = tempfile.TemporaryDirectory(prefix="countersign-") if given.once and not given.data else None
    data = given.data or pathlib.Path(temporary.name if temporary else ROOT / "demo-data")
    if not temporary and data.exists():
        shutil.rmtree(data)
    try:
        with Network(data) as network:
            print(f"A network on loopback, its data in {data}:", flush=True)
            transcript = Transcript()
            evidence = play(network, transcript)
            if given.out:
                leave(evidence, network, transcript, given.out)
                print(f"Evidence left in {given.out}")
            if not given.once:
                stay(network, stopped)
    except StepFailed as failure:
        print(f"\n{failure}\n", file=sys.stderr)
        return 1
    finally:
        if temporary:
            temporary.cleanup()
    return 0


def stay(network: Network, stopped: threading.Event) -> None:
    """Prints the addresses of the pages and waits for Ctrl-C."""
    network.start_wallet_screen()
    browser = shlex.join(network.computer.chromium(key_pin(network.merchant_certificate), network.merchant_url + "/shop"))
    print(f"""
The network stays up. A browser with the extension, whose purchases go to the wallet's screen (fill the cart, press
“Order and pay”, then look at the wallet):

  {browser}

Any other browser does, too, without the extension (the shop's certificate is the network's own: trust
{network.root_pem} or click the warning away, this once):

  shop            {network.merchant_url}/shop
  registration    {network.merchant_url}/
  wallet's screen {network.wallet_url}
  mail box        {network.mail_page}

PIN of the wallet: {network.pin}

The address of its screen opens once; `kill -USR1 {network.screen.process.pid}` has it print another to
{network.screen.log}.   Ctrl-C ends everything.""", flush=True)
    stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
