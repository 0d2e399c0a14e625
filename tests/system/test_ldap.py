# SPDX-License-Identifier: Apache-2.0
"""Other software finds certificates and revocation lists in LDAP, over data centres, by `ldapsearch` of Debian against real
OpenLDAP servers; nobody can list purchasers, nobody but the publisher writes, and replicas serve when it is gone."""
import subprocess
import urllib.request

import pytest

from demo.network import DATA_CENTRE, NETWORK, authority_toml, write_private
from demo.processes import free_port, run, wait_until
from ldap_servers import INSUFFICIENT_ACCESS, NO_SUCH_OBJECT, PUBLISHER, REFERRAL, REPLICA, LdapServer, PublishedNetwork, settings_of
from openssl_party import openssl
from test_status import serial_of
from trade import Trade

BUSAN = "OU=busan-1,OU=kr,O=Countersign Demo"
PURCHASERS = f"ou=purchasers,{DATA_CENTRE}"


class World:
    """Two data centres below a network, each with its server, and Seoul's replicas; Seoul's authority runs."""

    def __init__(self, folder):
        top = f"O={NETWORK}"
        self.top = LdapServer("network", folder / "top", "--name", top)
        self.seoul = LdapServer("data-centre", folder / "seoul", "--name", DATA_CENTRE, "--superior", self.top.url)
        self.busan = LdapServer("data-centre", folder / "busan", "--name", BUSAN, "--superior", self.top.url)
        self.replicas = [LdapServer("replica", folder / f"replica-{number}", "--name", DATA_CENTRE, "--superior", self.top.url,
                                    "--provider", self.seoul.url, "--password-file", folder / "seoul/replica-password")
                         for number in (1, 2)]
        for server in (self.seoul, self.busan):
            server.configure().start()
        for server in self.replicas:
            server.configure().start()
        self.network = PublishedNetwork(folder / "network", settings_of(self.seoul))
        self.network.bring_up()
        self.top.configure("--root", self.network.root_pem, "--data-centre", f"{DATA_CENTRE}={self.seoul.url}",
                           "--data-centre", f"{BUSAN}={self.busan.url}").start()
        self.found_busan(folder)
        self.trade = Trade(self.network)
        self.purchaser, _ = self.trade.purchaser("kim")

    def found_busan(self, folder) -> None:
        """A second data centre of the same root, published once by its operator."""
        folder = folder / "busan-authority"
        write_private(folder / "keys/passphrase", "passphrase of busan\n")
        write_private(folder / "keys/mail-password", "password\n")
        ports = {f"{name}_port": free_port() for name in ("service", "status", "smtp")}
        write_private(folder / "authority.toml", authority_toml(data_centre=BUSAN, mail_ca="none.pem", **ports) + settings_of(self.busan))
        authority = [self.network.programs["countersign-authority"], "--config", folder / "authority.toml"]
        run([*authority, "init", "--root", self.network.folder / "root", "--root-passphrase-file", self.network.folder / "root-passphrase"])
        self.busan_said = run([*authority, "ldap", "reconcile"])
        self.busan_folder = folder

    def stop(self) -> None:
        for stopping in (self.network, self.top, self.seoul, self.busan, *self.replicas):
            stopping.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World.__new__(World)
    try:
        made.__init__(tmp_path_factory.mktemp("ldap"))
        wait_until(lambda: made.seoul.certificates(made.purchaser.subject), "the purchaser's certificates in LDAP")
        yield made
    finally:
        for name in ("network", "top", "seoul", "busan"):
            if hasattr(made, name):
                getattr(made, name).stop()
        for replica in getattr(made, "replicas", []):
            replica.stop()


def wait_gone(server: LdapServer, name: str, der: bytes) -> None:
    wait_until(lambda: der not in server.certificates(name), "the certificate to go")


def wait_newest_list(world) -> None:
    def same():
        with urllib.request.urlopen(world.network.status_url + "/crl.crl", timeout=10) as response:
            return world.seoul.read(DATA_CENTRE).values("certificateRevocationList;binary") == [response.read()]
    wait_until(same, "the newest revocation list")


