# SPDX-License-Identifier: Apache-2.0
"""One enterprise orders from another (K11): gateways that sign purchase orders by themselves or with the approval of two
people, within a data centre and across two."""
import base64
import json
import pathlib
import re
import signal

import jsonschema
import pytest
import yaml
from demo.neighbour import Neighbour
from demo.network import Network, write_private
from demo.partner import Partner
from demo.processes import StepFailed, run, wait_until
from enterprise_buyer import SETTINGS, EnterpriseBuyer, checkout_of, merchant_name, request_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
DESCRIPTION = yaml.safe_load((ROOT / "docs/openapi/merchant.yaml").read_text(encoding="utf-8"))


class Trade:
    """A buying enterprise and a selling one of the same data centre, and the buyer's people."""

    def __init__(self, network: Network):
        self.network = network
        network.merchant_settings = SETTINGS
        network.bring_up()
        self.seller = Partner(network)
        self.seller.sells_at = []
        self.seller.bring_up_beside()
        self.buyer = EnterpriseBuyer(network)
        self.buyer.obtain_certificate()
        self.asker = self.buyer.credential("Han Seojun", "ask", "approve")
        self.approvers = [self.buyer.credential(name, "approve") for name in ("Kim Minji", "Lee Jiho", "Park Dain")]

    def waiting(self, **changes) -> dict:
        """A purchase order above the amount that waits for approval."""
        order = self.buyer.ask(request_for(self.seller, unit_price=500_000, **changes), self.asker)
        return self.buyer.wait_state(order["id"], "awaiting_approval")

    def approve(self, order: dict, bearer: str, digest: str = ""):
        return self.buyer.call("POST", f"/v1/purchase-orders/{order['id']}/approvals", {"digest": digest or order["digest"]}, bearer)

    def seller_state(self, request_or_order: dict) -> str:
        checkout = request_or_order.get("checkout") or checkout_of(request_or_order)
        return self.seller.ask_shop(f"/v1/checkouts/{checkout}")["state"]


@pytest.fixture(scope="module")
def trade(tmp_path_factory):
    with Network(tmp_path_factory.mktemp("enterprise") / "network") as network:
        yield Trade(network)


def verified(network: Network, view: dict) -> bytes:
    """The confirmation of a purchase order, after `countersign verify` accepted it."""
    confirmation = base64.b64decode(view["confirmation"])
    file = network.folder / f"confirmation-{view['id']}.p7m"
    file.write_bytes(confirmation)
    network.verify(file)
    return confirmation


def expect_confirmed_at_both(buyer: EnterpriseBuyer, seller: Network, order: dict) -> dict:
    view = buyer.wait_confirmed(order["id"])
    confirmation = verified(buyer.network, view)
    assert buyer.call("GET", f"/v1/purchase-orders/{order['id']}/confirmation") == (200, confirmation)
    with seller._open(f"/v1/confirmations/{view['orderId']}") as response:  # pylint: disable=protected-access
        assert response.read() == confirmation, "both have the same"
    assert seller.ask_shop(f"/v1/checkouts/{view['checkout']}")["state"] == "confirmed"
    return view


def test_an_order_below_the_amount_is_confirmed_at_both_enterprises(trade):
    view = expect_confirmed_at_both(trade.buyer, trade.seller, trade.buyer.ask(request_for(trade.seller)))
    assert view["order"]["purchaser"] == f"CN={trade.network.merchant_name},OU=purchasers,{trade.network.data_centre}"
    assert [event["act"] for event in view["events"]] == ["requested", "shown", "signed", "confirmed", "fetched"]
    assert view["needsApproval"] is False


def test_an_order_above_the_amount_waits_for_two_people_over_a_restart(trade):
    order = trade.waiting()
    kim, lee = trade.approvers[:2]
    printed = trade.network.shop("purchase-orders", "approve", order["id"], "--digest", order["digest"],
                                 "--credential-file", trade.buyer.file_of(kim))
    assert printed.strip() == "awaiting_approval", "one is not enough"
    trade.network.merchant.stop()
    trade.network.start_merchant()
    trade.network.wait_merchant()
    assert trade.seller_state(order) == "taken"
    wait_until(lambda: re.search(r"^countersign_purchase_orders_awaiting_approval [1-9]", trade.buyer.metrics(), re.MULTILINE), "the metric")
    assert trade.approve(order, lee)[0] == 200
    view = expect_confirmed_at_both(trade.buyer, trade.seller, order)
    assert {approval["person"] for approval in view["approvals"]} == {"Kim Minji", "Lee Jiho"}
    assert [event["act"] for event in view["events"]].count("signed") == 1


