# SPDX-License-Identifier: Apache-2.0
"""A purchaser and a merchant that trade with a running authority, both made of openssl."""
import pathlib
import time

from demo.mails import password_of
from demo.processes import wait_until
from openssl_party import Answer, Peer, Signer, enrol, holder_request, openssl, order_of, plain_key, utc

CMS = "application/pkcs7-mime"
TOLERANCE = 60  # seconds that clocks may be apart


class Trade:
    """Speaks to the authority as the network's merchant, with purchasers of its own making."""

    def __init__(self, network):
        self.network = network
        self.folder = pathlib.Path(network.folder) / "trade"
        self.folder.mkdir(exist_ok=True)
        key = plain_key(network.merchant_key, network.merchant_passphrase_file, self.folder / "merchant.key")
        certificate = self.folder / "merchant.pem"
        certificate.write_bytes(openssl("x509", "-in", network.merchant_certificate))
        self.merchant = Signer(certificate, key, network.ca_pem)
        chain = self.folder / "merchant-chain.pem"
        chain.write_bytes(certificate.read_bytes() + network.ca_pem.read_bytes())
        self.identity = (chain, key)

    def connect(self) -> Peer:
        """A connection of the merchant to its authority, mutual TLS."""
        return Peer(self.network.authority_url, self.network.root_pem, *self.identity)

    def connect_as_anyone(self) -> Peer:
        return Peer(self.network.authority_url, self.network.root_pem)

    def purchaser(self, name: str) -> tuple[Signer, str]:
        """A freshly enrolled purchaser and its suspension code."""
        address = f"{name}@mail.example"
        link = self.network.register(address)
        return enrol(link, lambda: password_of(self.network.wait_mail(address)), self.folder / name)

    def order(self, purchaser: Signer, **changes) -> bytes:
        return order_of(self.merchant, purchaser, self.network.data_centre, self.network.merchant_origin, **changes)

    def countersigned(self, purchaser: Signer, **changes) -> bytes:
        """An order of this purchaser, signed by both."""
        return self.merchant.countersign(purchaser.sign(self.order(purchaser, **changes)))

    def latest(self, purchaser: Signer) -> bytes:
        """An order of a merchant whose clock is nearly a minute ahead: the first that a restored authority confirms."""
        now = time.time() + TOLERANCE - 1
        return self.countersigned(purchaser, created=utc(now), expires=utc(now + 3600))

    def confirm_after_restore(self, purchaser: Signer) -> Answer:
        """The first confirmation of a restored authority."""
        def confirmed():
            answer = self.confirm(self.connect(), self.latest(purchaser))
            return answer if answer.status == 200 else None
        return wait_until(confirmed, "a confirmation after the restore")

    @staticmethod
    def confirm(peer: Peer, countersigned: bytes) -> Answer:
        return peer.ask("POST", "/v1/confirmations", countersigned, CMS)

    def find(self, purchaser: Signer, order_id: str, digest: str) -> Answer:
        """The wallet's own question for a confirmation."""
        request = holder_request(purchaser, self.network.data_centre, "find-confirmation",
                                 order={"id": order_id, "digest": digest})
        return self.connect_as_anyone().ask("POST", "/v1/holder-requests", request, CMS)
