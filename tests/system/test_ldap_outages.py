# SPDX-License-Identifier: Apache-2.0
"""LDAP servers that stop, freeze, lose everything or hold what they should not, a publisher killed in the middle, and
connections that nobody may listen to: the directory is whole again afterwards, and confirmations never wait for it."""
import base64
import os
import signal
import statistics
import subprocess
import time
import urllib.request

import pytest

from demo.network import DATA_CENTRE
from demo.processes import StepFailed, run, wait_until
from ldap_servers import PUBLISHER, LdapServer, PublishedNetwork, settings_of
from openssl_party import openssl
from test_status import serial_of
from trade import Trade

PURCHASERS = f"ou=purchasers,{DATA_CENTRE}"
MERCHANTS = f"ou=merchants,{DATA_CENTRE}"
JUNK = 3000


class Published:
    """An authority with a merchant, two purchasers and the server that it publishes to."""

    def __init__(self, folder):
        self.server = LdapServer("data-centre", folder / "ldap", "--name", DATA_CENTRE).configure().start()
        self.network = PublishedNetwork(folder / "network", settings_of(self.server))
        self.network.bring_up()
        self.trade = Trade(self.network)
        self.purchasers = [self.trade.purchaser(name)[0] for name in ("kim", "lee")]

    def stop(self) -> None:
        self.network.stop()
        self.server.stop()

    def is_whole(self) -> bool:
        """Whether everything is there, with the very octets, and nothing beside it."""
        expected = {one.subject.lower() for one in self.purchasers} | {PURCHASERS.lower()}
        found = self.server.search(DATA_CENTRE, account=PUBLISHER)
        return (self.server.names(PURCHASERS) == expected
                and all(one.der in self.server.certificates(one.subject) and len(self.server.certificates(one.subject)) == 2
                        for one in self.purchasers)
                and self.server.certificates(self.trade.merchant.subject) == [self.trade.merchant.der]
                and found.values("certificateRevocationList;binary") == [self.crl()]
                # The authority's four, and the containers.
                and len(found.entries) == 1 + 4 + 3 + 1)

    def crl(self) -> bytes:
        with urllib.request.urlopen(self.network.status_url + "/crl.crl", timeout=10) as response:
            return response.read()

    def wait_whole(self) -> None:
        wait_until(self.is_whole, "the directory to be whole", 60)

    def log(self) -> str:
        return self.network.authority.log.read_text()

    def wait_settled(self) -> None:
        """Whole, and compared to the end."""
        self.wait_whole()
        wait_until(lambda: self.network.metric("countersign_ldap_up") == 1
                   and self.network.metric("countersign_ldap_reconciling") == 0, "the reconciliation to end")


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    made = Published.__new__(Published)
    try:
        made.__init__(tmp_path_factory.mktemp("ldap"))
        yield made
    finally:
        for name in ("network", "server"):
            if hasattr(made, name):
                getattr(made, name).stop()


@pytest.fixture
def published(module):
    module.server.start() if not module.server.service.running() else None
    module.wait_settled()
    return module


def confirm_times(published, count: int) -> list[float]:
    peer, times = published.trade.connect(), []
    for order in [published.trade.countersigned(published.purchasers[0]) for _ in range(count)]:
        begin = time.monotonic()
        assert published.trade.confirm(peer, order).status == 200
        times.append(time.monotonic() - begin)
    return times


def test_a_server_that_was_away_is_caught_up_and_said_to_be_away_once(published):
    away_before, tries_before = published.log().count("event=ldap_away"), published.network.metric("countersign_ldap_failures_total")
    published.server.stop()
    suspended = published.purchasers[1]
    published.network.operator("certificates", "suspend", serial_of(suspended))
    wait_until(lambda: published.network.metric("countersign_ldap_failures_total") >= tries_before + 3, "three tries in vain", 60)
    assert published.network.metric("countersign_ldap_up") == 0 and published.network.metric("countersign_ldap_lag_seconds") > 0
    assert published.log().count("event=ldap_away") == away_before + 1
    with pytest.raises(StepFailed, match="(?s)1 wait.*unavailable"):
        published.network.operator("ldap", "status")
    published.server.start()
    wait_until(lambda: suspended.der not in published.server.certificates(suspended.subject), "the suspended certificate to go", 90)
    published.network.operator("certificates", "resume", serial_of(suspended))
    published.wait_whole()
    wait_until(lambda: published.network.metric("countersign_ldap_lag_seconds") == 0, "no lag")


def test_a_server_that_lost_everything_gets_it_again(published):
    published.server.stop()
    published.server.wipe()
    published.server.start()
    assert published.server.read(DATA_CENTRE).code != 0
    published.wait_whole()


