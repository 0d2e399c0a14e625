# SPDX-License-Identifier: Apache-2.0
"""The network map over two data centres: made, checked with openssl, installed, exchanged, never taken back."""
import os
import pathlib
import re
import secrets
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest

from demo.network import ARC, AUTHORITY_TOML, NETWORK, write_private
from demo.processes import ROOT, Service, StepFailed, free_port, run, wait_until

MAP_POLICY = f"{ARC}.10"


class DataCentre:
    """One authority below a root that several share."""

    def __init__(self, world: "World", name: str):
        self.world, self.name = world, name
        self.folder = world.folder / name.split(",")[0].removeprefix("OU=")
        self.service_port, self.status_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.service_port}"
        self.status_url = f"http://127.0.0.1:{self.status_port}"
        self.ca = self.folder / "certificates/ca.pem"
        self.server: Service | None = None

    def create(self) -> None:
        write_private(self.folder / "keys/passphrase", secrets.token_urlsafe(24) + "\n")
        write_private(self.folder / "keys/mail-password", secrets.token_urlsafe(12) + "\n")
        write_private(self.folder / "authority.toml", AUTHORITY_TOML.format(
            data_centre=self.name, service_port=self.service_port, status_port=self.status_port,
            smtp_port=free_port(), mail_ca=self.world.root_pem))
        self.operator("init", "--root", self.world.folder / "root",
                      "--root-passphrase-file", self.world.passphrase)

    def operator(self, *words) -> str:
        return run([self.world.program, "--config", self.folder / "authority.toml", *words])

    def start(self) -> None:
        if self.server is None:
            self.server = Service("authority", [self.world.program, "--config", self.folder / "authority.toml", "serve"],
                                  self.folder / "authority.log")
        self.server.start().wait_ready(self.status_url + "/readyz")

    def served(self) -> bytes:
        """The map as it is served to anybody who trusts the root; empty while there is none."""
        context = ssl.create_default_context(cafile=str(self.world.root_pem))
        try:
            with urllib.request.urlopen(self.url + "/v1/network/map", timeout=10, context=context) as response:
                assert response.headers["Content-Type"] == "application/pkcs7-mime"
                return response.read()
        except urllib.error.HTTPError as error:
            assert error.code == 404
            return b""

    def metrics(self) -> str:
        with urllib.request.urlopen(self.status_url + "/metrics", timeout=10) as response:
            return response.read().decode()


class World:
    """A root, the key that signs its maps, and the data centres below it."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        build = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))
        self.program = build / "apps/authority/countersign-authority"
        self.passphrase = write_private(folder / "passphrase", secrets.token_urlsafe(24) + "\n")
        self.root_pem = folder / "root/root.pem"
        run([self.program, "init-root", "--out", folder / "root", "--network", NETWORK,
             "--passphrase-file", self.passphrase])
        run([self.program, "network", "map-key", "--root", folder / "root", "--root-passphrase-file", self.passphrase,
             "--passphrase-file", self.passphrase, "--out", folder / "signer"])
        self.seoul = DataCentre(self, f"OU=seoul-1,OU=kr,O={NETWORK}")
        self.osaka = DataCentre(self, f"OU=osaka-1,OU=jp,O={NETWORK}")

    def sign(self, plan: pathlib.Path, out: str, previous: pathlib.Path | None = None, *words,
             signer: str = "signer") -> pathlib.Path:
        more = ["--previous", previous] if previous else []
        run([self.program, "network", "map", "sign", "--plan", plan, "--signer", self.folder / signer,
             "--passphrase-file", self.passphrase, "--out", self.folder / out, *more, *words])
        return self.folder / out

    def stop(self) -> None:
        for centre in (self.seoul, self.osaka):
            if centre.server:
                centre.server.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("map"))
    made.seoul.create()
    made.seoul.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def first(world) -> pathlib.Path:
    """The map of the first data centre alone, in use there."""
    world.seoul.operator("network", "map", "draft", "--out", world.folder / "plan-1")
    signed = world.sign(world.folder / "plan-1/plan.toml", "map-1.p7m")
    assert "version 1 installed" in world.seoul.operator("network", "map", "install", signed)
    wait_until(lambda: world.seoul.served() == signed.read_bytes(), "the running authority to take the map")
    return signed


@pytest.fixture(scope="module")
def second(world, first) -> pathlib.Path:
    """The operator adds a data centre: init there, a table more in the plan, sign, install at the new one alone."""
    world.osaka.create()
    world.seoul.operator("network", "map", "draft", "--out", world.folder / "plan-2")
    plan = world.folder / "plan-2/plan.toml"
    (world.folder / "plan-2/osaka-1.pem").write_bytes(world.osaka.ca.read_bytes())
    plan.write_text(plan.read_text() + f"""
