# SPDX-License-Identifier: Apache-2.0
"""A customer of the demo shop: puts articles into the cart and looks at the pages of her orders, as a browser would."""
import html
import http.client
import itertools
import re
import ssl
import urllib.parse

from extension import tag_of

_PLACES = itertools.count()  # customers come from all over the loopback network: the shop limits orders by address


class Customer:
    """One browser's session with the shop of a network's merchant."""

    def __init__(self, network):
        self.gateway = urllib.parse.urlsplit(network.merchant_url)
        self.context = ssl.create_default_context(cafile=str(network.root_pem))
        self.cookies: dict[str, str] = {}

    def order(self, sku: str) -> dict:
        """Goes from the article to the payment page; its tag."""
        article = self.get(f"/shop/items/{sku}")
        cart = self.post("/shop/cart", {"token": _field(article, "token"), "sku": sku, "quantity": "1"})
        page = self.post("/shop/checkout", {name: _field(cart, name) for name in ("token", "form")})
        link = html.unescape(re.search(r'id="wallet-link" href="([^"]+)"', page).group(1))
        profiles = re.search(r'<countersign-purchase [^>]* profiles="([^"]*)"', page).group(1)
        tag = tag_of({"link": link, "profiles": profiles.split()})
        assert f'checkout="{tag["checkout"]}" token="{tag["token"]}"' in page, "the tag leads where the link does"
        return tag

    def look_at(self, checkout: str) -> str:
        """The page of an order of hers."""
        return self.get(f"/shop/orders/{checkout}")

    def cancel(self, checkout: str) -> str:
        """Presses the button of that page; the page that follows."""
        return self.post(f"/shop/orders/{checkout}/cancel", {"token": _field(self.look_at(checkout), "token")})

    def get(self, path: str) -> str:
        return self._ask("GET", path)

    def post(self, path: str, fields: dict) -> str:
        """Sends a form, and goes where it leads."""
        return self._ask("POST", path, urllib.parse.urlencode(fields))

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        place = (f"127.0.{next(_PLACES) // 200 % 250}.9", 0)
        connection = http.client.HTTPSConnection(self.gateway.hostname, self.gateway.port, timeout=20, context=self.context,
                                                 source_address=place)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Accept-Language": "en"}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.gateway.geturl()}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status == 303:
            return self.get(answer.headers["Location"])
        assert answer.status == 200, (method, path, answer.status, content)
        return content


def _field(page: str, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page).group(1))
