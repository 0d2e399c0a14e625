# SPDX-License-Identifier: Apache-2.0
"""Each key of a running data centre is changed by its operator; purchases go on, and what was signed before stays good.

The tests are one story in the order of this file. Judges are programs of others: openssl asks for status, reads revocation
lists and verifies paths."""
import json
import pathlib
import re
import ssl
import subprocess
import urllib.request

import pytest

from demo.neighbour import Neighbour, NetworkMap
from demo.network import DATA_CENTRE
from demo.processes import StepFailed, wait_until
from ldap_servers import LdapServer, PublishedNetwork, settings_of
from openssl_party import Signer, openssl
from trade import Trade

LINES = [{"sku": "TEA-100", "description": "Green tea", "quantity": 1, "unitPrice": 12000}]


class World:
    """A data centre and its neighbour by a network map, with a merchant each, a wallet, and purchasers made of openssl."""

    def __init__(self, folder: pathlib.Path):
        self.ldap = LdapServer("data-centre", folder / "ldap", "--name", DATA_CENTRE).configure()
        self.network = PublishedNetwork(folder / "network", settings_of(self.ldap))
        self.folder = folder
        self.map = NetworkMap(self.network)
        self.abroad = Neighbour(self.network)
        self.ca_pems: list[pathlib.Path] = []  # of each CA key, the oldest first

    def bring_up(self) -> None:
        network = self.network
        network.bring_up(before_merchant=self._join)
        self.abroad.bring_up_merchant()
        self.keep_ca()
        self.trade_abroad = Trade(self.abroad)
        self.trade = Trade(network)
        self.trade.merchant = Signer(self.trade.merchant.certificate, self.trade.merchant.key, self.ca_pems[0])
        self.purchaser, _ = self.trade.purchaser("from-the-beginning")
        self.doomed, _ = self.trade.purchaser("to-be-revoked")
        address = "wallet@mail.example"
        network.wallet_enrol(network.register(address))
        network.wallet_open(network.wait_mail(address))
        self.first_order = self.trade.countersigned(self.purchaser)
        self.first = self.confirmed(self.first_order)

    def _join(self) -> None:
        self.abroad.create_data_centre()
        self.abroad.start_mail()
        self.abroad.start_authority()
        self.map.make_key()
        self.map.add(self.abroad)
        self.map.wait_served(self.network, self.abroad)

    def next_map(self, name: str, change, *words) -> None:
        """A map in which the CA certificates of the first data centre are changed so; in use at both."""
        plan = self.map.draft(f"plan-{name}")
        own = re.compile(r"(\[data_centre\.seoul-1\].*?ca_certificates = )\[(.*?)\]", re.DOTALL)
        plan.write_text(own.sub(lambda found: f"{found[1]}[{change(plan.parent, found[2])}]", plan.read_text(), count=1))
        self.map.signed.append(self.map.sign(plan, f"{name}.p7m", *words, previous=self.map.signed[-1]))
        for centre in (self.network, self.abroad):
            centre.operator("network", "map", "install", self.map.signed[-1])
        self.map.wait_served(self.network, self.abroad)

    def keep_ca(self) -> None:
        copy = self.folder / f"ca-{len(self.ca_pems) + 1}.pem"
        copy.write_bytes(self.network.ca_pem.read_bytes())
        self.ca_pems.append(copy)

    def keys(self, *words) -> str:
        return self.network.operator("keys", *words)

    def id_in_use(self, kind: str) -> str:
        """The id of the key that is at work, as `keys list` shows it."""
        return re.search(rf"^{kind} +([0-9a-f]{{16}}) +in use", self.keys("list"), re.MULTILINE).group(1)

    def restart(self) -> None:
        self.network.authority.stop()
        self.network.start_authority()

    def gateway_says(self) -> str:
        """What the merchant's gateway counts."""
        with urllib.request.urlopen(self.network.merchant_url + "/metrics", timeout=10,
                                    context=ssl.create_default_context(cafile=str(self.network.root_pem))) as response:
            return response.read().decode()

    def confirmed(self, countersigned: bytes, trade: Trade | None = None) -> bytes:
        trade = trade or self.trade
        answer = trade.confirm(trade.connect(), countersigned)
        assert answer.status == 200, answer
        return answer.body

    def buy(self) -> bytes:
        """By a purchaser of openssl, here and abroad; and by the wallet at the gateway, which was not started anew."""
        self.network.wallet_pay(self.network.create_checkout(LINES, "KRW")["link"])
        self.confirmed(self.trade_abroad.countersigned(self.purchaser), self.trade_abroad)
        return self.confirmed(self.trade.countersigned(self.purchaser))

    def verify(self, confirmation: bytes) -> None:
        """From the root alone."""
        file = self.folder / "confirmation.p7m"
        file.write_bytes(confirmation)
        assert self.network.verify(file).startswith("VALID")

    def signer_of(self, confirmation: bytes) -> str:
        """The serial number of the certificate under which it was signed."""
        listing = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", stdin=confirmation).decode()
        return re.findall(r"serialNumber: (\S+)", listing)[-1]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("rollover"))
    try:
        with made.network:
            made.ldap.start()
            made.bring_up()
            yield made
    finally:
        made.ldap.stop()


