# SPDX-License-Identifier: Apache-2.0
"""A whole network below one folder, on loopback or at another place: root, data centre, mail, merchant, a purchaser's wallet."""
import json
import mailbox
import os
import pathlib
import re
import secrets
import ssl
import subprocess
import urllib.error
import urllib.request

from demo.mails import password_of
from demo.payment import CardCompany
from demo.processes import LOOPBACK, ROOT, Place, Service, StepFailed, free_port, run, wait_until

NETWORK = "Countersign Demo"
DATA_CENTRE = "OU=seoul-1,OU=kr,O=Countersign Demo"
MERCHANT = "Hanok Books"
PIN = "271828"
ARC = "2.25.5029185730381929265412404197190874440.1"
# The demo passes no secret on a command line; its passphrases lie beside the keys, which a real installation avoids.
AUTHORITY_TOML = """
[data_centre]
name = "{data_centre}"
certificates = "certificates"
permit_dns = ["localhost"]
permit_ip = ["{block}"]
host_names = ["localhost"]
host_addresses = ["{address}"]
[keys]
passphrase_file = "keys/passphrase"
ca = "keys/ca.key"
ocsp = "keys/ocsp.key"
confirmation = "keys/confirmation.key"
tls = "keys/tls.key"
[service]
address = "{address}"
port = {service_port}
public_url = "https://{address}:{service_port}"
[status]
address = "{address}"
port = {status_port}
public_url = "http://{address}:{status_port}"
[storage]
file = "authority.db"
secrets = "secrets"
[mail]
host = "127.0.0.1"
port = {smtp_port}
user = "authority"
password_file = "keys/mail-password"
ca_file = "{mail_ca}"
from = "authority@seoul-1.example"
[policy]
addresses = "{addresses}"
"""
MERCHANT_TOML = """
[merchant]
name = "{name}"
email = "operations@hanok-books.example"
contact = "Kim Minji"
telephone = "+82 2 1234 5678"
origins = {origins}
challenge_port = {challenge_port}
[gateway]
address = "{address}"
port = {port}
public_url = "https://{address}:{port}"
[network]
root = "{root}"
[authority]
service_url = "https://{address}:{service_port}"
[storage]
folder = "data"
[keys]
passphrase_file = "passphrase"
[shop]
catalogue = "{catalogue}"
pictures = "{etc}/shop-pictures"
{shop_settings}"""
WALLET_TOML = """
[wallet]
folder = "data"
web = "{web}"
[card]
token_folder = "token"
weakest_profile = "plain"
[screen]
port = {port}
[link]
name = "Demo wallet"
address = "127.0.0.1"
port = {link_port}
discovery_port = 0
discovery_group = ""
{more}"""


def authority_toml(place: Place = LOOPBACK, **settings) -> str:
    """The configuration of an authority at this place."""
    return AUTHORITY_TOML.format(address=place.address, block=place.block, addresses="any" if place.namespace else "loopback",
                                 **settings)


