# SPDX-License-Identifier: Apache-2.0
"""Purchases over two data centres before, while and after the root of their network is followed by another: with wallets and
gateways that have taken notice, and with such that have not. The procedure is that of docs/operating.md."""
import base64
import pathlib

import pytest
from demo.neighbour import Neighbour, NetworkMap
from demo.network import NETWORK, Network, write_private
from demo.processes import StepFailed, run, wait_until

LINES = [{"sku": "TEA-1", "description": "Green tea", "quantity": 2, "unitPrice": 12000}]


class Rollover:
    """Two data centres with a merchant each, and the root that follows theirs."""

    def __init__(self, folder: pathlib.Path):
        self.network = Network(folder)
        self.folder = self.network.folder

    def bring_up(self) -> None:
        self.network.bring_up()
        self.neighbour = Neighbour(self.network)
        self.centres = (self.network, self.neighbour)
        self.neighbour.create_data_centre()
        self.neighbour.start_mail()
        self.neighbour.start_authority()
        self.maps = NetworkMap(self.network)
        self.maps.make_key()
        self.maps.add(self.neighbour)
        self.wait_served(self.maps.signed[-1])
        self.neighbour.start_merchant()
        self.neighbour.approve(self.neighbour.merchant_applies())
        self.neighbour.wait_merchant_certificate()
        self.restart_gateway(self.network)  # which asks for the map at once
        self.root, self.next_root = self.network.root_folder, self.folder / "root-2"
        self.roots = [self.root / "root.pem"]

    # --- the operators' procedure

    def command(self, *words) -> None:
        run([self.network.programs["countersign-authority"], "network", *words])

    def sign(self, plan: pathlib.Path, signer: pathlib.Path, *words) -> pathlib.Path:
        signed = self.folder / f"{plan.parent.name}.p7m"
        self.command("map", "sign", "--plan", plan, "--signer", signer, "--passphrase-file", self.maps.passphrase,
                     "--previous", self.maps.signed[-1], "--out", signed, *words)
        self.maps.signed.append(signed)
        return signed

    def announce(self) -> pathlib.Path:
        """Step 1: a map of the root that names the next."""
        passphrase = self.network.root_passphrase_file
        run([self.network.programs["countersign-authority"], "init-root", "--out", self.next_root, "--network", NETWORK,
             "--passphrase-file", passphrase])
        self.command("next-root", "--root", self.root, "--root-passphrase-file", passphrase,
                     "--next", self.next_root / "root.pem", "--out", self.folder / "link.pem")
        self.network.operator("network", "map", "draft", "--out", self.folder / "announcing")
        plan = self.folder / "announcing/plan.toml"
        plan.write_text('next_root = "../root-2/root.pem"\nnext_root_link = "../link.pem"\n' + plan.read_text())
        self.roots.append(self.next_root / "root.pem")
        return self.sign(plan, self.maps.folder / "signer")

    def take_over(self) -> pathlib.Path:
        """Steps 2 and 3: the CAs anew, and the first map of the next root."""
        passphrase = self.network.root_passphrase_file
        next_root = ["--root", self.next_root, "--root-passphrase-file", passphrase]
        self.command("map-key", *next_root, "--passphrase-file", self.maps.passphrase, "--out", self.folder / "signer-2")
        before = self.maps.signed[0]
        self.network.operator("network", "map", "draft", "--from", before, "--out", self.folder / "taking-over")
        for centre in self.centres:
            name = centre.data_centre.partition(",")[0].removeprefix("OU=")
            self.command("certify-ca", *next_root, "--ca", centre.ca_pem, "--out", self.folder / f"taking-over/{name}.ca-1.pem")
        return self.sign(self.folder / "taking-over/plan.toml", self.folder / "signer-2", "--root", self.root / "root.pem")

    def install(self, signed: pathlib.Path) -> None:
        for centre in self.centres:
            centre.operator("network", "map", "install", signed)
        self.wait_served(signed)

    def replace_files(self, centre: Network) -> None:
        """Step 4, at one data centre."""
        name = centre.data_centre.partition(",")[0].removeprefix("OU=")
        certificates = centre.authority_folder / "certificates"
        (certificates / "ca.pem").write_bytes((self.folder / f"taking-over/{name}.ca-1.pem").read_bytes())
        (certificates / "root.pem").write_bytes((self.next_root / "root.pem").read_bytes())
        centre.authority.stop()
        centre.start_authority()

    # --- the parties

    def trust_both(self) -> None:
        """This test speaks to whoever is below either root; the programs keep the root that they were given."""
        both = self.folder / "both-roots"
        write_private(both / "root.pem", "".join(root.read_text() for root in self.roots))
        for centre in self.centres:
            centre.root_folder = both

    def wait_served(self, signed: pathlib.Path) -> None:
        for centre in self.centres:
            wait_until(lambda asked=centre: asked.served_map() == signed.read_bytes(), f"{signed.name} at {centre.data_centre}")

    def restart_gateway(self, centre: Network) -> None:
        centre.merchant.stop()
        centre.start_merchant()
        centre.wait_merchant()
        self.wait_taken(centre)

    def wait_taken(self, centre: Network) -> None:
        kept = centre.merchant_folder / "data/network-map.json"
        newest = base64.b64encode(self.maps.signed[-1].read_bytes()).decode()
        wait_until(lambda: kept.exists() and newest in kept.read_text().replace("\\/", "/"), "the gateway to take the map")

    def use_wallet(self, name: str) -> None:
        """The purchaser's commands are of this wallet from here on."""
        self.network.wallet_folder = self.folder / name
        self.network.wallet_folder.mkdir(exist_ok=True)

    def enrol(self, name: str) -> None:
        """A new wallet, which learns the map of now."""
        self.use_wallet(name)
        address = f"{name}@mail.example"
        self.network.wallet_enrol(self.network.register(address))
        self.network.wallet_open(self.network.wait_mail(address))

    def buy(self, *wallets: str) -> None:
        """Each of these wallets buys at both merchants; what it keeps proves it under the roots there are."""
        for name in wallets:
            self.use_wallet(name)
            for shop in self.centres:
                checkout = shop.create_checkout(LINES, "KRW")
                self.network.wallet_pay(checkout["link"])
                assert shop.ask_shop(f"/v1/checkouts/{checkout['id']}")["state"] == "confirmed"
                self.verify(*self.roots)

    def verify(self, *roots: pathlib.Path) -> None:
        """What the wallet in use keeps of its newest purchase; its authority told the same as the gateway."""
        out = self.folder / "evidence"
        self.network.wallet("export", "--out", out)
        named = [word for root in roots for word in ("--root", root)]
        run([self.network.programs["countersign"], "verify", out / "confirmation.p7m", *named])


