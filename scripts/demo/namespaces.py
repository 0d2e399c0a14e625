# SPDX-License-Identifier: Apache-2.0
"""Data centres that are machines of their own: a network namespace for each, joined by a backbone whose links can be cut."""
import contextlib
import os
import pathlib
import secrets
import subprocess

from demo.processes import Place, StepFailed, run

TABLE = "countersign"


def why_not() -> str:
    """Why this account cannot have namespaces; empty where it can. Root has one excuse, else a failure is a failure: ip-netns(8)
    remounts the root directory, which no mount is in a plain chroot."""
    if os.geteuid() != 0:
        return "making network namespaces takes root"
    mounted = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    if not any(line.split()[4] == "/" for line in mounted):
        return "making network namespaces takes a root directory that is a mount; that of a chroot is none"
    return ""


class Backbone:
    """A bridge in a namespace of its own, so that no rule of the machine's firewall is on the way, with a place for each data
    centre and one link from here, by which tests speak to all of them. Usable in `with`; takes all away that it made."""

    def __init__(self, names: tuple[str, ...]):
        self.run = secrets.token_hex(3)
        # By chance, so that two runs at a time do not meet, of the addresses kept for tests of networks (RFC 2544).
        self.prefix = f"198.{18 + secrets.randbelow(2)}.{secrets.randbelow(256)}"
        self.bridge = f"cs-{self.run}"
        self.places = {name: Place(f"{self.prefix}.{number}", f"cs-{self.run}-{name}") for number, name in enumerate(names, 1)}

    def __enter__(self) -> "Backbone":
        self.make()
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def make(self) -> None:
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        run(["ip", "netns", "add", self.bridge])
        _in(self.bridge, "link", "add", "backbone", "type", "bridge")
        _in(self.bridge, "link", "set", "backbone", "up")
        run(["ip", "link", "add", self.bridge, "type", "veth", "peer", "name", "machine", "netns", self.bridge])
        run(["ip", "address", "add", f"{self.prefix}.254/24", "dev", self.bridge])
        run(["ip", "link", "set", self.bridge, "up"])
        self._plug("machine")
        for name, place in self.places.items():
            run(["ip", "netns", "add", place.namespace])
            run(["ip", "-n", place.namespace, "link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", self.bridge])
            self._plug(name)
            _in(place.namespace, "link", "set", "lo", "up")
            _in(place.namespace, "address", "add", f"{place.address}/24", "dev", "eth0")
            _in(place.namespace, "link", "set", "eth0", "up")
            nft(place, f"table inet {TABLE} {{ chain arriving {{ type filter hook input priority 0; }}; }}")

    def _plug(self, link: str) -> None:
        _in(self.bridge, "link", "set", link, "master", "backbone", "up")

    def close(self) -> None:
        """Takes the namespaces away, with all links in them, whatever of it there is."""
        for namespace in (self.bridge, *(place.namespace for place in self.places.values())):
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False)
        # The link of ours goes with its other end, but not at once.
        subprocess.run(["ip", "link", "delete", self.bridge], capture_output=True, check=False)

    def drop(self, sender: str, receiver: str) -> None:
        """From now on nothing that `sender` sends arrives at `receiver`; nobody is told."""
        nft(self.places[receiver], f"add rule inet {TABLE} arriving ip saddr {self.places[sender].address} drop")

    def mend(self) -> None:
        """Everything arrives again."""
        for place in self.places.values():
            nft(place, f"flush chain inet {TABLE} arriving")

    @contextlib.contextmanager
    def cut(self, *directions: tuple[str, str]):
        """Nothing arrives in these directions, sender and receiver, until the end of the `with`."""
        try:
            for sender, receiver in directions:
                self.drop(sender, receiver)
            yield
        finally:
            self.mend()


def _in(namespace: str, *words: str) -> None:
    run(["ip", "-n", namespace, *words])


def nft(place: Place, rules: str) -> None:
    """Changes the packet filter of a place."""
    if not place.namespace:
        raise StepFailed("only the packet filter of a namespace is changed")
    run(place.inside(["nft", rules]))