def ocsp_says(world, certificate, ca_pem, *more) -> str:
    """What `openssl ocsp` finds out with nothing but the root and the certificate's own CA."""
    done = subprocess.run(["openssl", "ocsp", *more, "-issuer", ca_pem, "-cert", certificate, "-url", world.network.status_url + "/ocsp",
                           "-CAfile", world.network.root_pem, "-verify_other", ca_pem, "-resp_text"], capture_output=True, text=True, check=False)
    assert "Response verify OK" in done.stdout + done.stderr, done.stdout + done.stderr
    return done.stdout


def crl_of(world, certificate: pathlib.Path, ca_pem: pathlib.Path, out: pathlib.Path) -> str:
    """The list that the certificate itself names, checked under its CA's key; as PEM in `out` and as text."""
    text = openssl("x509", "-in", certificate, "-noout", "-ext", "crlDistributionPoints").decode()
    with urllib.request.urlopen(re.search(r"URI:(\S+)", text).group(1), timeout=10) as response:
        der = response.read()
    done = subprocess.run(["openssl", "crl", "-inform", "DER", "-text", "-CAfile", ca_pem, "-out", out], input=der, capture_output=True, check=False)
    assert b"verify OK" in done.stderr, done.stderr
    return out.read_text()


def path_says(world, certificate, ca_pem, crl: pathlib.Path) -> subprocess.CompletedProcess:
    return subprocess.run(["openssl", "verify", "-crl_check", "-x509_strict", "-CAfile", world.network.root_pem, "-untrusted", ca_pem, "-CRLfile",
                           crl, certificate], capture_output=True, text=True, check=False)


def is_signed_by(crl: bytes, ca_pem: pathlib.Path) -> bool:
    done = subprocess.run(["openssl", "crl", "-inform", "DER", "-noout", "-CAfile", ca_pem], input=crl, capture_output=True, check=False)
    return b"verify OK" in done.stderr


def served_certificate(world) -> str:
    """The serial number of what the authority shows in TLS now."""
    pem = ssl.get_server_certificate(("127.0.0.1", world.network.ports["service"]))
    return openssl("x509", "-noout", "-serial", stdin=pem.encode()).decode().strip().removeprefix("serial=")


def serial_of(certificate) -> str:
    return openssl("x509", "-in", certificate, "-noout", "-serial").decode().strip().removeprefix("serial=")