[data_centre.osaka-1]
name = "{world.osaka.name}"
ca_certificates = ["osaka-1.pem"]
service_url = "{world.osaka.url}"
status_url = "{world.osaka.status_url}"
""")
    signed = world.sign(plan, "map-2.p7m", first)
    world.osaka.operator("network", "map", "install", signed)
    world.seoul.operator("network", "map", "install", signed)
    wait_until(lambda: world.seoul.served() == signed.read_bytes(), "seoul-1 to take version 2")
    world.osaka.start()
    return signed


def test_openssl_verifies_a_map_with_the_root_alone(world, first):
    def verify(policy: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", first, "-CAfile", world.root_pem,
             "-purpose", "any", "-x509_strict", "-explicit_policy", "-policy", policy], capture_output=True, check=False)
    good = verify(MAP_POLICY)
    assert good.returncode == 0, good.stderr
    assert b'"type":"network-map"' in good.stdout and world.seoul.url.encode() in good.stdout
    assert verify(f"{ARC}.2").returncode != 0  # what signs confirmations signs no maps, and the other way round


def test_a_second_data_centre_is_added_and_both_serve_the_map(world, first, second):
    for centre in (world.seoul, world.osaka):
        wait_until(lambda served=centre.served: served() == second.read_bytes(), f"{centre.name} to serve version 2")
        shown = centre.operator("network", "map", "show", "--installed")
        assert re.search(r"^version +2$", shown, re.MULTILINE)
        assert world.seoul.url in shown and world.osaka.url in shown
    wait_until(lambda: 'countersign_network_map_answers_total{answer="same"}' in world.osaka.metrics(),
               "the new data centre to ask the old one")


def test_an_older_map_is_refused_by_name(world, first, second):
    with pytest.raises(StepFailed, match=r"version 1 is older than version 2, which is kept \(conflict\)"):
        world.osaka.operator("network", "map", "install", first)
    assert "version 2 is installed already" in world.osaka.operator("network", "map", "install", second)
    assert world.osaka.served() == second.read_bytes()


def test_a_newer_map_travels_from_peer_to_peer(world, first, second):
    """Installed at one data centre while the other is down: the other fetches it when it is back."""
    world.seoul.operator("network", "map", "draft", "--out", world.folder / "plan-3")
    third = world.sign(world.folder / "plan-3/plan.toml", "map-3.p7m", second, "--valid-days", "10")
    world.osaka.server.stop()
    world.seoul.operator("network", "map", "install", third)
    wait_until(lambda: world.seoul.served() == third.read_bytes(), "seoul-1 to take version 3")
    world.osaka.start()
    wait_until(lambda: world.osaka.served() == third.read_bytes(), "osaka-1 to fetch version 3 by itself")


def test_a_plan_that_forgets_a_data_centre_is_refused_with_words(world, second):
    world.seoul.operator("network", "map", "draft", "--from", second, "--out", world.folder / "plan-short")
    plan = world.folder / "plan-short/plan.toml"
    text = plan.read_text()
    begin = text.index("[data_centre.osaka-1]")
    end = text.find("[data_centre.", begin + 1)
    plan.write_text(text[:begin] + (text[end:] if end > 0 else ""))
    with pytest.raises(StepFailed, match="which is not retired: sign a map with its `retired` first"):
        world.sign(plan, "short.p7m", second)


def test_no_plan_goes_on_from_a_map_that_a_stranger_signed(world, second, tmp_path_factory):
    stranger = World(tmp_path_factory.mktemp("stranger"))
    stranger.seoul.create()
    stranger.seoul.operator("network", "map", "draft", "--out", stranger.folder / "plan")
    forged = stranger.sign(stranger.folder / "plan/plan.toml", "forged.p7m")
    draft = ["network", "map", "draft", "--from", forged, "--out", world.folder / "plan-of-a-stranger"]
    with pytest.raises(StepFailed, match="certificate_unknown"):
        world.seoul.operator(*draft)
    with pytest.raises(StepFailed, match="certificate_unknown"):
        world.seoul.operator(*draft, "--root", world.root_pem)
    world.seoul.operator(*draft, "--root", stranger.root_pem)


def test_a_new_root_takes_over_without_an_interruption(world, second):
    """The procedure of docs/operating.md: announce, certify anew, sign with the new root's key, replace root.pem."""
    centres = (world.seoul, world.osaka)

    def use_everywhere(signed: pathlib.Path) -> None:
        for centre in centres:
            centre.operator("network", "map", "install", signed)
            wait_until(lambda served=centre.served: served() == signed.read_bytes(), f"{centre.name} to take {signed.name}")

    root = ["--root-passphrase-file", world.passphrase, "--root"]
    run([world.program, "init-root", "--out", world.folder / "root-2", "--network", NETWORK,
         "--passphrase-file", world.passphrase])
    run([world.program, "network", "next-root", *root, world.folder / "root", "--next", world.folder / "root-2/root.pem",
         "--out", world.folder / "link.pem"])
    before = world.folder / "before.p7m"
    before.write_bytes(world.seoul.served())
    world.seoul.operator("network", "map", "draft", "--out", world.folder / "plan-a")
    plan = world.folder / "plan-a/plan.toml"
    plan.write_text('next_root = "../root-2/root.pem"\nnext_root_link = "../link.pem"\n' + plan.read_text())
    announcing = world.sign(plan, "announcing.p7m", before)
    use_everywhere(announcing)

    run([world.program, "network", "map-key", *root, world.folder / "root-2", "--passphrase-file", world.passphrase,
         "--out", world.folder / "signer-2"])
    world.seoul.operator("network", "map", "draft", "--from", before, "--out", world.folder / "plan-b")
    for centre in centres:
        run([world.program, "network", "certify-ca", *root, world.folder / "root-2", "--ca", centre.ca,
             "--out", world.folder / "plan-b" / f"{centre.folder.name}.ca-1.pem"])
    plan_b = world.folder / "plan-b/plan.toml"
    with pytest.raises(StepFailed, match="certificate_unknown"):  # the map before must say that it is of the root that is given
        world.sign(plan_b, "unverified.p7m", announcing, signer="signer-2")
    taking_over = world.sign(plan_b, "taking-over.p7m", announcing, "--root", world.folder / "root/root.pem", signer="signer-2")
    use_everywhere(taking_over)

    of_the_old = world.sign(world.folder / "plan-a/plan.toml", "of-the-old.p7m", announcing, "--valid-days", "20")
    with pytest.raises(StepFailed, match=r"not certified by the root itself \(certificate_unknown\)"):
        world.osaka.operator("network", "map", "install", of_the_old)

    osaka = world.osaka
    osaka.ca.write_bytes((world.folder / "plan-b/osaka-1.ca-1.pem").read_bytes())
    (osaka.folder / "certificates/root.pem").write_bytes((world.folder / "root-2/root.pem").read_bytes())
    osaka.server.stop()
    osaka.start()
    world.root_pem = world.folder / "root-2/root.pem"
    assert osaka.served() == taking_over.read_bytes()
