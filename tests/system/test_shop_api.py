# SPDX-License-Identifier: Apache-2.0
"""The gateway answers as docs/openapi/merchant.yaml says: every described operation is served, and what it answers is of
the described form."""
import hashlib
import hmac
import json
import os
import pathlib
import re
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/shop-api.md").read_text(encoding="utf-8")
DESCRIPTION = yaml.safe_load((ROOT / "docs/openapi/merchant.yaml").read_text(encoding="utf-8"))
OPERATIONS = [(method, path) for path, item in DESCRIPTION["paths"].items() for method in item]


class Shop:
    """Asks the gateway and holds each answer against the description."""

    def __init__(self, network):
        self.network = network
        self.context = ssl.create_default_context(cafile=str(network.root_pem))

    def ask(self, method: str, path: str, body=None, key=None):
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self.network.merchant_url + path, method=method, headers=headers,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            response = urllib.request.urlopen(request, timeout=20, context=self.context)
        except urllib.error.HTTPError as error:
            response = error
        return response.status, response.headers.get_content_type(), response.read()

    def checked(self, method: str, path: str, body=None, key="own"):
        """The JSON of an answer, after its status, media type and form were found in the description."""
        status, media_type, content = self.ask(method, path, body, self.network.api_key if key == "own" else key)
        operation = DESCRIPTION["paths"][template_of(path)][method.lower()]
        responses = operation["responses"]
        described = resolve(responses.get(str(status), responses.get("default")))
        assert described is not None, f"{method} {path}: {status} is not described"
        schema = described["content"][media_type]["schema"]
        answer = json.loads(content)
        jsonschema.Draft202012Validator({**schema, "components": DESCRIPTION["components"]}).validate(answer)
        return status, answer


def resolve(node):
    while isinstance(node, dict) and "$ref" in node:
        found = DESCRIPTION
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def template_of(path: str) -> str:
    bare = path.split("?")[0]
    for template in DESCRIPTION["paths"]:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), bare):
            return template
    raise AssertionError(f"{bare} is not described")


@pytest.fixture(scope="module")
def shop(shared_network):
    return Shop(shared_network)


LINES = [{"sku": "tea", "description": "녹차", "quantity": 2, "unitPrice": 12000}]


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_every_described_operation_is_served(shop, method, path):
    status, _, content = shop.ask(method.upper(), re.sub(r"\{\w+\}", "nothing", path))
    assert status != 405
    assert status != 404 or "no such challenge" in content.decode()


def test_every_operation_that_is_served_is_described():
    served = {(method.lower(), path) for source in (ROOT / "src/merchant").glob("*.cpp") if not source.stem.endswith("_test")
              for method, path in re.findall(r'"(GET|POST|PUT|DELETE)", "(/v1/[^"]*)"', source.read_text(encoding="utf-8"))}
    assert len(served) > 20
    assert served - set(OPERATIONS) == set()


def test_checkouts_are_as_described(shop):
    status, opened = shop.checked("POST", "/v1/checkouts", {"lines": LINES, "currency": "KRW", "reference": "cart"})
    assert status == 201 and opened["total"] == 24000
    assert shop.checked("GET", f"/v1/checkouts/{opened['id']}")[1]["state"] == "open"
    assert shop.checked("GET", "/v1/checkouts?limit=1")[1]["nextCursor"] == opened["id"]
    token = opened["link"].split("token=")[1]
    assert f'token="{token}"' in opened["tag"] and f'checkout="{opened["id"]}"' in opened["tag"]
    assert shop.ask("GET", f"/v1/checkouts/{opened['id']}/qr?token={token}")[1] == "image/svg+xml"
    assert shop.checked("POST", f"/v1/checkouts/{opened['id']}/cancel", {"token": token}, key=None)[0] == 200
    assert [event["event"] for event in shop.checked("GET", "/v1/webhooks")[1]["webhooks"]] == ["checkout.cancelled"]
    event = shop.checked("GET", "/v1/webhooks")[1]["webhooks"][0]
    assert shop.checked("POST", f"/v1/webhooks/{event['id']}/replay")[0] == 202


def test_a_shop_cancels_its_checkout_as_described(shop):
    _, opened = shop.checked("POST", "/v1/checkouts", {"lines": LINES, "currency": "KRW"})
    for _ in range(2):
        status, cancelled = shop.checked("DELETE", f"/v1/checkouts/{opened['id']}")
        assert (status, cancelled["state"]) == (200, "cancelled")


def test_identifications_are_as_described(shop):
    body = {"purpose": "age-check", "fields": ["overAge:19"], "reference": "door"}
    status, opened = shop.checked("POST", "/v1/identifications", body)
    assert status == 201 and opened["tag"].startswith("<countersign-purchase ") and "link" not in opened
    shown = shop.checked("GET", f"/v1/identifications/{opened['id']}")[1]
    assert (shown["state"], shown["information"]) == ("open", None)
    assert opened["id"] not in str(shop.checked("GET", "/v1/checkouts")[1])
    assert shop.checked("DELETE", f"/v1/checkouts/{opened['id']}/information")[0] == 200
    assert shop.checked("DELETE", f"/v1/checkouts/{opened['id']}")[0] == 200