def test_a_new_tls_key_is_shown_and_trusted_by_those_who_knew_the_old_one(world):
    before, old = served_certificate(world), world.id_in_use("tls")
    world.buy()
    assert "Restart the server" in world.keys("roll-over", "tls")
    assert served_certificate(world) == before, "a running authority goes on"
    world.buy()
    world.restart()
    assert served_certificate(world) == serial_of(world.network.authority_folder / "certificates/tls.pem") != before
    world.buy()
    waiting = world.trade.countersigned(world.purchaser)
    world.network.authority.stop()  # in the middle of a purchase, whose order is asked about again
    with pytest.raises(OSError):
        world.trade.confirm(world.trade.connect(), waiting)
    world.network.start_authority()
    world.confirmed(waiting)
    with pytest.raises(StepFailed, match="is at work here"):
        world.keys("destroy", world.id_in_use("tls"))
    assert "tls.key: overwritten and removed" in world.keys("destroy", old)
    world.restart()
    world.buy()


def test_a_new_ocsp_key_answers_and_openssl_agrees(world):
    certificate, ca = world.purchaser.certificate, world.ca_pems[0]
    before = ocsp_says(world, certificate, ca)
    world.keys("roll-over", "ocsp")
    world.restart()
    after = ocsp_says(world, certificate, ca)
    assert ": good" in before and ": good" in after
    responder = re.compile(r"Responder Id: (\S+)")
    assert responder.search(before).group(1) != responder.search(after).group(1)
    world.buy()


def test_a_new_confirmation_key_signs_and_what_the_old_one_signed_stays_good(world):
    before = world.buy()
    world.keys("roll-over", "confirmation")
    world.restart()
    after = world.buy()
    assert world.signer_of(before) != world.signer_of(after)
    for confirmation in (world.first, before, after):
        world.verify(confirmation)
    assert world.confirmed(world.first_order) == world.first, "asked again it is the one that was signed then"


def test_a_ca_key_is_not_taken_before_others_know_it(world):
    world.keys("request-ca", "--out", world.folder / "ca.req")
    root = ["--root", world.network.root_folder, "--root-passphrase-file", world.network.root_passphrase_file]
    world.map.command("certify-ca", *root, "--ca", world.ca_pems[0], "--request", world.folder / "ca.req", "--out", world.folder / "next.pem")
    with pytest.raises(StepFailed, match="does not name both CA keys"):
        world.keys("take-ca", world.folder / "next.pem")
    assert world.network.ca_pem.read_bytes() == world.ca_pems[0].read_bytes()
    world.buy()


def test_a_request_for_another_name_or_with_a_stranger_s_certificate_is_not_certified(world):
    root = ["--root", world.network.root_folder, "--root-passphrase-file", world.network.root_passphrase_file]
    key, request = world.folder / "stranger.key", world.folder / "stranger.req"
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-subj", "/O=Countersign Demo/CN=Somebody",
            "-outform", "DER", "-out", request)
    with pytest.raises(StepFailed, match="name_not_permitted"):
        world.map.command("certify-ca", *root, "--ca", world.ca_pems[0], "--request", request, "--out", world.folder / "no.pem")
    other = world.folder / "other-root"
    world.network.operator("init-root", "--out", other, "--network", "Countersign Demo", "--passphrase-file", world.network.root_passphrase_file)
    with pytest.raises(StepFailed, match="certificate_unknown|signature_invalid"):
        world.map.command("certify-ca", "--root", other, *root[2:], "--ca", world.ca_pems[0], "--request", world.folder / "ca.req",
                          "--out", world.folder / "no.pem")
    assert not (world.folder / "no.pem").exists()


