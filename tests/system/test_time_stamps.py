# SPDX-License-Identifier: Apache-2.0
"""A data centre says when something was there, to whoever asks (RFC 3161). Who asks and who judges is the `openssl ts` command.

The tests are one story in the order of this file."""
import re
import subprocess
import urllib.error
import urllib.request

import pytest

from demo.network import Network
from openssl_party import openssl


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A data centre without merchants."""
    with Network(tmp_path_factory.mktemp("time-stamps")) as made:
        made.create_root()
        made.create_data_centre()
        made.start_mail()
        made.start_authority()
        yield made


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    file = tmp_path_factory.mktemp("evidence") / "checkpoint"
    file.write_bytes(b"seoul-1.example/log\n8\n")
    return file


def ask(network, query: bytes, media_type: str = "application/timestamp-query") -> bytes:
    request = urllib.request.Request(network.status_url + "/v1/time-stamps", query, {"Content-Type": media_type})
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.headers["Content-Type"] == "application/timestamp-reply"
        return response.read()


def refused(network, *more) -> int:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        ask(network, *more)
    return refusal.value.code


def stamp(network, evidence, reply, *options) -> None:
    """Asks for a stamp over that file; the query lies beside the reply."""
    query = reply.with_suffix(".tsq")
    openssl("ts", "-query", "-data", evidence, "-sha256", "-cert", *options, "-out", query)
    reply.write_bytes(ask(network, query.read_bytes()))


def says(network, *words) -> subprocess.CompletedProcess:
    """What `openssl ts -verify` says, which knows nothing but the network's root."""
    return subprocess.run(["openssl", "ts", "-verify", "-CAfile", network.root_pem, *words], capture_output=True, text=True, check=False)


def printed(reply) -> str:
    return openssl("ts", "-reply", "-in", reply, "-text").decode()


def restart(network) -> None:
    network.authority.stop()
    network.start_authority()


@pytest.fixture(scope="module")
def first(network, evidence):
    """The stamp of before everything that happens here."""
    reply = evidence.with_name("first.tsr")
    stamp(network, evidence, reply)
    return reply


def test_openssl_asks_and_verifies_by_the_root_alone(network, evidence, first, tmp_path):
    assert says(network, "-queryfile", first.with_suffix(".tsq"), "-in", first).returncode == 0
    assert says(network, "-data", evidence, "-in", first).returncode == 0
    other = tmp_path / "other"
    other.write_bytes(b"seoul-1.example/log\n9\n")
    assert says(network, "-data", other, "-in", first).returncode != 0
    stamp(network, evidence, tmp_path / "second.tsr")
    assert says(network, "-queryfile", tmp_path / "second.tsq", "-in", first).returncode != 0, "the nonce of another request"
    serials = [re.search(r"Serial number: 0x([0-9A-F]+)", printed(reply)).group(1) for reply in (first, tmp_path / "second.tsr")]
    assert len(serials[0]) == len(serials[1]) == 32 and serials[0] != serials[1]


def test_what_it_does_not_stamp_it_names(network, evidence, tmp_path):
    openssl("ts", "-query", "-data", evidence, "-sha512", "-out", tmp_path / "query.tsq")
    (tmp_path / "reply.tsr").write_bytes(ask(network, (tmp_path / "query.tsq").read_bytes()))
    assert "Status: Rejected." in printed(tmp_path / "reply.tsr")
    assert "unrecognized or unsupported algorithm identifier" in printed(tmp_path / "reply.tsr")
    stamp(network, evidence, tmp_path / "policy.tsr", "-tspolicy", "1.2.3")
    assert "requested TSA policy is not supported" in printed(tmp_path / "policy.tsr")
    (tmp_path / "none.tsr").write_bytes(ask(network, b"no request"))
    assert "data submitted has the wrong format" in printed(tmp_path / "none.tsr")
    assert refused(network, b"no request", "application/octet-stream") == 422
    counted = network.metrics()
    assert 'countersign_time_stamps_total{answer="refused"} 3' in counted
    assert 'countersign_time_stamps_total{answer="clock_behind"} 0' in counted


def test_a_new_key_stamps_and_what_the_old_one_stamped_stays_good(network, evidence, first, tmp_path):
    before = re.search(r"^time-stamp +([0-9a-f]{16}) +in use", network.operator("keys", "list"), re.MULTILINE).group(1)
    assert "Restart the server" in network.operator("keys", "roll-over", "time-stamp")
    restart(network)
    stamp(network, evidence, tmp_path / "reply.tsr")
    for reply in (first, tmp_path / "reply.tsr"):
        done = says(network, "-data", evidence, "-in", reply)
        assert done.returncode == 0, done.stderr
    assert "overwritten and removed" in network.operator("keys", "destroy", before)
    restart(network)
    assert says(network, "-data", evidence, "-in", first).returncode == 0


def test_a_data_centre_of_before_goes_on_without_and_gets_it_by_renewing(network, evidence, tmp_path):
    folder = network.authority_folder
    (folder / "certificates/time-stamp.pem").unlink()
    for key in (folder / "keys").glob("time-stamp*.key"):
        key.unlink()
    restart(network)
    assert refused(network, b"no request") == 404
    assert "time-stamp" not in network.operator("services", "list")
    assert "Time-Stamp Signer" in network.operator("services", "renew")
    assert "None was due" in network.operator("services", "renew")
    assert refused(network, b"no request") == 404, "a running authority goes on"
    restart(network)
    stamp(network, evidence, tmp_path / "reply.tsr")
    done = says(network, "-data", evidence, "-in", tmp_path / "reply.tsr")
    assert done.returncode == 0, done.stderr
    assert "time-stamp" in network.operator("services", "list")
    network.verify_audit_log()


def test_one_address_asks_so_often_in_a_minute(network, evidence, tmp_path):
    openssl("ts", "-query", "-data", evidence, "-sha256", "-out", tmp_path / "query.tsq")
    query = (tmp_path / "query.tsq").read_bytes()
    for _ in range(150):  # the minute may change in between
        try:
            ask(network, query)
        except urllib.error.HTTPError as refusal:
            assert refusal.code == 429 and b"rate_limited" in refusal.read()
            return
    pytest.fail("nothing was refused")