def test_a_subscriber_of_another_data_centre_is_found_by_following_the_referral(world, tmp_path):
    wait_newest_list(world)
    subject = world.purchaser.subject
    assert world.busan.read(subject).code == REFERRAL
    found = world.busan.follow(subject).values("userCertificate;binary")
    assert sorted(world.top.certificates(subject, "-C")) == sorted(found), "as ldapsearch follows it by itself"
    assert len(found) == 2 and world.purchaser.der in found, "the very octets that the authority issued, and the agreement key's"
    centre = world.busan.follow(DATA_CENTRE)
    crl, ca = centre.values("certificateRevocationList;binary"), centre.values("cACertificate;binary")
    assert ca == [openssl("x509", "-in", world.network.ca_pem, "-outform", "DER")]
    assert len(crl) == 1
    certificate, crl_pem = tmp_path / "found.pem", tmp_path / "crl.pem"
    certificate.write_bytes(openssl("x509", "-inform", "DER", stdin=world.purchaser.der))
    crl_pem.write_bytes(openssl("crl", "-inform", "DER", stdin=crl[0]))
    said = openssl("verify", "-crl_check", "-x509_strict", "-CAfile", world.network.ca_pem, "-partial_chain", "-CRLfile", crl_pem,
                   certificate)
    assert b": OK" in said


def test_the_revocation_list_is_the_one_that_http_serves(world):
    wait_newest_list(world)


def test_the_other_way_round_the_referral_leads_to_the_second_data_centre(world):
    name = f"cn=Authority Server,ou=authority,{BUSAN}"
    issued = openssl("x509", "-in", world.busan_folder / "certificates/tls.pem", "-outform", "DER")
    assert world.seoul.follow(name).values("userCertificate;binary") == [issued]
    assert "4 entries of certificates" in world.busan_said and "0 that the server does not take" in world.busan_said


def test_merchants_and_authorities_may_be_found(world):
    found = world.seoul.search(f"ou=merchants,{DATA_CENTRE}", "(cn=Hanok*)")
    assert found.values("userCertificate;binary") == [world.trade.merchant.der]
    tree = world.top.search(f"O={NETWORK}", "-C", "(cn=Hanok*)")
    assert tree.values("userCertificate;binary") == [world.trade.merchant.der], "also from the top, by its references"
    root = world.top.read(f"O={NETWORK}").values("cACertificate;binary")
    assert root == [openssl("x509", "-in", world.network.root_pem, "-outform", "DER")]


def test_a_purchasers_entry_says_nothing_but_name_and_certificates(world):
    entry, = world.seoul.read(world.purchaser.subject, "*", "+").entries.values()
    assert set(entry) == {"objectclass", "uid", "usercertificate;binary"}
    assert sorted(entry["objectclass"]) == [b"account", b"pkiUser"]


SEARCHES = {
    "one level": (PURCHASERS, "-s", "one"),
    "whole subtree": (PURCHASERS, "-s", "sub"),
    "children": (PURCHASERS, "-s", "children"),
    "the container itself": (PURCHASERS, "-s", "base"),
    "from the data centre": (DATA_CENTRE, "-s", "sub"),
    "from the region": ("ou=kr,o=Countersign Demo", "-s", "sub"),
    "from the network": (f"o={NETWORK}", "-s", "sub"),
    "from nothing": ("", "-s", "sub"),
    "by prefix": (PURCHASERS, "(uid=0*)"),
    "by presence": (DATA_CENTRE, "(uid=*)"),
    "by order": (DATA_CENTRE, "(uid>=0)"),
    "by class": (DATA_CENTRE, "(objectClass=account)"),
    "by certificate": (DATA_CENTRE, "(userCertificate=*)"),
    "by negation": (PURCHASERS, "(!(cn=*))"),
    "by rule": (PURCHASERS, "(uid:caseIgnoreSubstringsMatch:=0)"),
    "by extended name": (DATA_CENTRE, "(ou:dn:=purchasers)"),
    "by entry's number": (DATA_CENTRE, "(entryUUID=*)", "+"),
    "in pages": (PURCHASERS, "-E", "pr=1/noprompt"),
    "in pages from above": (DATA_CENTRE, "-E", "pr=1/noprompt", "(uid=*)"),
    "sorted": (PURCHASERS, "-E", "sss=uid"),
    "sorted with a window": (PURCHASERS, "-E", "sss=uid", "-E", "vlv=0/10/1/0"),
    "one only": (PURCHASERS, "-z", "1", "(uid=*)"),
    "one only from above": (DATA_CENTRE, "-z", "1", "(uid=*)"),
    "as a replica": (PURCHASERS, "-E", "sync=ro"),
    "as a replica from above": (DATA_CENTRE, "-E", "sync=ro", "(uid=*)"),
    "with references as entries": (DATA_CENTRE, "-M", "(uid=*)"),
    "through aliases": (DATA_CENTRE, "-a", "always", "(uid=*)"),
    "subentries": (PURCHASERS, "-E", "subentries=true"),
    "beside a name that is known": ("{known}", "-s", "sub", "(|(uid=*)(objectClass=*))"),
    "the accounts": ("cn=accounts", "-s", "sub"),
}


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("where", ["provider", "replica"])
def test_nobody_can_list_purchasers(world, search, where):
    server = world.seoul if where == "provider" else world.replicas[0]
    known = world.purchaser.subject
    if not hasattr(world, "second"):
        world.second, _ = world.trade.purchaser("lee")
    for one in (world.purchaser, world.second):
        wait_until(lambda name=one.subject: server.certificates(name), "what there is to be hidden")
    base, *words = SEARCHES[search]
    found = server.search(base.replace("{known}", known), "-C", *words)
    allowed = {known.lower()} if "{known}" in base else set()
    listed = {name.lower() for name in found.entries if name.lower().startswith("uid=")}
    assert listed == allowed, found.text
    assert "cn=accounts" not in found.entries and "userpassword" not in found.text.lower()