def test_a_new_ca_key_issues_while_certificates_of_the_old_one_trade_on(world):
    network = world.network

    def with_next(folder: pathlib.Path, present: str) -> str:
        (folder / "next.pem").write_bytes((world.folder / "next.pem").read_bytes())
        return f'{present}, "next.pem"'
    world.next_map("both", with_next)
    world.buy()

    network.merchant.stop()  # it asks every two minutes, and when it starts
    network.start_merchant()
    network.wait_merchant()
    wait_until(lambda: f"countersign_network_map_version {len(world.map.signed)}" in world.gateway_says(), "the gateway to take the map")
    assert "Restart the server now" in world.keys("take-ca", world.folder / "next.pem")
    world.restart()
    world.keep_ca()
    assert world.ca_pems[1].read_bytes() != world.ca_pems[0].read_bytes()

    confirmation = world.buy()
    world.verify(confirmation)
    world.verify(world.first)
    world.newcomer, _ = world.trade.purchaser("of-the-new-key")
    assert world.newcomer.chain.read_bytes() == openssl("x509", "-in", world.ca_pems[1])
    for trade in (world.trade, world.trade_abroad):
        world.verify(world.confirmed(trade.countersigned(world.newcomer), trade))
    with urllib.request.urlopen(network.authority_url + "/v1/network", timeout=10,
                                context=ssl.create_default_context(cafile=str(network.root_pem))) as response:
        told = json.load(response)
    assert [told["ca"], *told["authorities"]] == [world.ca_pems[1].read_text(), world.ca_pems[1].read_text(), world.ca_pems[0].read_text()]


def test_openssl_judges_certificates_of_both_keys(world, tmp_path):
    network = world.network
    pairs = [(world.purchaser, world.ca_pems[0]), (world.newcomer, world.ca_pems[1])]
    for digest in ([], ["-sha256"]):
        for party, ca in pairs:
            assert ": good" in ocsp_says(world, party.certificate, ca, *digest)
    serial = "0x" + serial_of(world.purchaser.certificate)
    crossed = subprocess.run(["openssl", "ocsp", "-issuer", world.ca_pems[1], "-serial", serial, "-url", network.status_url + "/ocsp", "-CAfile",
                              network.root_pem, "-verify_other", world.ca_pems[1]], capture_output=True, text=True, check=False)
    assert ": unknown" in crossed.stdout and "good" not in crossed.stdout, "that key did not issue it"
    for number, (party, ca) in enumerate(pairs):
        crl = tmp_path / f"{number}.pem"
        crl_of(world, party.certificate, ca, crl)
        said = path_says(world, party.certificate, ca, crl)
        assert said.returncode == 0, said.stderr


def test_ldap_has_the_certificates_and_the_lists_of_both_keys(world, tmp_path):
    def found(kind: str) -> list[bytes]:
        return world.ldap.read(DATA_CENTRE).values(f"{kind};binary")
    both = [openssl("x509", "-in", ca, "-outform", "DER") for ca in world.ca_pems]
    wait_until(lambda: sorted(found("cACertificate")) == sorted(both), "both CA certificates in LDAP")
    wait_until(lambda: len(found("certificateRevocationList")) == 2, "both revocation lists in LDAP")

    # A certificate begins on hold until its holder has proven the key, and the lists in LDAP follow within seconds.
    def path_by_list_holds(party, ca) -> bool:
        signed, = [each for each in found("certificateRevocationList") if is_signed_by(each, ca)]
        crl = tmp_path / "found.pem"
        crl.write_bytes(openssl("crl", "-inform", "DER", stdin=signed))
        said = path_says(world, party.certificate, ca, crl)
        assert said.returncode == 0 or "certificate revoked" in said.stderr, said.stderr
        return said.returncode == 0

    for party, ca in ((world.purchaser, world.ca_pems[0]), (world.newcomer, world.ca_pems[1])):
        wait_until(lambda party=party, ca=ca: path_by_list_holds(party, ca), "a list in LDAP by which the path holds")


