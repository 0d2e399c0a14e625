# SPDX-License-Identifier: Apache-2.0
"""OpenLDAP servers on loopback as deploy/ldap/configure makes them, and Debian's own tools to ask them."""
import base64
import os
import pathlib
import re
import subprocess
import urllib.request

from demo.network import Network
from demo.processes import ROOT, Service, free_port, run, wait_until

CONFIGURE = ROOT / "deploy/ldap/configure"
SLAPD = "/usr/sbin/slapd"
PUBLISHER = "cn=publisher,cn=accounts"
REPLICA = "cn=replica,cn=accounts"
NO_SUCH_OBJECT, INSUFFICIENT_ACCESS, REFERRAL = 32, 50, 10
# What ldap.conf(5) of this machine says is no part of a test.
ENVIRONMENT = {**os.environ, "LDAPNOINIT": "1"}


class Found:
    """What a search printed: entries by their names, each a list of values by attribute type in lower case."""

    def __init__(self, done: subprocess.CompletedProcess):
        self.code, self.text = done.returncode, done.stdout + done.stderr
        self.entries: dict[str, dict[str, list[bytes]]] = {}
        for block in done.stdout.split("\n\n"):
            attributes: dict[str, list[bytes]] = {}
            for line in block.splitlines():
                if line.startswith("#") or ":" not in line:
                    continue
                kind, _, value = line.partition(":")
                decoded = base64.b64decode(value[1:]) if value.startswith(":") else value.strip().encode()
                attributes.setdefault(kind.lower(), []).append(decoded)
            if "dn" in attributes:
                self.entries[attributes.pop("dn")[0].decode()] = attributes

    def values(self, kind: str) -> list[bytes]:
        """The values of an attribute in all entries together."""
        return [value for entry in self.entries.values() for value in entry.get(kind.lower(), [])]


class LdapServer:
    """One slapd with its folder; ended by its own id."""

    def __init__(self, kind: str, folder: pathlib.Path, *words, urls=("ldap",)):
        self.kind, self.folder, self.words = kind, folder, words
        self.ports = {scheme: free_port() for scheme in urls}
        self.urls = {scheme: f"{scheme}://127.0.0.1:{port}" for scheme, port in self.ports.items()}
        self.url = self.urls.get("ldap") or next(iter(self.urls.values()))
        self.service = Service(folder.name, [SLAPD, "-d", "0", "-f", folder / "slapd.conf", "-h", " ".join(self.urls.values())],
                               folder.with_suffix(".log"))

    def configure(self, *more) -> "LdapServer":
        run([CONFIGURE, self.kind, "--folder", self.folder, *self.words, *more])
        for account in ("publisher", "replica"):  # ldapsearch -y takes the whole file
            file = self.folder / f"{account}-password"
            if file.exists():
                bare = self.folder / f"{account}.bare"
                bare.touch(mode=0o600)
                bare.write_text(file.read_text().strip())
        return self

    def start(self) -> "LdapServer":
        self.service.start()
        def answers():
            assert self.service.running(), self.service.log.read_text()
            return self.search("", "-s", "base").code == 0
        wait_until(answers, f"slapd of {self.folder.name}")
        return self

    def stop(self) -> None:
        self.service.stop()

    def wipe(self) -> None:
        """Its databases are lost; its accounts stay."""
        for name in ("data", "purchasers"):
            for file in (self.folder / name).iterdir():
                file.unlink()

    def tool(self, program: str, *words, account: str = "", stdin: str = "", url: str = "") -> subprocess.CompletedProcess:
        bind = []
        if account:
            name = account.split(",")[0].removeprefix("cn=")
            bind = ["-D", account, "-y", str(self.folder / f"{name}.bare")]
        return subprocess.run([program, "-x", "-H", url or self.url, *bind, *map(str, words)], input=stdin,
                              capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT)

    def search(self, base: str, *words, account: str = "") -> Found:
        return Found(self.tool("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-b", base, *words, account=account))

    def read(self, name: str, *words) -> Found:
        """The entry of that very name, asked by nobody in particular."""
        return self.search(name, "-s", "base", *words)

    def follow(self, name: str) -> Found:
        """The entry of that name, wherever the references lead: each answer names the server to ask next. (`ldapsearch -C` of
        Debian 12 follows one reference, and hangs over the second in a row.)"""
        url = self.url
        for _ in range(4):
            found = Found(self.tool("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-b", name, "-s", "base", url=url))
            if found.code != REFERRAL:
                break
            url = re.search(r"(ldaps?://[^/\s]+)/", found.text).group(1)
        return found

    def certificates(self, name: str, *words) -> list[bytes]:
        return self.read(name, *words).values("userCertificate;binary")

    def names(self, base: str) -> set[str]:
        """All entries below a name, as the publisher sees them."""
        return {name.lower() for name in self.search(base, "1.1", account=PUBLISHER).entries}


class PublishedNetwork(Network):
    """A network whose authority publishes to a server."""

    def __init__(self, folder: pathlib.Path, settings: str):
        super().__init__(folder)
        self.settings = settings

    def create_data_centre(self) -> None:
        super().create_data_centre()
        with open(self.authority_folder / "authority.toml", "a", encoding="utf-8") as file:
            file.write(self.settings)

    def metric(self, name: str) -> int:
        with urllib.request.urlopen(self.status_url + "/metrics", timeout=10) as response:
            lines = response.read().decode().splitlines()
        return next((int(line.split()[-1]) for line in lines if line.startswith(name + " ")), 0)


def settings_of(server: LdapServer, url: str = "", more: str = "") -> str:
    """The [ldap] part of an authority's configuration."""
    return (f'\n[ldap]\nurl = "{url or server.url}"\nbind_name = "{PUBLISHER}"\n'
            f'password_file = "{server.folder}/publisher-password"\ncrl_every = "1s"\ntimeout = "2s"\n{more}')
