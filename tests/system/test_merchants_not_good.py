# SPDX-License-Identifier: Apache-2.0
"""A shop whose certificate is held, revoked or of another name, bought from in the browser with the real programs: PC and
terminal end with the same code and its remedy, and nothing is done."""
import ssl

import pytest
from demo.processes import run, wait_until
from purchase_ends import check_pc, check_terminal


def serial_of(network) -> str:
    return run(["openssl", "x509", "-in", network.merchant_certificate, "-noout", "-serial"]).strip().split("=")[1].lower()


def start_anew(network) -> None:
    """The gateway, which then has learned what its certificate is worth; until then it staples its last good status."""
    network.merchant.stop()
    network.start_merchant()
    def answers():
        try:
            return ssl.get_server_certificate(("127.0.0.1", network.ports["gateway"]))
        except OSError:
            return None
    wait_until(answers, "the gateway to listen")


def expect_nothing_done(purchases, course, code: str) -> None:
    check_pc(course)
    check_terminal(course)
    assert course.told["code"] == code, course
    assert course.shown is None or course.shown["code"] == code, course
    assert course.state in ("open", "taken", "cancelled"), course
    if course.order:
        wait_until(lambda: "approved" not in purchases.decisions(course.order), "that nothing is held")


def test_a_gateway_of_another_name_than_its_certificate_is_refused(purchases):
    tag = purchases.tag("session")
    course = purchases.buy({**tag, "gateway": tag["gateway"].replace("127.0.0.1", "localhost")})
    expect_nothing_done(purchases, course, "wrong_origin")
    assert course.shown and course.state == "open"


@pytest.mark.parametrize("act, code, profile", [
    ("suspend", "certificate_on_hold", "plain"), ("suspend", "certificate_on_hold", "session"),
    ("revoke", "certificate_revoked", "session"),  # for good: the last
])
def test_a_merchant_whose_certificate_is_not_good_sells_nothing(purchases, act, code, profile):
    network = purchases.network
    tag, serial = purchases.tag(profile), serial_of(network)
    network.operator("certificates", act, serial, *(["--reason", "keyCompromise"] if act == "revoke" else []))
    start_anew(network)
    course = purchases.buy(tag)
    expect_nothing_done(purchases, course, code)
    assert course.shown, "the terminal shows it, too"
    if act == "suspend":
        network.operator("certificates", "resume", serial)
        start_anew(network)
        network.wait_merchant()
        assert purchases.buy(purchases.tag(profile)).is_confirmed, "a hold ends"
