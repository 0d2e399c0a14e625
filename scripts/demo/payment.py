# SPDX-License-Identifier: Apache-2.0
"""The card company of a demo network: its certificates, and a test card or account for every way that a payment can go."""
import json
import pathlib
import re
import secrets
from typing import NamedTuple

from demo.processes import free_port, run, wait_until

NAME = "Han River Card"
HOLDER = "HONG GILDONG"
COMPANY_TOML = """
[cardcompany]
name = "{name}"
[service]
port = {port}
[network]
root = "{root}"
service_url = "{service}"
status_url = "{status}"
[keys]
certificate = "certificate.pem"
agreement_certificate = "agreement-certificate.pem"
passphrase_file = "passphrase"
[storage]
folder = "data"
"""
MERCHANT_TOML = """
[payment]
card_company = "https://127.0.0.1:{port}"
card_company_subject = "{subject}"
profiles = {profiles}
[companies.han-river]
url = "https://127.0.0.1:{port}"
subject = "{subject}"
"""


class Means(NamedTuple):
    """A test card (with expiry) or account (with bank), and what the company says to it."""

    number: str
    expiry: str = ""
    bank: str = ""
    limit: int = 5_000_000
    use: str = ""  # "block"
    outcome: str = "approved"


# As docs/shop-api.md lists them. No wallet takes the expired card.
MEANS = {
    "card": Means("4111111111111111", expiry="2031-12"),
    "card without funds": Means("4000000000009995", expiry="2031-12", limit=1_000, outcome="insufficient_funds"),
    "expired card": Means("4000000000000069", expiry="2020-01", outcome="card_expired"),
    "blocked card": Means("4000000000000002", expiry="2031-12", use="block", outcome="account_blocked"),
    "account": Means("110-234-567890", bank="Hanok Bank", limit=2_000_000),
    "account without funds": Means("110-234-000001", bank="Hanok Bank", limit=1_000, outcome="insufficient_funds"),
}
IN_WALLETS = tuple(name for name in MEANS if name != "expired card")


class CardCompany:
    """Runs beside a network whose data centre is there; merchants made after it ask it about payments."""

    def __init__(self, network):
        self.network, self.folder = network, network.folder / "cardcompany"
        self.port, self.subject = free_port(), ""
        self.settings = ""  # more of its configuration
        self.accounts: dict[str, str] = {}  # ids, by number
        self.service = None

    def start(self) -> "CardCompany":
        """Obtains the certificates, opens the accounts and serves."""
        self.folder.mkdir()
        (self.folder / "passphrase").touch(mode=0o600)
        (self.folder / "passphrase").write_text(secrets.token_urlsafe(24) + "\n", encoding="utf-8")
        (self.folder / "cardcompany.toml").write_text(COMPANY_TOML.format(
            name=NAME, port=self.port, root=self.network.root_pem, service=self.network.authority_url,
            status=self.network.status_url) + self.settings, encoding="utf-8")
        request, agreement = self.folder / "request.der", self.folder / "agreement-request.der"
        self.command("init", "--request", request, "--agreement-request", agreement, "--host", "127.0.0.1")
        answer = self.network.operator("card-companies", "issue", "--name", NAME, "--request", request,
                                       "--out", self.folder / "certificate.pem", "--agreement-request", agreement,
                                       "--agreement-out", self.folder / "agreement-certificate.pem")
        self.subject = answer.splitlines()[0]
        for means in MEANS.values():
            self.open_account(means)
        self.service = self.network.service("cardcompany",
                                            [self.program, "--config", self.folder / "cardcompany.toml", "serve"])
        self.serve_again()
        return self

    def serve_again(self) -> None:
        """Starts the service; again where it has ended."""
        ports = self.folder / "data/ports.json"
        ports.unlink(missing_ok=True)
        self.service.start()
        wait_until(ports.exists, "the card company to serve")

    @property
    def program(self) -> pathlib.Path:
        return self.network.programs["countersign-cardcompany"]

    def command(self, *words, stdin: str = "") -> str:
        """Runs a subcommand of the card company."""
        return run([self.program, "--config", self.folder / "cardcompany.toml", *words], stdin=stdin)

    def objects(self, *words) -> list[dict]:
        """What a subcommand says of each account, decision or movement."""
        return [json.loads(line) for line in self.command(*words, "--json").splitlines()]

    def open_account(self, means: Means) -> None:
        kind = ("--expiry", means.expiry) if means.expiry else ("--bank", means.bank)
        said = self.command("accounts", "add", "--holder", HOLDER, "--limit", means.limit, *kind, stdin=means.number + "\n")
        self.accounts[means.number] = re.search(r"\S+", said).group(0)
        if means.use:
            self.command("accounts", means.use, "--id", self.accounts[means.number])

    def bind(self, means: Means, purchaser: str) -> None:
        """From now on this purchaser, and nobody else any more, pays with it where the payment is split."""
        self.command("accounts", "unbind", "--id", self.accounts[means.number])
        self.command("accounts", "bind", "--id", self.accounts[means.number], "--purchaser", purchaser)

    def wait_captured(self, order: pathlib.Path) -> None:
        """Until the order's amount has moved from its holder to the merchant, by the merchant's own doing."""
        said = json.loads(order.read_text(encoding="utf-8"))
        def captured():
            return any(line["reference"] == said["id"] and line["amount"] == said["total"] for line in self.objects("captures", "list"))
        wait_until(captured, "the capture")

    def merchant_settings(self) -> str:
        """What a merchant's configuration says of this company."""
        return MERCHANT_TOML.format(port=self.port, subject=self.subject, profiles=json.dumps(self.network.profiles))

    def fill_wallet(self, names=("card", "account"), recorded: bool = False) -> None:
        """Puts the holder's data and these means onto the card of the network's wallet; where they are `recorded` with this
        company, payments are split (profile set)."""
        pin = self.network.wallet_folder / "pin"
        self.network.wallet("personal", "set", "--name", "홍길동", "--address", "서울특별시 종로구 북촌로 1", "--birth-date",
                            "1990-12-31", "--telephone", "+82 10 1234 5678", "--pin-file", pin)
        for name in names:
            self.put_into_wallet(MEANS[name], recorded)

    def put_into_wallet(self, means: Means, recorded: bool = False) -> None:
        """Puts one card or account onto the card of the network's wallet, and where it is `recorded` binds it to its holder."""
        number = self.network.own_wallet_file("number", means.number + "\n")
        kind = ("add-card", "--expiry", means.expiry) if means.expiry else ("add-account", "--bank", means.bank)
        company = ("--company", self.subject) if recorded and means.expiry else ()
        self.network.wallet("means", *kind, *company, "--holder", HOLDER, "--number-file", number,
                            "--pin-file", self.network.wallet_folder / "pin")
        number.unlink()
        if company:
            self.bind(means, self.network.purchaser())