def test_whoever_listens_for_changes_hears_of_no_purchaser(world):
    """The synchronization of RFC 4533 as a lasting search, while a purchaser's certificates come and go."""
    listening = [subprocess.Popen(["ldapsearch", "-x", "-LLL", "-H", world.seoul.url, "-b", base, "-E", "sync=rp"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for base in (PURCHASERS, DATA_CENTRE)]
    try:
        subject = world.purchaser.subject
        world.network.operator("certificates", "suspend", serial_of(world.purchaser))
        wait_gone(world.seoul, subject, world.purchaser.der)
        world.network.operator("certificates", "resume", serial_of(world.purchaser))
        wait_until(lambda: world.purchaser.der in world.seoul.certificates(subject), "the certificate to come back")
    finally:
        for one in listening:
            one.terminate()
    said = [one.communicate(timeout=10)[0].lower() for one in listening]
    assert "uid=" not in said[0] and "uid=" not in said[1] and "cn=hanok books" in said[1]


def test_who_knows_no_name_does_not_learn_whether_there_is_a_container(world):
    assert world.seoul.read(PURCHASERS).code == world.seoul.read(f"ou=nothing,{DATA_CENTRE}").code == NO_SUCH_OBJECT
    assert world.seoul.read(f"uid=nobody,{PURCHASERS}").code == NO_SUCH_OBJECT


ADDITION = "dn: uid=mallory,{container}\nobjectClass: account\nobjectClass: pkiUser\nuid: mallory\n"
WRITES = {
    "add": ("ldapadd", [], ADDITION),
    "alter": ("ldapmodify", [], "dn: {name}\nchangetype: modify\ndelete: userCertificate;binary\n"),
    "list": ("ldapmodify", [], "dn: {centre}\nchangetype: modify\ndelete: certificateRevocationList;binary\n"),
    "remove": ("ldapdelete", ["{name}"], ""),
    "rename": ("ldapmodrdn", ["{name}", "uid=mallory"], ""),
    "password": ("ldappasswd", ["-s", "mallory", PUBLISHER], ""),
}


@pytest.mark.parametrize("account", ["", REPLICA])
@pytest.mark.parametrize("write", WRITES)
def test_nobody_but_the_publisher_writes(world, write, account):
    program, words, stdin = WRITES[write]
    fill = {"container": PURCHASERS, "name": world.purchaser.subject, "centre": DATA_CENTRE}
    before = world.seoul.certificates(world.purchaser.subject)
    done = world.seoul.tool(program, *[word.format(**fill) for word in words], account=account, stdin=stdin.format(**fill))
    assert done.returncode != 0, done.stdout
    assert (INSUFFICIENT_ACCESS == done.returncode) or not account or write == "password"
    assert before and world.seoul.certificates(world.purchaser.subject) == before
    assert world.seoul.search(DATA_CENTRE, account=PUBLISHER).code == 0, "with the password that it had"
    assert world.seoul.read(DATA_CENTRE).values("certificateRevocationList;binary")
    assert world.seoul.read(f"uid=mallory,{PURCHASERS}").code == NO_SUCH_OBJECT


def issue_company(world, folder, name: str) -> tuple[str, list[bytes]]:
    """A card company's two certificates under this common name, and its whole name."""
    words = []
    for kind in ("", "agreement-"):
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / f"{kind}key.pem",
                "-subj", "/CN=company", "-outform", "DER", "-out", folder / f"{kind}request")
        words += [f"--{kind}request", folder / f"{kind}request", f"--{kind}out", folder / f"{kind}certificate.pem"]
    subject = world.network.operator("card-companies", "issue", f"--name={name}", *words).splitlines()[0]
    return subject, [openssl("x509", "-in", folder / f"{kind}certificate.pem", "-outform", "DER") for kind in ("", "agreement-")]


@pytest.mark.parametrize("name", ["a,ou=purchasers", "x+uid=y", "#04024869", '"quoted"', "back\\2Cslash", "*)(uid=*", "<a>;b",
                                  "=b", "한옥 카드", "a" * 200])
def test_a_name_made_to_escape_stays_below_its_container(world, tmp_path, name):
    subject, issued = issue_company(world, tmp_path, name)
    wait_until(lambda: sorted(world.seoul.certificates(subject)) == sorted(issued), f"the certificates of {name}")
    found = world.seoul.search(f"ou=card-companies,{DATA_CENTRE}", "-s", "one")
    assert [entry for entry in found.entries.values() if entry["cn"] == [name.encode()]], found.text
    assert not [at for at in world.seoul.names(PURCHASERS) if not at.startswith("uid=") and at != PURCHASERS.lower()]


def test_names_that_ldap_reads_alike_share_an_entry_and_keep_their_certificates(world, tmp_path):
    subject, issued = issue_company(world, tmp_path, "Twin Card")
    wait_until(lambda: len(world.seoul.certificates(subject)) == 2, "the first one's certificates")
    alike, others = issue_company(world, tmp_path, "TWIN  CARD")
    assert alike != subject
    wait_until(lambda: sorted(world.seoul.certificates(subject)) == sorted(issued + others), "both ones' certificates")
    serial = openssl("x509", "-inform", "DER", "-noout", "-serial", stdin=issued[0]).decode().strip().removeprefix("serial=")
    world.network.operator("certificates", "revoke", serial)
    wait_until(lambda: sorted(world.seoul.certificates(alike)) == sorted([issued[1], *others]), "only the revoked one to go")
    # The list that names the revoked one may be on its way; two parties in one entry would alter it each time.
    wait_until(lambda: "0 added, 0 altered, 0 removed" in world.network.operator("ldap", "reconcile"), "nothing to be altered")


def test_a_revoked_certificate_disappears_and_the_new_list_names_it(world, tmp_path):
    victim, _ = world.trade.purchaser("revoked")
    wait_until(lambda: victim.der in world.seoul.certificates(victim.subject), "the certificate")
    world.network.operator("certificates", "revoke", serial_of(victim))
    wait_gone(world.seoul, victim.subject, victim.der)
    assert len(world.seoul.certificates(victim.subject)) == 1, "the agreement key's stays"
    def named():
        crl, = world.seoul.read(DATA_CENTRE).values("certificateRevocationList;binary")
        return serial_of(victim).encode() in openssl("crl", "-inform", "DER", "-noout", "-text", stdin=crl)
    wait_until(named, "the new revocation list", 120)


def test_operators_are_not_published(world, tmp_path):
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", tmp_path / "key.pem",
            "-subj", "/CN=operator", "-outform", "DER", "-out", tmp_path / "request")
    world.network.operator("operators", "issue", "--name", "Kim Minji", "--request", tmp_path / "request", "--out", tmp_path / "certificate.pem")
    world.network.operator("ldap", "reconcile")
    assert "kim minji" not in " ".join(world.seoul.names(DATA_CENTRE))


def test_replicas_get_everything_and_serve_when_the_provider_is_gone(world):
    late, _ = world.trade.purchaser("late")
    for replica in world.replicas:
        wait_until(lambda server=replica: late.der in server.certificates(late.subject), "the certificate at a replica")
        done = replica.tool("ldapadd", stdin=ADDITION.format(container=PURCHASERS))
        assert done.returncode != 0, "a replica is written by its provider alone"
    world.seoul.stop()
    try:
        for replica in world.replicas:
            assert late.der in replica.certificates(late.subject)
            assert replica.read(DATA_CENTRE).values("certificateRevocationList;binary")
        world.network.operator("certificates", "revoke", serial_of(late))
    finally:
        world.seoul.start()
    for server in (world.seoul, *world.replicas):
        wait_gone(server, late.subject, late.der)
        assert len(server.certificates(late.subject)) == 1


def test_status_says_how_far_it_is(world):
    def settled():
        said = world.network.operator("ldap", "status")
        return said if "all published" in said and "the newest" in said else None
    said = wait_until(settled, "all to be published")
    assert world.seoul.url in said and "all compared" in said and "0 not taken" in said