def test_an_order_is_asked_for_and_approved_on_the_command_line(trade):
    request = write_private(trade.network.folder / "typed" / "request.json", json.dumps(request_for(trade.seller, unit_price=60_000)))
    words = ["purchase-orders", "ask", "--request", request, "--key", "command-line", "--credential-file", trade.buyer.file_of(trade.asker)]
    order = trade.network.shop(*words).strip()
    assert trade.network.shop(*words).strip() == order, "the same key is the same purchase order"
    trade.buyer.wait_state(order, "awaiting_approval")
    shown = json.loads(trade.network.shop("purchase-orders", "show", order))
    assert order in trade.network.shop("purchase-orders", "list", "--state", "awaiting_approval")
    for approver in trade.approvers[:2]:
        trade.network.shop("purchase-orders", "approve", order, "--digest", shown["digest"], "--credential-file", trade.buyer.file_of(approver))
    expect_confirmed_at_both(trade.buyer, trade.seller, {"id": order})


def test_approvals_that_do_not_count_are_refused(trade):
    order = trade.waiting()
    kim = trade.approvers[0]

    def refused(*words: str) -> tuple[int, str]:
        status, problem = trade.approve(order, *words)
        return status, problem["code"]
    assert refused(trade.asker) == (403, "forbidden"), "who asked"
    assert refused(kim, "ab" * 32) == (409, "conflict"), "other bytes"
    assert refused("") == (403, "forbidden"), "software is no person"
    assert refused(trade.network.api_key) == (401, "unauthenticated"), "a key of the shop is none here"
    assert refused("csp_0000000000000000_wrong") == (401, "unauthenticated")
    assert refused(trade.buyer.credential("Choi Ara", "ask")) == (403, "forbidden"), "without the right"
    assert trade.approve(order, kim)[0] == 200
    assert refused(kim) == (409, "conflict"), "twice"
    assert refused(trade.buyer.credential("Kim Minji", "approve")) == (409, "conflict"), "the same person by another credential"
    assert trade.buyer.show(order["id"])["state"] == "awaiting_approval"
    assert trade.seller_state(order) == "taken", "nothing was signed"


def test_above_the_amount_it_has_to_be_known_which_person_asks(trade):
    request = request_for(trade.seller, unit_price=500_000)
    status, problem = trade.buyer.call("POST", "/v1/purchase-orders", request, key="nobody")
    assert (status, problem["code"]) == (422, "consent_missing")
    status, problem = trade.buyer.call("POST", "/v1/purchase-orders", {**request, "requestedBy": "Stranger"}, key="stranger")
    assert (status, problem["code"]) == (404, "not_found")
    order = trade.buyer.ask({**request, "requestedBy": "Kim Minji"})
    order = trade.buyer.wait_state(order["id"], "awaiting_approval")
    status, problem = trade.approve(order, trade.approvers[0])
    assert (status, problem["code"]) == (403, "forbidden"), "for whom the software asked"


def test_a_rejection_ends_it_with_its_reason(trade):
    order = trade.waiting()
    trade.approve(order, trade.approvers[0])
    status, view = trade.buyer.call("POST", f"/v1/purchase-orders/{order['id']}/rejection", {"reason": "no budget"}, trade.approvers[1])
    assert (status, view["state"]) == (200, "rejected")
    rejection = {"act": "rejected", "who": "Lee Jiho", "detail": "no budget"}
    assert any(rejection.items() <= event.items() for event in view["events"])
    assert trade.approve(order, trade.approvers[2])[1]["code"] == "conflict"
    wait_until(lambda: trade.seller_state(order) == "cancelled", "the seller to be told")


