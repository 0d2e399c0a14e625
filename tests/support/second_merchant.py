# SPDX-License-Identifier: Apache-2.0
"""Another merchant of a network that is running already."""
import pathlib

from demo.network import Network


def second_merchant(network: Network, folder: pathlib.Path, name: str = "Other Books", sells_at=(), port_of_authority: int = 0,
                    settings: str = "") -> Network:
    """Its gateway, with its certificate; the caller ends it with `stop`. It asks the network's card company, where there is
    one, and sells at these pages of others besides its own. It reaches its authority at a port of its own, where one is given;
    `settings` are more of its own."""
    other = Network(folder, port_of_authority_for_merchant=port_of_authority or network.ports["service"])
    other.merchant_settings = settings
    other.merchant_name, other.root_folder, other.ca_pem = name, network.root_folder, network.ca_pem
    other.authority_folder, other.authority_url, other.status_url = (network.authority_folder, network.authority_url,
                                                                     network.status_url)
    other.card_company, other.sells_at = network.card_company, list(sells_at)
    try:
        other.start_merchant()
        other.approve(other.merchant_applies())
        other.wait_merchant_certificate()
    except BaseException:
        other.stop()
        raise
    return other
