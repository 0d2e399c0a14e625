# SPDX-License-Identifier: Apache-2.0
"""The network map over two data centres: made, checked with openssl, installed, exchanged, never taken back."""
import pathlib
import re
import subprocess

import pytest

from demo.neighbour import Neighbour, NetworkMap
from demo.network import ARC, NETWORK, Network
from demo.processes import StepFailed, run, wait_until

MAP_POLICY = f"{ARC}.10"


class World:
    """Two data centres below one root, and the key that signs their maps. The second has not been founded at first."""

    def __init__(self, folder: pathlib.Path):
        self.seoul = Network(folder / "seoul-1")
        self.seoul.create_root()
        self.osaka = Neighbour(self.seoul, "osaka-1", f"OU=osaka-1,OU=jp,O={NETWORK}")
        self.map = NetworkMap(self.seoul)
        self.map.make_key()

    @property
    def root_pem(self) -> pathlib.Path:
        return self.seoul.root_pem

    def found_both(self) -> None:
        """Founds both data centres and has both use one map; neither runs yet."""
        self.seoul.create_data_centre()
        self.osaka.create_data_centre()
        self.map.add(self.osaka)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("map"))
    with made.seoul:
        made.seoul.create_data_centre()
        made.seoul.start_authority()
        yield made


@pytest.fixture(scope="module")
def first(world) -> pathlib.Path:
    """The map of the first data centre alone, in use there."""
    signed = world.map.sign(world.map.draft("plan-1"), "map-1.p7m")
    assert "version 1 installed" in world.seoul.operator("network", "map", "install", signed)
    world.map.wait_served(world.seoul, signed=signed)
    return signed


@pytest.fixture(scope="module")
def second(world, first) -> pathlib.Path:
    """The operator adds a data centre: init there, a table more in the plan, sign, install at the new one alone."""
    world.osaka.create_data_centre()
    plan = world.map.draft("plan-2")
    world.map.name_in(plan, world.osaka)
    signed = world.map.sign(plan, "map-2.p7m", previous=first)
    world.osaka.operator("network", "map", "install", signed)
    world.seoul.operator("network", "map", "install", signed)
    world.map.wait_served(world.seoul, signed=signed)
    world.osaka.start_authority()
    return signed


def test_openssl_verifies_a_map_with_the_root_alone(world, first):
    def verify(policy: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", first, "-CAfile", world.root_pem,
             "-purpose", "any", "-x509_strict", "-explicit_policy", "-policy", policy], capture_output=True, check=False)
    good = verify(MAP_POLICY)
    assert good.returncode == 0, good.stderr
    assert b'"type":"network-map"' in good.stdout and world.seoul.authority_url.encode() in good.stdout
    assert verify(f"{ARC}.2").returncode != 0  # what signs confirmations signs no maps, and the other way round


def test_a_second_data_centre_is_added_and_both_serve_the_map(world, first, second):
    for centre in (world.seoul, world.osaka):
        world.map.wait_served(centre, signed=second)
        shown = centre.operator("network", "map", "show", "--installed")
        assert re.search(r"^version +2$", shown, re.MULTILINE)
        assert world.seoul.authority_url in shown and world.osaka.authority_url in shown
    wait_until(lambda: 'countersign_network_map_answers_total{answer="same"}' in world.osaka.metrics(),
               "the new data centre to ask the old one")


def test_an_older_map_is_refused_by_name(world, first, second):
    with pytest.raises(StepFailed, match=r"version 1 is older than version 2, which is kept \(conflict\)"):
        world.osaka.operator("network", "map", "install", first)
    assert "version 2 is installed already" in world.osaka.operator("network", "map", "install", second)
    assert world.osaka.served_map() == second.read_bytes()


def test_a_newer_map_travels_from_peer_to_peer(world, first, second):
    """Installed at one data centre while the other is down: the other fetches it when it is back."""
    third = world.map.sign(world.map.draft("plan-3"), "map-3.p7m", "--valid-days", "10", previous=second)
    world.osaka.authority.stop()
    world.seoul.operator("network", "map", "install", third)
    world.map.wait_served(world.seoul, signed=third)
    world.osaka.start_authority()
    world.map.wait_served(world.osaka, signed=third)  # which it fetches by itself