def write_private(file: pathlib.Path, text: str) -> pathlib.Path:
    """Writes a file that only its owner reads."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    return file


class Network:
    """Starts and ends its programs; usable in `with`. Steps are methods in the order of the story."""

    policies = {"confirmation": f"{ARC}.2", "merchant": f"{ARC}.4", "purchaser": f"{ARC}.5", "card company": f"{ARC}.8"}
    data_centre = DATA_CENTRE
    merchant_name = MERCHANT

    def __init__(self, folder: pathlib.Path, build: pathlib.Path | None = None, port_of_authority_for_merchant: int = 0,
                 place: Place = LOOPBACK):
        self.folder, self.place = folder.resolve(), place
        self.folder.mkdir(parents=True, exist_ok=True)
        build = pathlib.Path(build or os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))
        self.programs = {name: build / "apps" / name.removeprefix("countersign-") / name
                         for name in ("countersign-authority", "countersign-merchant", "countersign-wallet", "countersign-mediator", "countersign-cardcompany", "countersign")}
        for name in ("root", "authority", "merchant", "wallet", "mail", "logs"):
            (self.folder / name).mkdir(exist_ok=True)
        self.authority_folder, self.merchant_folder = self.folder / "authority", self.folder / "merchant"
        self.wallet_folder = self.folder / "wallet"
        self.root_folder, self.root_passphrase_file = self.folder / "root", self.folder / "root-passphrase"
        self.ca_pem = self.authority_folder / "certificates/ca.pem"
        self.authority_database, self.authority_secrets = self.authority_folder / "authority.db", self.authority_folder / "secrets"
        service, status, gateway, screen, link = (free_port() for _ in range(5))
        self.authority_url, self.status_url = f"https://{place.address}:{service}", f"http://{place.address}:{status}"
        self.merchant_url = self.merchant_origin = f"https://{place.address}:{gateway}"
        self.wallet_url = f"http://127.0.0.1:{screen}"
        self.ports = {"service": service, "status": status, "gateway": gateway, "screen": screen, "link": link}
        self.port_of_authority_for_merchant = port_of_authority_for_merchant or service
        self.merchant_settings = self.card_company_settings = ""  # behind those of its configuration
        self.wallet_settings = ""  # alike, of its link first
        self.profiles = ["session", "plain", "direct"]  # in which the merchant takes orders, beside a card company
        self.catalogue = ROOT / "etc/shop-catalogue.json"
        self.shop_settings = ""  # more of its demo shop
        self.sells_at: list[str] = []  # origins of others' pages that the merchant sells at, too
        self.pin = PIN
        self.wallet_user: int | None = None  # whom the wallet runs as, if not as us
        self.wallet_pages = ROOT / "web/wallet"
        self.mail_page = ""
        self.api_key = ""
        self.services: list[Service] = []
        self.mail = self.authority = self.merchant = self.screen = self.card_company = self.computer = None

    def __enter__(self) -> "Network":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends every program that this network started."""
        for service in reversed(self.services):
            service.stop()

    # --- the network and its data centre

    @property
    def root_pem(self) -> pathlib.Path:
        return self.root_folder / "root.pem"

    def create_root(self) -> None:
        write_private(self.root_passphrase_file, secrets.token_urlsafe(24) + "\n")
        self.root_folder.rmdir()
        run([self.programs["countersign-authority"], "init-root", "--out", self.root_folder, "--network", NETWORK,
             "--passphrase-file", self.root_passphrase_file])

    def create_data_centre(self) -> None:
        folder = self.authority_folder
        write_private(folder / "keys/passphrase", secrets.token_urlsafe(24) + "\n")
        write_private(folder / "keys/mail-password", secrets.token_urlsafe(12) + "\n")
        smtp, pages = free_port(), free_port()
        self.ports |= {"smtp": smtp, "pages": pages}
        write_private(folder / "authority.toml", authority_toml(
            self.place, data_centre=self.data_centre, service_port=self.ports["service"], status_port=self.ports["status"],
            smtp_port=smtp, mail_ca=self.folder / "mail/tls/server.pem"))
        self.operator("init", "--root", self.root_folder, "--root-passphrase-file", self.root_passphrase_file)

    def operator(self, *words) -> str:
        """Runs a subcommand of the authority's operator."""
        return run(self.place.inside([self.programs["countersign-authority"], "--config", self.authority_folder / "authority.toml", *words]))

    def start_mail(self) -> None:
        if self.mail is None:
            command = ["/usr/bin/python3", ROOT / "tests/support/mail_server.py", "--folder", self.folder / "mail",
                       "--smtp-port", self.ports["smtp"], "--http-port", self.ports["pages"], "--user", "authority",
                       "--password-file", self.authority_folder / "keys/mail-password"]
            self.mail = self.service("mail", command)
        self.mail_page = f"http://127.0.0.1:{self.ports['pages']}/"
        self.mail.start()
        if self.place.namespace:  # loopback there, where we are not
            wait_until(lambda: "mails at" in self.mail.log.read_text(encoding="utf-8"), "the mail server")
        else:
            self.mail.wait_ready(self.mail_page)

    def start_authority(self) -> None:
        if self.authority is None:
            self.authority = self.service("authority", [self.programs["countersign-authority"], "--config",
                                                         self.authority_folder / "authority.toml", "serve"])
        self.authority.start().wait_ready(self.status_url + "/readyz")
        wait_until(lambda: "countersign_log_may_sign 0" not in self.metrics(), "the witnesses of the log to agree")

    def served_map(self) -> bytes:
        """The network map that the authority serves to anybody; empty while it has none."""
        context = ssl.create_default_context(cafile=str(self.root_pem))
        try:
            with urllib.request.urlopen(self.authority_url + "/v1/network/map", timeout=20, context=context) as response:
                if response.headers["Content-Type"] != "application/pkcs7-mime":
                    raise StepFailed(f"a map of the type {response.headers['Content-Type']}")
                return response.read()
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return b""

    def metrics(self) -> str:
        """What the authority counts, as its monitoring reads it."""
        with urllib.request.urlopen(self.status_url + "/metrics", timeout=10) as response:
            return response.read().decode()

    def verify_audit_log(self) -> str:
        return self.operator("audit", "verify")

    def backup(self, out: pathlib.Path) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.operator("backup", "--out", out / "authority.db")

    # --- the merchant

    @property
    def merchant_certificate(self) -> pathlib.Path:
        return self.merchant_folder / "data/identity/identity.pem"

    @property
    def merchant_key(self) -> pathlib.Path:
        return self.merchant_folder / "data/identity/identity.pem"

    @property
    def merchant_passphrase_file(self) -> pathlib.Path:
        return self.merchant_folder / "passphrase"

    def shop(self, *words) -> str:
        """Runs a subcommand of the merchant."""
        return run(self.place.inside([self.programs["countersign-merchant"], "--config", self.merchant_folder / "merchant.toml", *words]))

    def start_card_company(self) -> None:
        """Before the merchant, whose configuration names it."""
        self.card_company = CardCompany(self)
        self.card_company.settings = self.card_company_settings
        self.card_company.start()

    def prepare_merchant(self) -> None:
        """Its configuration, key and store."""
        if self.merchant is None:
            write_private(self.merchant_passphrase_file, secrets.token_urlsafe(24) + "\n")
            write_private(self.merchant_folder / "merchant.toml", MERCHANT_TOML.format(
                name=self.merchant_name, address=self.place.address, port=self.ports["gateway"], root=self.root_pem,
                origins=json.dumps([self.merchant_origin, *self.sells_at]),
                # Others' pages are on this machine, too: the gateway answers for all of them.
                challenge_port=self.ports["gateway"] if self.sells_at else 0,
                service_port=self.port_of_authority_for_merchant, etc=ROOT / "etc",
                catalogue=self.catalogue, shop_settings=self.shop_settings)
                + (self.card_company.merchant_settings() if self.card_company else "") + self.merchant_settings)
            self.shop("init")
            self.merchant = self.service("merchant", [self.programs["countersign-merchant"], "--config",
                                                       self.merchant_folder / "merchant.toml", "serve"])

    def start_merchant(self) -> None:
        self.prepare_merchant()
        self.merchant.start()

    def sell_in(self, *profiles: str) -> None:
        """From now on orders of this merchant may be paid in these profiles; its gateway starts anew."""
        file = self.merchant_folder / "merchant.toml"
        before = file.read_text(encoding="utf-8")
        self.merchant.stop()
        file.write_text(re.sub(r"^profiles = .*$", f"profiles = {json.dumps(profiles)}", before, flags=re.MULTILINE), encoding="utf-8")
        self.start_merchant()
        self.wait_merchant()

    def merchant_applies(self) -> str:
        """The gateway applies by itself; the id of its application once the checks passed."""
        def pending():
            found = re.search(r"^(\S+)\s+awaiting_approval", self.operator("applications", "list"), re.MULTILINE)
            if not self.merchant.running():
                raise StepFailed("the gateway ended: " + self.merchant.log.read_text(errors="replace")[-2000:])
            return found and found.group(1)
        return wait_until(pending, "the merchant's application")

    def approve(self, application: str) -> None:
        self.operator("applications", "approve", application)

    def wait_merchant(self) -> None:
        """Until the gateway serves with its certificate."""
        def serving():
            try:
                with self._open("/readyz") as response:
                    return response.status == 200
            except OSError:
                return False
        wait_until(serving, "the gateway to serve with its certificate")

    def wait_merchant_certificate(self) -> None:
        self.wait_merchant()
        self.api_key = self.shop("keys", "create", "demo shop").strip()

    def _open(self, path: str, body: dict | None = None):
        """Asks the gateway as the shop does: over TLS, judged under the network root, with its API key."""
        context = ssl.create_default_context(cafile=str(self.root_pem))
        request = urllib.request.Request(self.merchant_url + path, method="GET" if body is None else "POST",
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": f"Bearer {self.api_key}",
                                                  "Content-Type": "application/json"})
        try:
            return urllib.request.urlopen(request, timeout=20, context=context)
        except urllib.error.HTTPError as error:
            raise StepFailed(f"the gateway answered {path} with {error.code}: {error.read().decode()[:500]}") from error

    def ask_shop(self, path: str, body: dict | None = None) -> dict:
        """One call of the gateway's API for shops."""
        with self._open(path, body) as response:
            return json.load(response)

    def register(self, address: str, locale: str = "en") -> str:
        """A customer registers at the shop and consents; the enrolment link that the shop then shows."""
        answer = self.ask_shop("/v1/registrations", {
            "email": address, "locale": locale,
            "consent": {"accepted": True, "textVersion": self.consent_version(), "given": _now()}})
        return answer["enrolment"]["link"]

    def consent_version(self) -> str:
        """The version of the consent's words that the registration page shows."""
        with self._open("/register") as response:
            return re.search(r'name="textVersion" value="([^"]+)"', response.read().decode()).group(1)

    def create_checkout(self, lines: list[dict], currency: str, **more) -> dict:
        return self.ask_shop("/v1/checkouts", {"lines": lines, "currency": currency,
                                               "reference": secrets.token_hex(4), **more})

    # --- the mail box

    def mails_to(self, address: str) -> list[pathlib.Path]:
        """Mails to an address, oldest first."""
        maildir = mailbox.Maildir(self.folder / "mail/Maildir", create=False)
        found = []
        for key in maildir.keys():
            if address in (maildir[key]["To"] or ""):
                found.append(pathlib.Path(maildir._path) / maildir._lookup(key))  # pylint: disable=protected-access
        return sorted(found, key=lambda file: file.stat().st_mtime_ns)

    def wait_mail(self, address: str) -> pathlib.Path:
        """The newest mail to an address that carries a password."""
        def arrived():
            with_password = [file for file in self.mails_to(address) if password_of(file)]
            return with_password and with_password[-1]
        return wait_until(arrived, f"the mail to {address}")

    # --- the wallet

    def wallet(self, *words, seconds: float = 60.0) -> str:
        """Runs a subcommand of the wallet with its PIN in a file."""
        if not (self.wallet_folder / "wallet.toml").exists():
            self.own_wallet_file("pin", self.pin + "\n")
            self.own_wallet_file("wallet.toml", WALLET_TOML.format(
                port=self.ports["screen"], link_port=self.ports["link"], web=self.wallet_pages, more=self.wallet_settings))
            self.wallet("init", "--pin-file", self.wallet_folder / "pin")
        return run(self.wallet_command(*words), seconds=seconds)

    def wallet_command(self, *words) -> list[str]:
        """The command line of a subcommand of the wallet, as its user."""
        user = [] if self.wallet_user is None else ["setpriv", f"--reuid={self.wallet_user}", f"--regid={self.wallet_user}",
                                                    "--clear-groups"]
        command = [*user, self.programs["countersign-wallet"], "--config", self.wallet_folder / "wallet.toml", *words]
        return self.place.inside(command)

    def own_wallet_file(self, name: str, text: str) -> pathlib.Path:
        """Writes a file into the wallet's folder, for the wallet's user alone."""
        return self.hand_to_wallet_user(write_private(self.wallet_folder / name, text))

    def hand_to_wallet_user(self, file: pathlib.Path) -> pathlib.Path:
        """Lets the wallet's user have this file and its folder."""
        if self.wallet_user is not None:
            for path in (file.parent, file):
                os.chown(path, self.wallet_user, self.wallet_user)
        return file

    def purchaser(self) -> str:
        """The name in the purchaser's certificate."""
        return self.wallet("name").strip()

    def wallet_enrol(self, link: str) -> None:
        self.wallet("enrol", link)

    def wallet_open(self, mail: pathlib.Path) -> None:
        # Not in the wallet's folder: its disk may be full.
        typed = write_private(self.folder / "typed" / "mailed-password", password_of(mail) + "\n")
        password = self.hand_to_wallet_user(typed)
        self.wallet("open", "--password-file", password, "--pin-file", self.wallet_folder / "pin", "--yes")
        password.unlink()

    def wallet_pay(self, link: str) -> None:
        self.wallet("pay", link, "--pin-file", self.wallet_folder / "pin", "--yes")

    def wallet_pay_in_background(self, link: str) -> subprocess.Popen:
        """Pays as above, without waiting for the end."""
        words = self.wallet_command("pay", link, "--pin-file", self.wallet_folder / "pin", "--yes")
        return subprocess.Popen(words, stdin=subprocess.DEVNULL)

    def wallet_evidence(self, folder: str = "evidence") -> dict[str, pathlib.Path]:
        """Exports what the wallet keeps of its newest purchase."""
        out = self.folder / folder
        self.wallet("export", "--out", out)
        return {file.name: file for file in out.iterdir()}

    def start_wallet_screen(self) -> None:
        """The wallet's local screen; its address with the token stands in its log."""
        self.wallet("list")
        self.screen = self.service("wallet", self.wallet_command("serve"))
        before = self.screen.log.stat().st_size if self.screen.log.exists() else 0  # of an earlier run
        self.screen.start()
        def address():
            said = self.screen.log.read_bytes()[before:].decode(errors="replace")
            found = re.search(r"http://127\.0\.0\.1:\d+/\S*#\S+", said)
            return found and found.group(0)
        self.wallet_url = wait_until(address, "the wallet's screen")

    def newer_receipt(self, order_id: str, out: pathlib.Path) -> dict:
        """Has the wallet ask for the receipt of a purchase anew, and write it."""
        self.wallet("receipt", "--order", order_id, "--pin-file", self.wallet_folder / "pin", "--out", out)
        return json.loads(out.read_text(encoding="utf-8"))

    def log_policy(self, *witnesses: "Network") -> pathlib.Path:
        """What a verifier trusts who trusts this data centre's log as more than half of these others witness it; or as it is."""
        lines = ["log " + json.loads(self.operator("log", "status", "--json"))["key"]]
        names = [f"witness-{number}" for number, _ in enumerate(witnesses)]
        lines += [f"witness {name} {json.loads(centre.operator('witness', 'status', '--json'))['key']}"
                  for name, centre in zip(names, witnesses)]
        lines += [f"group enough {len(names) // 2 + 1} {' '.join(names)}", "quorum enough"] if names else ["quorum none"]
        file = self.folder / f"log-policy-{len(names)}"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    def verify(self, confirmation: pathlib.Path, *more) -> str:
        return run([self.programs["countersign"], "verify", confirmation, "--root", self.root_pem, *more])

    # --- for tests

    def bring_up(self, before_merchant=lambda: None) -> None:
        """Everything up to the merchant's certificate."""
        self.create_root()
        self.create_data_centre()
        self.start_mail()
        self.start_authority()
        before_merchant()
        self.bring_up_merchant()

    def bring_up_merchant(self) -> None:
        """Once its authority serves, up to the merchant's certificate."""
        self.start_merchant()
        self.approve(self.merchant_applies())
        self.wait_merchant_certificate()

    def service(self, name: str, command: list) -> Service:
        service = Service(name, self.place.inside(command), self.folder / "logs" / f"{name}.log")
        self.services.append(service)
        return service


def _now() -> str:
    import time
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