def test_what_changed_while_the_authority_was_away_is_made_right_at_its_start(published):
    published.network.authority.stop()
    victim = published.purchasers[1]
    published.network.operator("certificates", "suspend", serial_of(victim))
    lost = published.purchasers[0].subject
    assert published.server.tool("ldapdelete", lost, account=PUBLISHER).returncode == 0
    published.network.start_authority()
    wait_until(lambda: victim.der not in published.server.certificates(victim.subject), "the suspended certificate to go")
    published.network.operator("certificates", "resume", serial_of(victim))
    published.wait_whole()


def test_what_does_not_belong_there_goes_and_what_was_altered_is_made_right(published):
    other = published.purchasers[1]
    foreign = openssl("x509", "-in", published.network.root_pem, "-outform", "DER")
    encoded = base64.b64encode(foreign).decode()
    stranger = base64.b64encode(other.der).decode()
    changes = f"""dn: uid=stranger,{PURCHASERS}
changetype: add
objectClass: account
objectClass: pkiUser
uid: stranger
userCertificate;binary:: {stranger}

dn: cn=below,uid=stranger,{PURCHASERS}
changetype: add
objectClass: organizationalRole
cn: below

dn: {other.subject}
changetype: modify
add: description
description: lives in Seoul
-
add: userCertificate;binary
userCertificate;binary:: {encoded}

dn: {DATA_CENTRE}
changetype: modify
replace: cACertificate;binary
cACertificate;binary:: {encoded}
-
add: description
description: of somebody else

dn: {published.trade.merchant.subject}
changetype: delete
"""
    done = published.server.tool("ldapmodify", account=PUBLISHER, stdin=changes)
    assert done.returncode == 0, done.stderr
    assert not published.is_whole()
    said = published.network.operator("ldap", "reconcile")
    assert "1 added, 2 altered, 1 removed" in said, said
    assert published.is_whole()
    entry, = published.server.search(DATA_CENTRE, "-s", "base", account=PUBLISHER).entries.values()
    assert "description" not in entry and entry["cacertificate;binary"] == [openssl("x509", "-in", published.network.ca_pem, "-outform", "DER")]
    assert "0 added, 0 altered, 0 removed" in published.network.operator("ldap", "reconcile")


def fill_with_junk(published) -> None:
    """Thousands of entries that do not belong there, so that a reconciliation takes its time."""
    ldif = "\n".join(f"dn: cn=junk-{number},{MERCHANTS}\nobjectClass: organizationalRole\ncn: junk-{number}\n" for number in range(JUNK))
    published.server.stop()
    run(["/usr/sbin/slapadd", "-q", "-f", published.server.folder / "slapd.conf", "-b", DATA_CENTRE], stdin=ldif)
    published.server.start()


def junk_left(published) -> int:
    return sum(name.startswith("cn=junk-") for name in published.server.names(MERCHANTS))


@pytest.mark.parametrize("who", ["the authority", "the command"])
def test_a_reconciliation_that_was_killed_in_the_middle_is_done_whole_by_the_next(published, who):
    published.network.authority.stop()
    fill_with_junk(published)
    assert published.server.tool("ldapdelete", published.purchasers[0].subject, account=PUBLISHER).returncode == 0
    if who == "the authority":
        published.network.start_authority()
        process = published.network.authority.process
    else:
        process = subprocess.Popen([published.network.programs["countersign-authority"], "--config",
                                    published.network.authority_folder / "authority.toml", "ldap", "reconcile"], stdout=subprocess.DEVNULL)
    wait_until(lambda: junk_left(published) < JUNK, "the reconciliation to begin", 60)
    process.kill()
    process.wait()
    # What was sent last may be done after its sender's end.
    left = wait_until(lambda: (count := junk_left(published)) == junk_left(published) and count, "the server to be at rest")
    assert 0 < left < JUNK, "killed in the middle"
    if who == "the authority":
        published.network.start_authority()
        published.wait_whole()
    else:
        assert f"1 added, 0 altered, {left} removed" in published.network.operator("ldap", "reconcile")
        published.network.start_authority()
        published.wait_whole()


def test_confirmations_go_on_as_fast_while_the_server_is_frozen(published):
    confirm_times(published, 20)
    before = confirm_times(published, 60)
    os.kill(published.server.service.process.pid, signal.SIGSTOP)
    try:
        published.network.operator("certificates", "suspend", serial_of(published.purchasers[1]))
        wait_until(lambda: published.network.metric("countersign_ldap_lag_seconds") > 0, "the lag to show")
        frozen = confirm_times(published, 60)
    finally:
        os.kill(published.server.service.process.pid, signal.SIGCONT)
    assert statistics.median(frozen) < 2 * statistics.median(before), (statistics.median(before), statistics.median(frozen))
    published.network.operator("certificates", "resume", serial_of(published.purchasers[1]))
    published.wait_whole()


