# SPDX-License-Identifier: Apache-2.0
"""Purchases from a PC with the real programs: a network whose parties reach each other through proxies, a way to
play one purchase, and to look at what it left on each side."""
import base64
import contextlib
import json
import pathlib
import re
import sqlite3
import urllib.parse
from dataclasses import dataclass, field

from demo.computer import Computer
from demo.network import Network
from demo.payment import HOLDER, Means
from demo.processes import wait_until
from demo.story import EMAIL
from extension import Extension
from fault_proxy import FaultProxy
from openssl_party import link_parts
from played_mediator import Pairing, PlayedMediator
from shop_customer import Customer
from terminal import Holder, Screen

LINES = [{"sku": "CUP-1", "description": "Celadon cup", "quantity": 2, "unitPrice": 12000}]
CARD = ("4242424242424242", "2031-12")
ARTICLE = "CUP-1"  # of the shop's catalogue
LONGEST = 150.0  # seconds: the longest of the time-outs of a purchase, and what follows from it
SHOWN = {"asked", "review", "approved", "confirming"}  # what the PC is told while the terminal shows a purchase
PLACES = ("link", "relay", "authority", "company", "home")  # where something can go wrong
# How long programs wait for others, in seconds of whoever waits least; without these it is up to half a minute.
HASTY_MERCHANT = """
[limits]
authority_answer = "{0}s"
card_company_answer = "{0}s"
"""
HASTY_WALLET = """silence = "{1}s"
[limits]
gateway_answer = "{2}s"
authority_answer = "{0}s"
"""


@dataclass
class Course:
    """What each side was told of one purchase."""

    checkout: str
    heard: list[dict] = field(default_factory=list)  # by the extension
    told: dict | None = None  # its last word
    problems: list[str] = field(default_factory=list)  # when the holder approved
    shown: dict | None = None  # the end on the terminal; None where no purchase came
    must_be_shown: bool = False  # the PC heard of the terminal that it shows the purchase
    state: str = ""  # of the checkout, at the shop
    page: str = field(default="", repr=False)  # of the order, as the shop's customer sees it
    order: str = ""  # its id, once there is one

    @property
    def is_confirmed(self) -> bool:
        return self.state == "confirmed"


def _change(store: pathlib.Path, change: str) -> None:
    with contextlib.closing(sqlite3.connect(store, timeout=30)) as database, database:
        database.execute(change)