def test_only_who_asked_withdraws_an_order_and_only_before_it_is_signed(trade):
    order = trade.waiting()
    path = f"/v1/purchase-orders/{order['id']}"
    assert trade.buyer.call("DELETE", path, bearer=trade.approvers[0])[1]["code"] == "forbidden"
    for _ in range(2):
        status, view = trade.buyer.call("DELETE", path, bearer=trade.asker)
        assert (status, view["state"]) == (200, "withdrawn")
    signed = trade.buyer.ask(request_for(trade.seller))
    trade.buyer.wait_confirmed(signed["id"])
    assert trade.buyer.call("DELETE", f"/v1/purchase-orders/{signed['id']}")[1]["code"] == "conflict"


@pytest.mark.parametrize("change, code", [
    ({"total": 23_999}, "amount_mismatch"),
    ({"currency": "EUR"}, "amount_mismatch"),
    ({"merchant": "CN=Another,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo"}, "forbidden"),
])
def test_nothing_is_signed_that_differs_from_what_was_asked_for(trade, change, code):
    request = request_for(trade.seller)
    bearer = trade.asker if "currency" in change else ""
    order = trade.buyer.ask({**request, **change}, bearer)
    view = trade.buyer.wait_state(order["id"], "failed")
    assert view["lastError"]["code"] == code, view
    assert trade.seller_state(request) in ("open", "taken")


def test_a_checkout_that_the_seller_does_not_know_fails(trade):
    request = request_for(trade.seller)
    request["link"] = request["link"].replace(checkout_of(request), "019a0000-0000-7000-8000-000000000000")
    view = trade.buyer.wait_state(trade.buyer.ask(request)["id"], "failed")
    assert view["lastError"]["code"] == "unauthenticated", "the token is of another checkout"


def test_the_same_request_is_the_same_order_and_a_checkout_is_ordered_once(trade):
    request = request_for(trade.seller)
    first = trade.buyer.ask(request, key="erp-1")
    assert trade.buyer.ask(request, key="erp-1")["id"] == first["id"]
    status, problem = trade.buyer.call("POST", "/v1/purchase-orders", {**request, "reference": "other"}, key="erp-1")
    assert (status, problem["code"]) == (409, "conflict")
    status, problem = trade.buyer.call("POST", "/v1/purchase-orders", request, key="erp-2")
    assert (status, problem["code"]) == (409, "conflict")
    trade.buyer.wait_confirmed(first["id"])
    assert trade.buyer.ask(request, key="erp-1")["state"] == "confirmed"


def test_a_seller_that_is_down_is_asked_again_and_gets_one_order(trade):
    request = request_for(trade.seller)
    trade.seller.merchant.stop()
    order = trade.buyer.ask(request)
    trade.buyer.wait_error(order["id"], "unavailable")
    trade.seller.start_merchant()
    trade.seller.wait_merchant()
    expect_confirmed_at_both(trade.buyer, trade.seller, order)


def test_a_gateway_that_is_killed_goes_on_and_signs_once(trade):
    order = trade.waiting()
    trade.approve(order, trade.approvers[0])
    trade.seller.merchant.stop()  # nothing can be signed before the seller is asked once more
    trade.approve(order, trade.approvers[1])
    trade.buyer.wait_error(order["id"], "unavailable")
    trade.network.merchant.process.send_signal(signal.SIGKILL)
    trade.network.merchant.process.wait()
    trade.seller.start_merchant()
    trade.seller.wait_merchant()
    trade.network.start_merchant()
    trade.network.wait_merchant()
    view = expect_confirmed_at_both(trade.buyer, trade.seller, order)
    assert [event["act"] for event in view["events"]].count("signed") == 1