def test_an_authority_ends_in_time_while_the_server_is_frozen(published):
    os.kill(published.server.service.process.pid, signal.SIGSTOP)
    try:
        published.network.operator("certificates", "suspend", serial_of(published.purchasers[1]))
        wait_until(lambda: published.network.metric("countersign_ldap_lag_seconds") > 0, "the lag to show")
        begin = time.monotonic()
        published.network.authority.stop(30)
        assert time.monotonic() - begin < 9
    finally:
        os.kill(published.server.service.process.pid, signal.SIGCONT)
        published.network.operator("certificates", "resume", serial_of(published.purchasers[1]))
        published.network.start_authority()


# --- who may listen


def server_certificate(folder, address: str):
    """A CA of the test's own and a certificate of it for an address."""
    folder.mkdir(exist_ok=True)
    ca, ca_key, key, certificate = (folder / name for name in ("ca.pem", "ca.key", "key.pem", "certificate.pem"))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Directory CA",
            "-keyout", ca_key, "-out", ca)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=directory",
            "-addext", f"subjectAltName=IP:{address}", "-addext", "basicConstraints=critical,CA:FALSE", "-CA", ca, "-CAkey", ca_key,
            "-keyout", key, "-out", certificate)
    return ca, certificate, key


def reconcile_at(published, tmp_path, url: str, server: LdapServer, more: str) -> subprocess.CompletedProcess:
    """The operator's command with another server in the configuration."""
    plain = published.network.authority_folder / "authority.toml"
    file = plain.with_name("other-server.toml")
    file.write_text(plain.read_text().split("\n[ldap]")[0] + settings_of(server, url, more))
    return subprocess.run([published.network.programs["countersign-authority"], "--config", file, "ldap", "reconcile"],
                          capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secured")
    ca, certificate, key = server_certificate(folder / "tls", "127.0.0.1")
    server = LdapServer("data-centre", folder / "ldap", "--name", DATA_CENTRE, "--tls-certificate", certificate, "--tls-key", key,
                        urls=("ldap", "ldaps")).configure().start()
    yield server, ca
    server.stop()


def test_it_is_published_over_tls_and_over_starttls(published, secured, tmp_path):
    server, ca = secured
    done = reconcile_at(published, tmp_path, server.urls["ldaps"], server, f'ca_file = "{ca}"\n')
    assert done.returncode == 0 and "0 added" not in done.stdout, done.stderr
    done = reconcile_at(published, tmp_path, server.urls["ldap"], server, f'ca_file = "{ca}"\nstart_tls = true\n')
    assert done.returncode == 0 and "0 added, 0 altered, 0 removed" in done.stdout, done.stderr
    assert server.certificates(published.purchasers[0].subject)


def test_no_password_goes_to_a_server_that_the_ca_does_not_vouch_for(published, secured, tmp_path):
    server, _ = secured
    other, _, _ = server_certificate(tmp_path / "other", "127.0.0.1")
    for url, more in ((server.urls["ldaps"], ""), (server.urls["ldap"], "start_tls = true\n")):
        done = reconcile_at(published, tmp_path, url, server, f'ca_file = "{other}"\n{more}')
        assert done.returncode == 1 and "unavailable" in done.stderr, done.stderr


def test_no_password_goes_to_a_server_of_another_address(published, tmp_path):
    ca, certificate, key = server_certificate(tmp_path / "tls", "127.0.0.2")
    server = LdapServer("data-centre", tmp_path / "ldap", "--name", DATA_CENTRE, "--tls-certificate", certificate, "--tls-key", key,
                        urls=("ldap", "ldaps")).configure().start()
    try:
        done = reconcile_at(published, tmp_path, server.urls["ldaps"], server, f'ca_file = "{ca}"\n')
        assert done.returncode == 1 and "unavailable" in done.stderr, done.stderr
    finally:
        server.stop()


def test_a_server_with_tls_takes_no_password_in_the_clear(published, secured, tmp_path):
    server, _ = secured
    done = reconcile_at(published, tmp_path, server.urls["ldap"], server, "")
    assert done.returncode == 1 and "unauthenticated" in done.stderr, done.stderr


def test_a_wrong_password_is_named(published, tmp_path):
    wrong = tmp_path / "publisher-password"
    wrong.write_text("wrong\n")
    class Elsewhere:
        url, folder = published.server.url, tmp_path
    done = reconcile_at(published, tmp_path, "", Elsewhere, "")
    assert done.returncode == 1 and "unauthenticated" in done.stderr, done.stderr


@pytest.mark.parametrize("url, more, code", [("ldap://192.0.2.1", "", "forbidden"), ("ldap://localhost:389", "", "forbidden"),
                                             ("ldaps://127.0.0.1", "", "malformed"), ("http://127.0.0.1", "", "malformed"),
                                             ("ldap://127.0.0.1/o=Other", "", "malformed")])
def test_a_configuration_that_would_show_the_password_is_refused(published, tmp_path, url, more, code):
    done = reconcile_at(published, tmp_path, url, published.server, more)
    assert done.returncode == 1 and code in done.stderr and "ldap." in done.stderr, done.stderr
