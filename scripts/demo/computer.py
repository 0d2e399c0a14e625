# SPDX-License-Identifier: Apache-2.0
"""The purchaser's PC: a home of its own with the mediator, paired with the terminal, and browsers that find it there."""
import base64
import hashlib
import os
import pathlib
import re
import subprocess
import threading

from demo.processes import ROOT, StepFailed, run

EXTENSION = ROOT / "web/extension"
MEDIATOR_TOML = """
[mediator]
folder = "pairings"
[network]
root = "{root}"
addresses = "loopback"
[link]
name = "{name}"
addresses = ["127.0.0.1:{port}"]
group = ""
silence = "{silence}"
[log]
level = "info"
"""


class Computer:
    """Browsers started with `environment` and `chromium_profile` have the mediator behind the extension."""

    def __init__(self, folder: pathlib.Path, program: pathlib.Path, name: str = "Desk PC"):
        self.home, self.program, self.name = folder, program, name
        self.config = folder / "mediator.toml"
        self.silence = "30s"  # of the terminal, at most
        self.chromium_profile = folder / ".config/chromium"
        self.environment = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / ".config"),
                            "XDG_DATA_HOME": str(folder / ".local/share")}

    @classmethod
    def paired_with(cls, network, folder: pathlib.Path) -> "Computer":
        """A PC whose mediator is installed and paired with the network's terminal, which must be listening."""
        computer = cls(folder, network.programs["countersign-mediator"])
        computer.install(network.root_pem, network.ports["link"])
        computer.pair(lambda offer: network.wallet("pair", offer))
        return computer

    def install(self, network_root: pathlib.Path, link_port: int) -> None:
        """Registers the mediator with this home's browsers; it finds the terminal at a port of loopback."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.config.write_text(MEDIATOR_TOML.format(
            root=network_root, name=self.name, port=link_port, silence=self.silence), encoding="utf-8")
        self.mediator("install")

    def mediator(self, *words) -> str:
        """Runs a subcommand of the mediator."""
        return run([self.program, "--config", self.config, *words], env=self.environment)

    def pair(self, accept, seconds: float = 60.0, before=()) -> None:
        """Shows an offer, which `accept` brings to the terminal, and waits until both know each other. The terminal must
        be listening. `before` is a command line that runs the program."""
        command = [*map(str, before), str(self.program), "--config", str(self.config), "pair"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={**os.environ, **self.environment}) as pairing:
            overdue = threading.Timer(seconds, pairing.kill)
            overdue.start()
            try:
                seen = ""
                for line in pairing.stdout:
                    seen += line
                    if offer := re.search(r"countersign:pair\?\S+", line):
                        accept(offer.group(0))
                if pairing.wait(30) != 0:
                    raise StepFailed("the pairing did not come about:\n" + seen)
            finally:
                overdue.cancel()
                pairing.kill()

    def chromium(self, gateway_key_pin: str, url: str) -> list[str]:
        """The command that opens a page in Chromium with the extension; it believes the gateway's key."""
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        return ["chromium", f"--user-data-dir={self.chromium_profile}", f"--load-extension={EXTENSION}",
                "--disable-features=DisableLoadExtensionCommandLineSwitch", "--no-first-run", *sandbox,
                f"--ignore-certificate-errors-spki-list={gateway_key_pin}", url]


def key_pin(certificate: pathlib.Path) -> str:
    """SHA-256 of the public key in a PEM certificate, in base64 (RFC 7469)."""
    public = run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"])
    der = base64.b64decode("".join(public.splitlines()[1:-1]))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
