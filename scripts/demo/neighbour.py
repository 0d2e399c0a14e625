# SPDX-License-Identifier: Apache-2.0
"""A second data centre of a network, in another region, with a merchant of its own; and the map that joins the two."""
import pathlib
import secrets

from demo.network import Network, write_private
from demo.processes import run, wait_until

DATA_CENTRE = "OU=nairobi-1,OU=ke,O=Countersign Demo"
MERCHANT = "Baobab Crafts"
PLANNED = """
[data_centre.{name}]
name = "{subject}"
ca_certificates = ["{name}.pem"]
service_url = "{service}"
status_url = "{status}"
"""


class NetworkMap:
    """What the operators of a network do to name their data centres to each other."""

    def __init__(self, network: Network):
        self.network, self.folder = network, network.folder / "network-map"
        self.passphrase = self.folder / "passphrase"
        self.signed: list[pathlib.Path] = []  # one after the other

    def make_key(self) -> None:
        """The root certifies the key that signs maps."""
        write_private(self.passphrase, secrets.token_urlsafe(24) + "\n")
        self._command("map-key", "--root", self.network.root_folder, "--root-passphrase-file", self.network.root_passphrase_file,
                      "--passphrase-file", self.passphrase, "--out", self.folder / "signer")

    def add(self, *others: Network) -> None:
        """The next map: the one in use at the first data centre, and these data centres besides. All use it."""
        folder = self.folder / f"plan-{len(self.signed) + 1}"
        self.network.operator("network", "map", "draft", "--out", folder)
        plan = folder / "plan.toml"
        for other in others:
            name = other.data_centre.partition(",")[0].removeprefix("OU=")
            (folder / f"{name}.pem").write_bytes(other.ca_pem.read_bytes())
            plan.write_text(plan.read_text(encoding="utf-8") + PLANNED.format(
                name=name, subject=other.data_centre, service=other.authority_url, status=other.status_url), encoding="utf-8")
        signed = self.folder / f"map-{len(self.signed) + 1}.p7m"
        previous = ("--previous", self.signed[-1]) if self.signed else ()
        self._command("map", "sign", "--plan", plan, "--signer", self.folder / "signer", "--passphrase-file", self.passphrase,
                      *previous, "--out", signed)
        self.signed.append(signed)
        for centre in (self.network, *others):
            centre.operator("network", "map", "install", signed)

    def _command(self, *words) -> None:
        run([self.network.programs["countersign-authority"], "network", *words])


class Neighbour(Network):
    """The other data centre's authority, mail server and merchant; ends with the first."""

    data_centre, merchant_name = DATA_CENTRE, MERCHANT

    def __init__(self, network: Network, folder: str = "neighbour"):
        super().__init__(network.folder / folder)
        self.first, self.card_company = network, network.card_company
        self.root_folder, self.root_passphrase_file = network.root_folder, network.root_passphrase_file
        network.services.append(self)

    def bring_up_beside(self) -> None:
        """Once the first data centre is there: up to its merchant's certificate, and the map of both in use at both."""
        self.create_data_centre()
        self.start_mail()
        self.start_authority()
        join = NetworkMap(self.first)
        join.make_key()
        join.add(self)
        for centre in (self.first, self):
            wait_until(lambda asked=centre: asked.served_map() == join.signed[-1].read_bytes(), "the map of both data centres")
        self.start_merchant()
        self.approve(self.merchant_applies())
        self.wait_merchant_certificate()
        # The card company learns of the new data centre when its merchant knocks for the first time.
        if self.card_company:
            wait_until(lambda: "company_certificates_taken" in self.merchant.log.read_text(encoding="utf-8"), "the card company's certificates")