def test_a_plan_that_forgets_a_data_centre_is_refused_with_words(world, second):
    plan = world.map.draft("plan-short", "--from", second)
    text = plan.read_text()
    begin = text.index("[data_centre.osaka-1]")
    end = text.find("[data_centre.", begin + 1)
    plan.write_text(text[:begin] + (text[end:] if end > 0 else ""))
    with pytest.raises(StepFailed, match="which is not retired: sign a map with its `retired` first"):
        world.map.sign(plan, "short.p7m", previous=second)


def test_no_plan_goes_on_from_a_map_that_a_stranger_signed(world, second, tmp_path_factory):
    stranger = World(tmp_path_factory.mktemp("stranger"))
    stranger.seoul.create_data_centre()
    forged = stranger.map.sign(stranger.map.draft("plan"), "forged.p7m")
    with pytest.raises(StepFailed, match="certificate_unknown"):
        world.map.draft("plan-of-a-stranger", "--from", forged)
    with pytest.raises(StepFailed, match="certificate_unknown"):
        world.map.draft("plan-of-a-stranger", "--from", forged, "--root", world.root_pem)
    world.map.draft("plan-of-a-stranger", "--from", forged, "--root", stranger.root_pem)


def test_a_new_root_takes_over_without_an_interruption(world, second):
    """The procedure of docs/operating.md: announce, certify anew, sign with the new root's key, replace root.pem."""
    seoul, osaka, network_map = world.seoul, world.osaka, world.map

    def use_everywhere(signed: pathlib.Path) -> None:
        for centre in (seoul, osaka):
            centre.operator("network", "map", "install", signed)
            network_map.wait_served(centre, signed=signed)

    root = ["--root-passphrase-file", seoul.root_passphrase_file, "--root"]
    next_root = network_map.folder / "root-2"
    run([seoul.programs["countersign-authority"], "init-root", "--out", next_root, "--network", NETWORK,
         "--passphrase-file", seoul.root_passphrase_file])
    network_map.command("next-root", *root, seoul.root_folder, "--next", next_root / "root.pem",
                        "--out", network_map.folder / "link.pem")
    before = network_map.folder / "before.p7m"
    before.write_bytes(seoul.served_map())
    plan = network_map.draft("plan-a")
    plan.write_text('next_root = "../root-2/root.pem"\nnext_root_link = "../link.pem"\n' + plan.read_text())
    announcing = network_map.sign(plan, "announcing.p7m", previous=before)
    use_everywhere(announcing)

    network_map.make_key(next_root, "signer-2")
    plan_b = network_map.draft("plan-b", "--from", before)
    for centre in (seoul, osaka):
        network_map.command("certify-ca", *root, next_root, "--ca", centre.ca_pem,
                            "--out", plan_b.parent / f"{centre.folder.name}.ca-1.pem")
    with pytest.raises(StepFailed, match="certificate_unknown"):  # the map before must say that it is of the root that is given
        network_map.sign(plan_b, "unverified.p7m", previous=announcing, signer="signer-2")
    taking_over = network_map.sign(plan_b, "taking-over.p7m", "--root", seoul.root_pem, previous=announcing, signer="signer-2")
    use_everywhere(taking_over)

    of_the_old = network_map.sign(plan, "of-the-old.p7m", "--valid-days", "20", previous=announcing)
    with pytest.raises(StepFailed, match=r"not certified by the root itself \(certificate_unknown\)"):
        osaka.operator("network", "map", "install", of_the_old)

    osaka.ca_pem.write_bytes((plan_b.parent / "osaka-1.ca-1.pem").read_bytes())
    (osaka.authority_folder / "certificates/root.pem").write_bytes((next_root / "root.pem").read_bytes())
    osaka.authority.stop()
    osaka.start_authority()
    osaka.root_folder = next_root
    assert osaka.served_map() == taking_over.read_bytes()