def test_certificates_of_both_keys_are_suspended_and_revoked_after_the_change(world, tmp_path):
    parties = [(world.doomed, world.ca_pems[0]), (world.newcomer, world.ca_pems[1])]
    waiting = [world.trade.countersigned(party) for party, _ in parties]
    for party, _ in parties:
        world.network.operator("certificates", "suspend", serial_of(party.certificate))
    for number, (party, ca) in enumerate(parties):
        assert world.trade.confirm(world.trade.connect(), waiting[number]).status == 403
        assert world.trade_abroad.confirm(world.trade_abroad.connect(), world.trade_abroad.countersigned(party)).status == 403
        assert ": revoked" in ocsp_says(world, party.certificate, ca)
        crl = tmp_path / f"{number}.pem"
        assert serial_of(party.certificate) in crl_of(world, party.certificate, ca, crl)
        assert "certificate revoked" in path_says(world, party.certificate, ca, crl).stderr
    world.network.operator("certificates", "resume", serial_of(world.newcomer.certificate))
    world.network.operator("certificates", "revoke", serial_of(world.doomed.certificate), "--reason", "keyCompromise")
    assert ": good" in ocsp_says(world, world.newcomer.certificate, world.ca_pems[1])
    assert "keyCompromise" in ocsp_says(world, world.doomed.certificate, world.ca_pems[0])
    assert world.confirmed(waiting[1])
    refused = world.trade.confirm(world.trade.connect(), waiting[0])
    assert refused.status == 403 and b"certificate_revoked" in refused.body


def test_a_merchant_renews_from_the_old_key_to_the_new_one(world):
    network = world.network
    before = serial_of(network.merchant_certificate)
    network.shop("renew")
    network.merchant.stop()
    network.start_merchant()
    network.wait_merchant()
    assert serial_of(network.merchant_certificate) != before
    world.trade = Trade(network)
    assert openssl("x509", "-in", world.trade.merchant.certificate, "-noout", "-ext", "authorityKeyIdentifier") == openssl(
        "x509", "-in", world.newcomer.certificate, "-noout", "-ext", "authorityKeyIdentifier")
    for purchaser in (world.purchaser, world.newcomer):
        world.verify(world.confirmed(world.trade.countersigned(purchaser)))


def test_a_purchaser_renews_from_the_old_key_to_the_new_one(world):
    network = world.network
    network.wallet("renew", "--pin-file", network.wallet_folder / "pin")
    network.wallet_pay(network.create_checkout(LINES, "KRW")["link"])


def test_every_service_key_is_changed_again_under_two_ca_keys(world):
    for kind in ("ocsp", "confirmation", "tls", "time-stamp"):
        world.keys("roll-over", kind)
    world.restart()
    world.buy()
    for party, ca in ((world.purchaser, world.ca_pems[0]), (world.newcomer, world.ca_pems[1])):
        assert ": good" in ocsp_says(world, party.certificate, ca)
    world.verify(world.first)


def test_a_ca_key_that_leaked_is_put_out_of_force(world, tmp_path):
    old = re.search(r"^ca +([0-9a-f]{16}) +earlier", world.keys("list"), re.MULTILINE).group(1)
    with pytest.raises(StepFailed, match="certificates of this CA key are in force"):
        world.keys("retire-ca", old)
    world.next_map("new", lambda folder, both: both.split(", ")[1], "--leave-out")
    refused = world.trade_abroad.confirm(world.trade_abroad.connect(), world.trade_abroad.countersigned(world.purchaser))
    assert refused.status == 403 and b"certificate_unknown" in refused.body, "abroad from the map on: " + repr(refused)
    assert world.confirmed(world.trade_abroad.countersigned(world.newcomer), world.trade_abroad)
    world.keys("retire-ca", old, "--leaked")
    world.restart()
    refused = world.trade.confirm(world.trade.connect(), world.trade.countersigned(world.purchaser))
    assert refused.status == 403 and b"certificate_unknown" in refused.body, refused
    world.verify(world.confirmed(world.trade.countersigned(world.newcomer)))
    world.verify(world.first)  # what was confirmed before stays verifiable
    crl_of(world, world.newcomer.certificate, world.ca_pems[1], tmp_path / "still-there.pem")
    world.keys("destroy", old)
    assert "each fits the one before" in world.network.verify_audit_log()