class Purchases:
    """Usable in `with`. The proxies stand between PC and terminal (`link`), PC and gateway (`relay`), gateway and authority
    (`authority`), gateway and card company (`company`), and where the wallet asks its own authority (`home`)."""

    def __init__(self, folder: pathlib.Path):
        self.proxies = {name: FaultProxy(0) for name in PLACES}
        self.network = Network(folder, port_of_authority_for_merchant=self.proxies["authority"].port)
        self.computer = Computer(self.network.folder / "pc", self.network.programs["countersign-mediator"])
        self.sold_in: tuple[str, ...] = ()  # as `tag` configured the shop
        self.card, self.means = CARD, ""  # the card to pay with, and its name in the wallet
        self.split_means = ""  # the same card, recorded with its company: it pays in profile set alone
        self.settings = ""  # more of the merchant's
        self.customers: dict[str, Customer] = {}  # who opened which checkout
        self.started = lambda extension: None  # called with the PC's side of each purchase before it begins

    def __enter__(self) -> "Purchases":
        try:
            self._bring_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def hasten(self, seconds: int = 2) -> None:
        """Before it starts: nobody waits for anybody longer than about so many seconds."""
        self.settings += HASTY_MERCHANT.format(seconds)
        self.network.wallet_settings += HASTY_WALLET.format(seconds, seconds + 1, 2 * seconds + 1)
        self.computer.silence = f"{seconds + 1}s"

    def __exit__(self, *_) -> None:
        self.network.stop()
        for proxy in self.proxies.values():
            proxy.close()

    def _bring_up(self) -> None:
        network, ports = self.network, self.network.ports
        targets = {"link": ports["link"], "relay": ports["gateway"], "authority": ports["service"],
                   "home": ports["service"]}
        for name, port in targets.items():
            self.proxies[name].target_port = port
        network.merchant_settings = self.settings
        network.bring_up(self._start_card_company)
        network.wallet_enrol(self._by_proxy(network.register(EMAIL)))
        network.wallet_open(network.wait_mail(EMAIL))
        network.card_company.fill_wallet(())
        number, expiry = self.card
        means, company = Means(number, expiry=expiry, limit=10**12), network.card_company
        company.open_account(means)
        network.start_wallet_screen()
        self.screen = Screen(network.wallet_url)
        for recorded in ("", company.subject):
            held = self.screen.post("/api/means/card", [network.pin, number, expiry, HOLDER, recorded])
        self.means, self.split_means = (one["id"] for one in held["means"])
        company.bind(means, network.purchaser())
        self.computer.install(network.root_pem, self.proxies["link"].port)
        self.computer.pair(lambda offer: self.screen.post("/api/pairings", {"link": offer}))
        self.holder = Holder(self.screen, network.pin)

    def take_another_card(self, means: Means) -> None:
        """Puts another card into the wallet, recorded with the company; opens its account where there is none."""
        company = self.network.card_company
        if means.number not in company.accounts:
            company.open_account(means)
        self.network.screen.stop()
        company.put_into_wallet(means, recorded=True)
        self.network.start_wallet_screen()
        self.screen = Screen(self.network.wallet_url)
        self.holder = Holder(self.screen, self.network.pin)

    def _by_proxy(self, enrolment: str) -> str:
        """The same link, so that the wallet knows its authority under the proxy's address."""
        authority = link_parts(enrolment)["authority"]
        proxied = f"https://127.0.0.1:{self.proxies['home'].port}"
        quoted = {url: urllib.parse.quote(url, safe="") for url in (authority, proxied)}
        assert quoted[authority] in enrolment, enrolment
        return enrolment.replace(quoted[authority], quoted[proxied])

    def _start_card_company(self) -> None:
        self.network.start_card_company()
        company = self.network.card_company
        self.proxies["company"].target_port, company.port = company.port, self.proxies["company"].port

    def sell_in(self, *profiles: str) -> None:
        """From now on orders of this merchant may be paid in these profiles."""
        if profiles == self.sold_in:
            return
        self.network.sell_in(*profiles)
        self.sold_in = profiles

    def usual_means(self) -> str:
        """What pays at a shop that sells in these profiles."""
        return self.split_means if "set" in self.sold_in else self.means

    def tag(self, *profiles: str) -> dict:
        """The tag of a fresh checkout's page, of a shop that may be paid in these profiles; its gateway is reached through the
        proxy."""
        self.sell_in(*profiles)
        customer = Customer(self.network)
        tag = customer.order(ARTICLE)
        self.customers[tag["checkout"]] = customer
        return {**tag, "gateway": f"https://127.0.0.1:{self.proxies['relay'].port}"}

    def buy(self, tag: dict, seconds: float = 60.0, means: tuple[str, ...] = (), asked=lambda purchase: True,
            answer: str = "continue", meanwhile=lambda extension: None) -> Course:
        """Plays a purchase until the PC and the terminal are done with it; `means` are those to pay with, one after
        the other. The holder is held back at a question by `asked`, the browser says `answer` to the last look, and
        `meanwhile` is called when all has begun."""
        self.let_a_minute_pass()
        self.holder.begin(*means or (self.usual_means(),), asked=asked)
        course = Course(tag["checkout"])
        with Extension(self.computer, answer=answer) as extension:
            self.started(extension)
            extension.start(tag, self.network.merchant_origin)
            meanwhile(extension)
            course.told = extension.wait_for("ended", "error", seconds=seconds)
            extension.process.wait(30)
            course.heard = extension.heard
        wait_until(self.proxies["link"].is_idle, "the end of the link", seconds)
        states = {message.get("state") for message in course.heard}
        course.must_be_shown = bool(states & SHOWN) or any(message["type"] == "review" for message in course.heard)
        return self._look_at_others(course, "connected" in states, seconds)

    def play(self, pairing: Pairing, tag: dict, conduct, seconds: float = 60.0) -> Course:
        """The same with a mediator that does to messages what it likes."""
        self.let_a_minute_pass()
        self.holder.begin(self.usual_means())
        course = Course(tag["checkout"])
        mediator = PlayedMediator(pairing, self.network.ports["link"], conduct)
        mediator.start(tag, self.network.merchant_origin)
        mediator.wait(seconds)
        course.heard = mediator.heard
        course.must_be_shown = any(message.get("purchase") == mediator.purchase for message in course.heard)
        return self._look_at_others(course, True, seconds)

    def _look_at_others(self, course: Course, was_connected: bool, seconds: float) -> Course:
        course.shown = self._end_on_terminal(course, was_connected, seconds)
        course.problems = self.holder.problems
        return self.look_at_shop(course)

    def look_at_shop(self, course: Course) -> Course:
        """Takes down what the shop knows by now."""
        course.state = self.state_of(course.checkout)
        if customer := self.customers.get(course.checkout):
            course.page = customer.look_at(course.checkout)
        course.order = self.checkout(course.checkout)["orderId"] or ""
        return course

    def _end_on_terminal(self, course: Course, was_connected: bool, seconds: float) -> dict | None:
        if self.screen.purchase()[1] or self.holder.end:
            return self.holder.wait_end(seconds)
        if not was_connected:
            return None
        # The terminal may have been left before it heard of the purchase, or be about to hear of it.
        with contextlib.suppress(TimeoutError):
            return self.holder.wait_end(5 if course.must_be_shown else 0.5)
        return None

    def let_a_minute_pass(self) -> None:
        """At the card company, which stops who pays more than ten times within one."""
        _change(self.network.card_company.folder / "data/cardcompany.db",
                "UPDATE authorizations SET decided = decided - 60")

    def let_questions_grow_old(self) -> None:
        """At the gateway, which gives up a payment only when no question about it can be under way any more."""
        _change(self.network.merchant_folder / "data/merchant.db", "UPDATE payments SET asked = asked - 60")

    # --- what is left

    def checkout(self, identifier: str) -> dict:
        return self.network.ask_shop(f"/v1/checkouts/{identifier}")

    def state_of(self, checkout: str) -> str:
        """Once it is not on its way any more."""
        def settled():
            state = self.checkout(checkout)["state"]
            return state != "confirming" and state
        return wait_until(settled, f"the outcome of {checkout}", 60)

    def decisions(self, order: str) -> list[str]:
        """What the card company decided about an order, as it is now: approved, declined or released."""
        said = self.network.card_company.command("authorizations", "list")
        return re.findall(rf"  {re.escape(order)}(?:\.\d+)?  .*  (approved|declined|released) ", said)

    def confirmation_at_shop(self, checkout: str) -> bytes:
        return base64.b64decode(self.checkout(checkout)["confirmation"])

    def confirmation_in_wallet(self, order: str) -> bytes:
        return self.screen.fetch(f"/api/purchases/{order}/confirmation")

    def state_in_wallet(self, order: str) -> str:
        return json.loads(self.screen.fetch(f"/api/purchases/{order}"))["state"]
