# SPDX-License-Identifier: Apache-2.0
"""The status feed as another implementation asks for it: openssl verifies its pages, Python recomputes their chain."""
import calendar
import hashlib
import json
import secrets
import struct
import subprocess
import threading
import time

import pytest

from demo.network import ARC, Network
from openssl_party import Answer, Peer, openssl
from test_network_map import World

REASONS = {"unspecified": 0, "keyCompromise": 1, "affiliationChanged": 3, "superseded": 4, "cessationOfOperation": 5,
           "certificateHold": 6, "privilegeWithdrawn": 9}


class Follower:
    """The authority of one data centre, with its TLS identity, as it asks for the feed of another."""

    def __init__(self, own: Network, home: Network):
        self.home = home
        key = own.authority_folder / "tls-open.pem"
        openssl("pkey", "-in", own.authority_folder / "keys/tls.key", "-passin", f"file:{own.authority_folder / 'keys/passphrase'}", "-out", key)
        chain = own.authority_folder / "tls-chain.pem"
        chain.write_bytes((own.authority_folder / "certificates/tls.pem").read_bytes() + own.ca_pem.read_bytes())
        self.authorities = own.authority_folder / "root-and-home.pem"
        self.authorities.write_bytes(own.root_pem.read_bytes() + home.ca_pem.read_bytes())
        self.peer = Peer(home.authority_url, own.root_pem, chain, key)

    def ask(self, after: dict | None, wait: int = 0, **spoilt) -> tuple[Answer, str]:
        nonce = secrets.token_hex(32)
        request = {"type": "status-feed-request", "version": 1, "dataCentre": self.home.data_centre, "after": after,
                   "nonce": nonce, "waitMilliseconds": wait, **spoilt}
        return self.peer.post_json("/v1/peers/status-feed", request, countersign_hops="0"), nonce

    def page(self, after: dict | None, wait: int = 0) -> dict:
        """A page, verified by openssl under the root and the home's CA in the responder's role."""
        answer, nonce = self.ask(after, wait)
        assert answer.status == 200, answer
        assert answer.headers["Content-Type"] == "application/pkcs7-mime"
        message = self.home.authority_folder / "page.p7m"
        message.write_bytes(answer.body)
        done = subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", message, "-CAfile", self.authorities,
             "-purpose", "any", "-explicit_policy", "-policy", f"{ARC}.1"], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        page = json.loads(done.stdout)
        assert page["nonce"] == nonce and page["asked"] == after and page["dataCentre"] == self.home.data_centre
        return page


def end_of(page: dict) -> dict:
    """The place after the page's changes, by the encoding of docs/protocols/status-feed.md."""
    place = dict(page["after"])
    for change in page["changes"]:
        serial = bytes.fromhex(change["serial"])
        good = change["status"] == "good"
        changed = calendar.timegm(time.strptime(change["changed"], "%Y-%m-%dT%H:%M:%SZ"))
        encoded = struct.pack(">qB", change["sequence"], len(serial)) + serial + bytes(
            [0 if good else 1, 0 if good else REASONS[change["reason"]]]) + struct.pack(">q", changed)
        place["digest"] = hashlib.sha256(bytes.fromhex(place["digest"]) + encoded).hexdigest()
        place["sequence"] = change["sequence"]
    return place


def signers_serial(centre: Network) -> str:
    text = openssl("x509", "-in", centre.authority_folder / "certificates/confirmation.pem", "-noout", "-serial").decode()
    return text.strip().removeprefix("serial=").lower()


@pytest.fixture(scope="module")
def follower(tmp_path_factory):
    """osaka-1, which asks seoul-1; both are in the map that seoul-1 uses."""
    world = World(tmp_path_factory.mktemp("feed"))
    with world.seoul:
        world.found_both()
        world.seoul.start_authority()
        yield Follower(world.osaka, world.seoul)


def test_a_change_made_by_command_reaches_who_waits_for_it(follower):
    home = follower.home
    beginning = follower.page(None)
    assert beginning["changes"] == []
    pages = []

    def wait_for_it() -> None:
        while not pages or not pages[-1]["changes"]:
            pages.append(follower.page(beginning["after"], 1000))

    waiting = threading.Thread(target=wait_for_it)
    waiting.start()
    home.operator("certificates", "suspend", signers_serial(home))
    waiting.join(timeout=60)
    assert not waiting.is_alive()
    assert all(page["after"] == beginning["after"] for page in pages)
    (change,) = pages[-1]["changes"]
    assert (change["serial"], change["status"], change["reason"]) == (signers_serial(home), "revoked", "certificateHold")

    home.operator("certificates", "resume", signers_serial(home))
    rest = follower.page(end_of(pages[-1]))
    assert [change["status"] for change in rest["changes"]] == ["good"]
    assert follower.page(None)["after"] == end_of(rest)
    assert follower.page(end_of(rest))["changes"] == []


def test_a_restored_store_speaks_in_another_epoch(follower, tmp_path):
    home = follower.home
    home.operator("backup", "--out", tmp_path / "authority.db")
    home.operator("certificates", "suspend", signers_serial(home))
    before = follower.page(None)["after"]
    home.authority.stop()
    follower.peer.close()
    home.operator("restore", "--from", tmp_path / "authority.db")
    home.start_authority()
    page = follower.page(before, 1000)
    assert page["after"]["epoch"] != before["epoch"]
    (change,) = follower.page({**page["after"], "sequence": 0, "digest": hashlib.sha256(
        b"countersign-status-feed-1" + bytes.fromhex(page["after"]["epoch"])).hexdigest()})["changes"]
    assert change["serial"] == signers_serial(home), "entered again from the record outside of the store"
    home.operator("certificates", "resume", signers_serial(home))


def test_nobody_else_is_told(follower, tmp_path):
    home, refused = follower.home, []
    stranger = Peer(home.authority_url, home.root_pem)
    refused.append(stranger.post_json("/v1/peers/status-feed", {}).json()["code"])
    answer, _ = follower.ask(None, dataCentre="OU=busan-1,OU=kr,O=Countersign Demo")
    refused.append(answer.json()["code"])
    answer, _ = follower.ask(None, waitMilliseconds=60000)
    refused.append(answer.json()["code"])
    assert refused == ["unauthenticated", "not_found", "malformed"]
