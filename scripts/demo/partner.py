# SPDX-License-Identifier: Apache-2.0
"""A second merchant, whose ceramics the first one's shop sells, too: a cart with both becomes two orders under one
approval."""
import json

from demo.network import Network, write_private
from demo.processes import ROOT

SELLER = "namsan"
NAME = "Namsan Ceramics"
SELLS = ("JAR-MOON",)


def catalogue_with_partner(sells=SELLS) -> dict:
    """The demo shop's catalogue, in which some articles are the partner's."""
    catalogue = json.loads((ROOT / "etc/shop-catalogue.json").read_text(encoding="utf-8"))
    items = catalogue.pop("items")
    catalogue["sellers"] = [{"id": SELLER, "name": {"en": NAME, "ko": "남산 도예"}}]
    catalogue["items"] = [{**item, "seller": SELLER} if item["sku"] in sells else item for item in items]
    return catalogue


class Partner(Network):
    """The gateway of the second merchant of a network that has its authority; ends with the first."""

    def __init__(self, network: Network):
        super().__init__(network.folder / "partner", port_of_authority_for_merchant=network.ports["service"])
        self.first, self.merchant_name = network, NAME
        self.root_folder, self.ca_pem = network.root_folder, network.ca_pem
        self.authority_folder, self.authority_url, self.status_url = (network.authority_folder, network.authority_url,
                                                                     network.status_url)
        self.card_company, self.sells_at = network.card_company, [network.merchant_origin]

    def prepare(self) -> None:
        """Before the first merchant starts: its shop needs an API key of this gateway."""
        self.prepare_merchant()
        key = self.shop("keys", "create", "marketplace").strip()
        folder = self.first.merchant_folder
        catalogue = folder / "catalogue.json"
        catalogue.write_text(json.dumps(catalogue_with_partner(), ensure_ascii=False), encoding="utf-8")
        key_file = write_private(folder / "partner-api-key", key + "\n")
        self.first.catalogue = catalogue
        self.first.shop_settings = f'partners = ["{SELLER}"]\npartner_addresses = "loopback"\n'
        self.first.merchant_settings += f'[partners.{SELLER}]\ngateway = "{self.merchant_url}"\napi_key_file = "{key_file}"\n'

    def bring_up_beside(self) -> None:
        """Once the first merchant is there: up to the certificate."""
        self.first.services.append(self)  # ends with them
        self.start_merchant()
        self.approve(self.merchant_applies())
        self.wait_merchant_certificate()
