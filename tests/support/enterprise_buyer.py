# SPDX-License-Identifier: Apache-2.0
"""An enterprise that buys from others through its own gateway."""
import json
import pathlib
import re
import secrets
import ssl
import urllib.error
import urllib.request

from demo.network import Network, write_private
from demo.processes import StepFailed, wait_until

SETTINGS = """[purchasing]
enabled = true
free_up_to = ["KRW 100000"]
seller_addresses = "loopback"
"""
ENDS = ("confirmed", "refused", "rejected", "withdrawn", "expired", "failed")


class EnterpriseBuyer:
    """The purchase orders of a merchant's gateway, by its API and its command line."""

    def __init__(self, network: Network):
        self.network = network
        self.software = ""
        self.context = ssl.create_default_context(cafile=str(network.root_pem))

    def obtain_certificate(self) -> None:
        """The gateway asks by itself; the operator of its data centre says yes."""
        def asked():
            found = re.search(r"^awaiting_approval\s+\S+\s+(CN=.*?)\s*$", self.network.operator("purchasing", "list"), re.MULTILINE)
            return found and found.group(1)
        self.network.operator("purchasing", "approve", wait_until(asked, "the application for a purchasing certificate"))
        wait_until(self.certificate_serial, "the purchasing certificate")
        self.software = self.credential("ERP", "software", "ask")

    def certificate_serial(self) -> str:
        try:
            return re.search(r"serial (\w+)", self.network.shop("purchasing", "show")).group(1)
        except StepFailed:
            return ""

    def credential(self, name: str, *rights: str) -> str:
        """A new credential of this person, or of software."""
        return self.network.shop("purchase-credentials", "create", name, *(f"--{right}" for right in rights)).strip()

    def file_of(self, credential: str) -> pathlib.Path:
        return write_private(self.network.folder / "typed" / credential[4:20], credential + "\n")

    def call(self, method: str, path: str, body=None, bearer: str | None = "", key: str = "") -> tuple[int, dict | bytes]:
        """One call with the credential of the enterprise's software or another; None: with none."""
        headers = {"Content-Type": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer or self.software}"
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self.network.merchant_url + path, method=method, headers=headers,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            response = urllib.request.urlopen(request, timeout=30, context=self.context)
        except urllib.error.HTTPError as error:
            response = error
        content = response.read()
        return response.status, json.loads(content) if "json" in response.headers.get_content_type() else content

    def ask(self, request: dict, bearer: str = "", key: str = "") -> dict:
        status, order = self.call("POST", "/v1/purchase-orders", request, bearer, key or secrets.token_hex(8))
        assert status == 201, order
        return order

    def show(self, order: str) -> dict:
        status, view = self.call("GET", f"/v1/purchase-orders/{order}")
        assert status == 200, view
        return view

    def metrics(self) -> str:
        with urllib.request.urlopen(self.network.merchant_url + "/metrics", timeout=20, context=self.context) as response:
            return response.read().decode()

    def wait_state(self, order: str, *states: str) -> dict:
        """The purchase order, once it is in one of these states; another end is none."""
        def reached():
            view = self.show(order)
            assert view["state"] in states or view["state"] not in ENDS, view
            return view if view["state"] in states else None
        return wait_until(reached, f"purchase order {order} to be {' or '.join(states)}")

    def wait_confirmed(self, order: str) -> dict:
        """Confirmed, and fetched from the authority by the enterprise itself."""
        def fetched():
            view = self.wait_state(order, "confirmed")
            return view if view["fetchedFromAuthority"] else None
        return wait_until(fetched, "the enterprise's own copy of the confirmation")

    def wait_error(self, order: str, code: str) -> dict:
        """Still open, after an attempt failed with this code."""
        def failed():
            view = self.show(order)
            assert view["state"] not in ENDS, view
            return view if view["lastError"] and view["lastError"]["code"] == code else None
        return wait_until(failed, f"an attempt to fail with {code}")


def request_for(seller: Network, unit_price: int = 12000, quantity: int = 2, **changes) -> dict:
    """What the enterprise asks for: a checkout that this seller opened, at the price that was agreed upon."""
    lines = [{"sku": "JAR-MOON", "description": "달항아리", "quantity": quantity, "unitPrice": unit_price}]
    checkout = seller.create_checkout(lines, "KRW", profiles=["direct"])
    return {"link": checkout["link"], "merchant": merchant_name(seller), "total": checkout["total"], "currency": "KRW",
            "reference": "PO-4711", **changes}


def merchant_name(network: Network) -> str:
    """The name in the certificate of this merchant."""
    return f"CN={network.merchant_name},OU=merchants,{network.data_centre}"


def checkout_of(request: dict) -> str:
    return re.search(r"checkout=([^&]+)", request["link"]).group(1)