def test_registrations_are_as_described(shop):
    _, text = shop.checked("GET", "/v1/consent-text?locale=ko")
    consent = {"accepted": True, "textVersion": text["textVersion"], "given": "2026-01-01T00:00:00Z"}
    status, problem = shop.checked("POST", "/v1/registrations", {"email": "a@mail.example", "locale": "ko", "consent": consent})
    assert (status, problem["code"]) == (422, "expired")
    link = shop.network.register("described@mail.example")
    assert link.startswith("countersign:enrol?")


@pytest.mark.parametrize("method, path, body", [
    ("GET", "/v1/checkouts/nothing", None),
    ("DELETE", "/v1/checkouts/nothing", None),
    ("GET", "/v1/confirmations/nothing", None),
    ("GET", "/v1/registrations/nothing", None),
    ("POST", "/v1/registrations/nothing/restart", None),
    ("POST", "/v1/webhooks/nothing/replay", None),
    ("POST", "/v1/checkouts", {"lines": []}),
    ("POST", "/v1/identifications", {"purpose": "purchase"}),
    ("POST", "/v1/identifications", {"purpose": "age-check", "fields": []}),
    ("POST", "/v1/identifications", {"purpose": "login", "fields": ["shoeSize"]}),
    ("GET", "/v1/identifications/nothing", None),
    ("DELETE", "/v1/checkouts/nothing/information", None),
    ("GET", "/v1/consent-text?locale=fr", None),
])
def test_problems_are_as_described(shop, method, path, body):
    status, problem = shop.checked(method, path, body)
    assert status == problem["status"] >= 400


@pytest.mark.parametrize("key", [None, "csk_0000000000000000_wrong"])
def test_no_operation_for_shops_answers_without_a_valid_key(shop, key):
    for method, path in OPERATIONS:
        if DESCRIPTION["paths"][path][method].get("security") == [{"apiKey": []}]:
            status, problem = shop.checked(method.upper(), re.sub(r"\{\w+\}", "nothing", path), key=key)
            assert (status, problem["code"]) == (401, "unauthenticated"), path


def codes_of_table(heading: str) -> set[str]:
    """The codes in the first column of the guide's table that begins with this heading."""
    table = GUIDE.split(f"| `{heading}` |", 1)[1].split("\n\n")[0]
    return {code for row in table.splitlines()[2:] for code in re.findall(r"`(\w+)`", row.split("|")[1])}


@pytest.mark.parametrize("heading, place", [
    ("code", ("Problem", "properties", "code")),
    ("refusalCode", ("CheckoutView", "allOf", 1, "properties", "refusalCode")),
])
def test_the_guide_has_every_code_of_the_description(heading, place):
    node = DESCRIPTION["components"]["schemas"]
    for step in place:
        node = node[step]
    assert codes_of_table(heading) == set(node["enum"])


def test_the_guide_s_first_request_opens_a_checkout(shop):
    script = GUIDE.split("## A purchase", 1)[1].split("```sh\n")[1].split("```")[0]
    script = script.replace("network-root.pem", str(shop.network.root_pem)).replace("https://127.0.0.1:8543", shop.network.merchant_url)
    answer = subprocess.run(["bash", "-ec", script], env={**os.environ, "KEY": shop.network.api_key}, capture_output=True, check=True)
    opened = json.loads(answer.stdout)
    assert (opened["state"], opened["total"], opened["reference"]) == ("open", 24000, "cart-4711")


def test_the_guide_s_cart_opens_one_checkout_for_each_seller(shop):
    program = GUIDE.split("```python\n")[1].split("```")[0].replace("https://127.0.0.1:8543", shop.network.merchant_url)
    program = program.replace("https://127.0.0.1:9543", shop.network.merchant_url)
    names = {"HANOK_KEY": shop.network.api_key, "NAMSAN_KEY": shop.network.api_key, "TLS": shop.context,
             "lines_by_seller": {"hanok": LINES, "namsan": LINES}}
    exec(program, names)  # pylint: disable=exec-used
    tags = re.findall(r'checkout="([^"]+)"', names["page"])
    assert len(set(tags)) == 2
    for checkout in tags:
        assert shop.checked("GET", f"/v1/checkouts/{checkout}")[1]["state"] == "open"


@pytest.mark.parametrize("age, is_genuine", [(0, True), (400, False)])
def test_the_guide_s_check_of_a_webhook_believes_what_is_genuine_and_fresh(age, is_genuine):
    program = GUIDE.split("```python\nexpected", 1)[1].split("```")[0]
    sent = int(time.time()) - age
    signature = hmac.new(b"secret", b"%d.{}" % sent, hashlib.sha256).hexdigest()
    names = {"hmac": hmac, "hashlib": hashlib, "time": time, "secret": b"secret", "t": sent, "body": b"{}", "v1": signature}
    exec("expected" + program, names)  # pylint: disable=exec-used
    assert names["genuine"] is is_genuine