@pytest.fixture
def rollover(tmp_path):
    made = Rollover(tmp_path / "network")
    with made.network:
        made.bring_up()
        yield made


def test_purchases_go_on_while_the_root_is_followed_by_another(rollover):
    seoul, nairobi = rollover.centres
    rollover.enrol("before")
    rollover.buy("before")

    rollover.install(rollover.announce())
    rollover.trust_both()
    rollover.enrol("announced")
    rollover.buy("before", "announced")
    for centre in rollover.centres:
        rollover.restart_gateway(centre)  # asks at once and not within two minutes
    rollover.buy("before", "announced")

    rollover.install(rollover.take_over())
    rollover.buy("announced")  # neither wallet nor gateways have it
    rollover.restart_gateway(seoul)
    rollover.buy("announced")  # one gateway has
    rollover.replace_files(seoul)
    rollover.buy("announced")  # an authority below each root
    rollover.replace_files(nairobi)
    rollover.buy("announced")
    rollover.restart_gateway(nairobi)  # configured with the root before
    rollover.buy("announced")

    rollover.enrol("after")  # knows the next root alone
    rollover.buy("after", "announced")
    rollover.use_wallet("announced")
    rollover.network.wallet("renew", "--pin-file", rollover.network.wallet_folder / "pin")  # learns the map, begins below its root
    rollover.buy("announced", "after")
    rollover.verify(rollover.next_root / "root.pem")
    with pytest.raises(StepFailed, match="certificate_unknown"):
        rollover.verify(rollover.root / "root.pem")