def test_purchase_orders_are_as_described(trade):
    def check(answer: dict, path: str, method: str, status: str) -> None:
        response = DESCRIPTION["paths"][path][method]["responses"][status]
        if "$ref" in response:
            response = DESCRIPTION["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        schema = response["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": DESCRIPTION["components"]}).validate(answer)
    one, order = "/v1/purchase-orders/{id}", trade.waiting()
    path = f"/v1/purchase-orders/{order['id']}"
    check(trade.buyer.ask(request_for(trade.seller)), "/v1/purchase-orders", "post", "201")
    check(trade.buyer.call("GET", "/v1/purchase-orders?limit=2")[1], "/v1/purchase-orders", "get", "200")
    check(trade.buyer.show(order["id"]), one, "get", "200")
    check(trade.approve(order, trade.approvers[0])[1], one + "/approvals", "post", "200")
    check(trade.buyer.call("POST", path + "/rejection", {"reason": "no"}, trade.approvers[1])[1], one + "/rejection", "post", "200")
    check(trade.buyer.call("DELETE", f"/v1/purchase-orders/{trade.waiting()['id']}", bearer=trade.asker)[1], one, "delete", "200")


@pytest.mark.parametrize("method, path", [(method, path) for path, item in DESCRIPTION["paths"].items() for method in item
                                          if path.startswith("/v1/purchase-orders")])
def test_nobody_without_a_key_or_credential_is_answered(trade, method, path):
    for bearer in (None, "csk_0000000000000000_wrong", "csp_0000000000000000_wrong"):
        status, problem = trade.buyer.call(method.upper(), path.replace("{id}", "nothing"), {}, bearer)
        assert (status, problem["code"]) == (401, "unauthenticated")


def test_an_order_waits_while_the_purchasing_certificate_is_on_hold(trade):
    serial = trade.buyer.certificate_serial()
    trade.network.operator("certificates", "suspend", serial)
    order = trade.buyer.ask(request_for(trade.seller))
    trade.buyer.wait_error(order["id"], "certificate_on_hold")
    trade.network.operator("certificates", "resume", serial)
    expect_confirmed_at_both(trade.buyer, trade.seller, order)


def test_a_renewed_certificate_signs_what_was_asked_for_before_and_after(trade):
    before, serial = trade.waiting(), trade.buyer.certificate_serial()
    trade.network.shop("purchasing", "renew")
    assert trade.buyer.certificate_serial() != serial
    for approver in trade.approvers[:2]:
        assert trade.approve(before, approver)[0] == 200
    expect_confirmed_at_both(trade.buyer, trade.seller, before)
    expect_confirmed_at_both(trade.buyer, trade.seller, trade.buyer.ask(request_for(trade.seller)))


def test_a_revoked_purchasing_certificate_buys_nothing_until_the_right_is_granted_anew(trade):
    trade.network.operator("certificates", "revoke", trade.buyer.certificate_serial(), "--reason", "privilegeWithdrawn")
    request = request_for(trade.seller)
    view = trade.buyer.wait_state(trade.buyer.ask(request)["id"], "failed")
    assert view["lastError"]["code"] == "certificate_revoked"
    with pytest.raises(StepFailed, match="certificate_revoked"):
        trade.network.shop("purchasing", "renew")
    trade.network.operator("purchasing", "approve", merchant_name(trade.network))
    trade.network.shop("purchasing", "renew")
    expect_confirmed_at_both(trade.buyer, trade.seller, trade.buyer.ask(request))


def test_a_seller_whose_certificate_is_revoked_sells_nothing(trade):
    """The last: it is for good."""
    request = request_for(trade.seller)
    serial = run(["openssl", "x509", "-in", trade.seller.merchant_certificate, "-noout", "-serial"]).strip().split("=")[1].lower()
    trade.network.operator("certificates", "revoke", serial, "--reason", "keyCompromise")
    trade.seller.merchant.stop()
    trade.seller.start_merchant()
    order = trade.buyer.ask(request)
    view = trade.buyer.wait_error(order["id"], "certificate_revoked")
    assert view["state"] == "requested", "it waits for a seller with another certificate until its time is over"


def test_an_enterprise_orders_from_one_of_another_data_centre(tmp_path):
    with Network(tmp_path / "network") as network:
        network.merchant_settings = SETTINGS
        network.bring_up()
        neighbour = Neighbour(network)
        neighbour.bring_up_beside()
        buyer = EnterpriseBuyer(network)
        buyer.obtain_certificate()
        view = expect_confirmed_at_both(buyer, neighbour, buyer.ask(request_for(neighbour)))
        assert view["order"]["authority"] == neighbour.data_centre
