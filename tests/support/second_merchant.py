# SPDX-License-Identifier: Apache-2.0
"""Another merchant of a network that is running already."""
import pathlib

from demo.network import Network


def second_merchant(network: Network, folder: pathlib.Path, name: str = "Other Books") -> Network:
    """Its gateway, with its certificate; the caller ends it with `stop`."""
    other = Network(folder, port_of_authority_for_merchant=network.ports["service"])
    other.merchant_name, other.root_pem, other.ca_pem = name, network.root_pem, network.ca_pem
    other.authority_folder, other.authority_url, other.status_url = (network.authority_folder, network.authority_url,
                                                                     network.status_url)
    try:
        other.start_merchant()
        other.approve(other.merchant_applies())
        other.wait_merchant_certificate()
    except BaseException:
        other.stop()
        raise
    return other
