# SPDX-License-Identifier: Apache-2.0
"""Further data centres of a network, each with a merchant of its own; and the map that joins them."""
import json
import pathlib
import secrets

from demo.network import Network, write_private
from demo.processes import LOOPBACK, Place, run, wait_until

DATA_CENTRE = "OU=nairobi-1,OU=ke,O=Countersign Demo"
MERCHANT = "Baobab Crafts"
PLANNED = """
[data_centre.{label}]
name = "{name}"
ca_certificates = ["{label}.pem"]
service_url = "{service}"
status_url = "{status}"
"""


class NetworkMap:
    """What the operators of a network do to name their data centres to each other."""

    def __init__(self, network: Network):
        self.network, self.folder = network, network.folder / "network-map"
        self.passphrase = self.folder / "passphrase"
        self.signed: list[pathlib.Path] = []  # by `add`, one after the other

    def make_key(self, root_folder: pathlib.Path | None = None, name: str = "signer") -> None:
        """The root, the network's own unless another is given, certifies a key that signs maps."""
        if not self.passphrase.exists():
            write_private(self.passphrase, secrets.token_urlsafe(24) + "\n")
        self.command("map-key", "--root", root_folder or self.network.root_folder, "--root-passphrase-file",
                     self.network.root_passphrase_file, "--passphrase-file", self.passphrase, "--out", self.folder / name)

    def draft(self, name: str, *words) -> pathlib.Path:
        """A plan like the map that the first data centre uses."""
        self.network.operator("network", "map", "draft", "--out", self.folder / name, *words)
        return self.folder / name / "plan.toml"

    @staticmethod
    def name_in(plan: pathlib.Path, other: Network, relay: Network | None = None) -> None:
        """Puts a data centre into a plan; `relay` is the one above it that others ask about its subscribers."""
        label = other.data_centre.partition(",")[0].removeprefix("OU=")
        (plan.parent / f"{label}.pem").write_bytes(other.ca_pem.read_bytes())
        through = f'through = "{relay.data_centre}"\n' if relay else ""
        plan.write_text(plan.read_text(encoding="utf-8") + PLANNED.format(
            label=label, name=other.data_centre, service=other.authority_url, status=other.status_url) + through, encoding="utf-8")

    @staticmethod
    def name_logs_in(plan: pathlib.Path, *centres: Network) -> None:
        """Puts the public log and the witness of each of these data centres, which are in the plan, into it."""
        text = plan.read_text(encoding="utf-8")
        for centre in centres:
            keys = {what: json.loads(centre.operator(what, "status", "--json"))["key"] for what in ("log", "witness")}
            line = f'status_url = "{centre.status_url}"\n'
            assert line in text, f"{plan} does not name {centre.data_centre}"
            text = text.replace(line, f'{line}log_key = "{keys["log"]}"\nlog_url = "{centre.status_url}/log"\n'
                                      f'witness_key = "{keys["witness"]}"\nwitness_url = "{centre.authority_url}/witness"\n')
        plan.write_text(text, encoding="utf-8")

    def sign(self, plan: pathlib.Path, name: str, *words, previous: pathlib.Path | None = None, signer: str = "signer") -> pathlib.Path:
        """The signed map of a plan."""
        words = ("--previous", previous, *words) if previous else words
        self.command("map", "sign", "--plan", plan, "--signer", self.folder / signer, "--passphrase-file", self.passphrase,
                     "--out", self.folder / name, *words)
        return self.folder / name

    def add(self, *others: Network, logged: bool = False) -> None:
        """The next map: the one in use at the first data centre, and these data centres besides. All use it. Where it names their
        logs and witnesses, too, they watch each other's."""
        number = len(self.signed) + 1
        plan = self.draft(f"plan-{number}")
        for other in others:
            self.name_in(plan, other)
        if logged:
            self.name_logs_in(plan, self.network, *others)
        self.signed.append(self.sign(plan, f"map-{number}.p7m", previous=self.signed[-1] if self.signed else None))
        for centre in (self.network, *others):
            centre.operator("network", "map", "install", self.signed[-1])

    def wait_served(self, *centres: Network, signed: pathlib.Path | None = None) -> None:
        """Until the running authorities of these data centres serve this map, the newest that `add` signed unless given."""
        signed = signed or self.signed[-1]
        for centre in centres:
            wait_until(lambda asked=centre: asked.served_map() == signed.read_bytes(), f"{centre.data_centre} to take {signed.name}")

    def command(self, *words) -> None:
        run([self.network.programs["countersign-authority"], "network", *words])


class Neighbour(Network):
    """Another data centre's authority, mail server and merchant; ends with the first."""

    def __init__(self, network: Network, folder: str = "neighbour", data_centre: str = DATA_CENTRE, merchant_name: str = MERCHANT,
                 place: Place = LOOPBACK):
        super().__init__(network.folder / folder, place=place)
        self.data_centre, self.merchant_name = data_centre, merchant_name
        self.first, self.card_company = network, network.card_company
        self.root_folder, self.root_passphrase_file = network.root_folder, network.root_passphrase_file
        network.services.append(self)

    def bring_up_beside(self, logged: bool = False) -> None:
        """Once the first data centre is there: up to its merchant's certificate, and the map of both in use at both."""
        self.create_data_centre()
        self.start_mail()
        self.start_authority()
        join = NetworkMap(self.first)
        join.make_key()
        join.add(self, logged=logged)
        join.wait_served(self.first, self)
        self.bring_up_merchant()
        # The card company learns of the new data centre when its merchant knocks for the first time.
        if self.card_company:
            wait_until(lambda: "company_certificates_taken" in self.merchant.log.read_text(encoding="utf-8"), "the card company's certificates")
