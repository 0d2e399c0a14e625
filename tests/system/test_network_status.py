# SPDX-License-Identifier: Apache-2.0
"""Two authorities follow each other's status feeds; what their operators see of it, in peace and after an outage."""
import json
import signal
import subprocess

import pytest

from demo.processes import wait_until
from test_network_map import World


def follows(centre, peer) -> dict:
    """What the running authority says of another data centre."""
    said = json.loads(centre.operator("network", "status", "--json"))
    return next(each for each in said["peers"] if each["name"] == peer.data_centre)


def wait_until_shown(centre, line: str) -> None:
    """The metrics follow what is known within a quarter of a second."""
    wait_until(lambda: line in centre.metrics(), line)


def operator_certificate(centre) -> str:
    """The serial of a certificate that was just issued there."""
    key, request, issued = (centre.folder / f"operator.{ending}" for ending in ("key", "req", "pem"))
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                    "-subj", "/CN=operator", "-outform", "DER", "-out", request], check=True, capture_output=True)
    centre.operator("operators", "issue", "--name", "Kim Minji", "--request", request, "--out", issued)
    return subprocess.run(["openssl", "x509", "-in", issued, "-noout", "-serial"], check=True, capture_output=True,
                          text=True).stdout.strip().removeprefix("serial=").lower()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("status"))
    with made.seoul:
        made.found_both()
        made.seoul.start_authority()
        made.osaka.start_authority()
        yield made


def test_authorities_follow_each_other_and_their_operators_see_it(world):
    for centre, peer in ((world.seoul, world.osaka), (world.osaka, world.seoul)):
        wait_until(lambda: follows(centre, peer)["feed"]["state"] == "live", f"{centre.data_centre} to follow {peer.data_centre}")  # noqa: B023
        text = centre.operator("network", "status")
        assert "version 1, until" in text
        assert f"url      {peer.authority_url}\n" in text
        assert "feed     live, heartbeat" in text
        assert "circuit  closed" in text
        wait_until_shown(centre, f'countersign_feed_live{{peer="{peer.data_centre}"}} 1\n')


def test_a_change_is_told_and_one_in_an_outage_when_it_is_over(world):
    wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["state"] == "live", "osaka-1 to follow seoul-1")
    serial = operator_certificate(world.seoul)
    world.seoul.operator("certificates", "suspend", serial)
    wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["sequence"] == 1, "the suspension to be told")
    world.seoul.authority.stop()
    wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["state"] == "silent", "the feed to fall silent")
    wait_until_shown(world.osaka, f'countersign_feed_live{{peer="{world.seoul.data_centre}"}} 0\n')
    world.seoul.operator("certificates", "revoke", serial, "--reason", "keyCompromise")
    world.seoul.start_authority()
    wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["sequence"] == 2, "the revocation to be told")
    assert follows(world.osaka, world.seoul)["feed"]["state"] == "live"


def test_an_authority_follows_on_where_it_stopped(world):
    wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["state"] == "live", "osaka-1 to follow seoul-1")
    before = follows(world.osaka, world.seoul)["feed"]["sequence"]
    world.osaka.authority.stop()
    world.osaka.start_authority()
    wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["state"] == "live", "osaka-1 to follow again")
    assert follows(world.osaka, world.seoul)["feed"]["sequence"] == before


def test_a_frozen_data_centre_is_seen_to_be_silent_and_holds_up_no_end(world):
    wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["state"] == "live", "osaka-1 to follow seoul-1")
    frozen = world.seoul.authority.process
    frozen.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["state"] == "silent", "the feed to fall silent")
        osaka = world.osaka.authority.process
        world.osaka.authority.stop()
        assert osaka.returncode == 0, "it had to be killed"
    finally:
        frozen.send_signal(signal.SIGCONT)
    world.osaka.start_authority()
    wait_until(lambda: follows(world.osaka, world.seoul)["feed"]["state"] == "live", "osaka-1 to catch up by itself")


def test_an_authority_that_does_not_run_is_said_not_to(world):
    world.osaka.authority.stop()
    refused = subprocess.run([world.seoul.programs["countersign-authority"], "--config", world.osaka.authority_folder / "authority.toml", "network", "status"],
                             capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "is the authority running?" in refused.stderr
    world.osaka.start_authority()
