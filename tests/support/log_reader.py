# SPDX-License-Identifier: Apache-2.0
"""The public log as a stranger reads it: Python's hashlib and openssl, and no line of ours."""
import base64
import hashlib
import pathlib
import tempfile
import urllib.error
import urllib.request

from cms_form import parts_of
from openssl_party import openssl

ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 §4, before the 32 octets of a key


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def root_by_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Where an inclusion proof leads (RFC 9162 §2.1.3.2)."""
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        assert last > 0, "the proof is too long"
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    assert last == 0, "the proof is too short"
    return found


class Checkpoint:
    """Of a note; its signature verified by openssl under a verifier key of type 01."""

    def __init__(self, note: str, vkey: str):
        text, _, signatures = note.partition("\n\n")
        text += "\n"
        origin, size, root = text.splitlines()
        name, key_id, key = vkey.split("+", 2)
        key = base64.b64decode(key)
        assert key[0] == 1 and hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == key_id
        line = next(line for line in signatures.splitlines() if line.startswith(f"— {name} "))
        signature = base64.b64decode(line.split(" ")[2])
        assert origin == name and signature[:4].hex() == key_id
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / part for part in ("key", "text", "signature")]
            for file, content in zip(files, (ED25519_SPKI + key[1:], text.encode(), signature[4:])):
                file.write_bytes(content)
            openssl("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", files[0], "-rawin", "-in", files[1],
                    "-sigfile", files[2])
        self.origin, self.size, self.root = origin, int(size), base64.b64decode(root)


def commitment_to(confirmation: bytes, nonce: bytes) -> bytes:
    content, rest = parts_of(confirmation)
    return hashlib.sha256(nonce + hashlib.sha256(content).digest() + rest).digest()


class Receipt:
    """A receipt taken apart, its proof verified."""

    def __init__(self, document: dict, vkey: str):
        assert list(document) == ["type", "version", "confirmation", "nonce", "proof", "maps", "states"], document.keys()
        self.states, self.maps = document["states"], document["maps"]
        self.confirmation = base64.b64decode(document["confirmation"])
        self.nonce = base64.b64decode(document["nonce"])
        assert len(self.nonce) == 32
        head, _, note = document["proof"].partition("\n\n")
        version, index, *proof = head.splitlines()
        assert version == "c2sp.org/tlog-proof@v1"
        self.index = int(index.removeprefix("index "))
        self.commitment = commitment_to(self.confirmation, self.nonce)
        self.proof = [base64.b64decode(line) for line in proof]
        self.checkpoint = Checkpoint(note, vkey)

    def expect_proven(self, confirmation_id: str) -> None:
        entry = b"\x01" + bytes.fromhex(confirmation_id.replace("-", "")) + self.commitment
        assert root_by_proof(leaf_hash(entry), self.index, self.checkpoint.size, self.proof) == self.checkpoint.root


class PublishedLog:
    """The files of C2SP tlog-tiles below a URL."""

    def __init__(self, url: str, vkey: str):
        self.url, self.vkey = url, vkey

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=20) as response:
            return response.read()

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.get("checkpoint").decode(), self.vkey)

    def size(self) -> int:
        """Of what is published; 0 before anything is."""
        try:
            return self.checkpoint().size
        except urllib.error.HTTPError:
            return 0

    @staticmethod
    def tile_name(number: int, width: int) -> str:
        digits = f"{number:03d}"
        digits = digits.zfill((len(digits) + 2) // 3 * 3)
        parts = [digits[at:at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
        return name if width == 256 else f"{name}.p/{width}"

    def entries(self, size: int) -> list[bytes]:
        found = []
        for number in range((size + 255) // 256):
            width = min(256, size - number * 256)
            content = self.get(f"tile/entries/{self.tile_name(number, width)}")
            hashes = self.get(f"tile/0/{self.tile_name(number, width)}")
            for at in range(width):
                length = int.from_bytes(content[:2], "big")
                entry, content = content[2:2 + length], content[2 + length:]
                assert hashes[32 * at:32 * at + 32] == leaf_hash(entry)
                found.append(entry)
            assert not content and len(hashes) == 32 * width
        return found

    def expect_whole(self) -> list[bytes]:
        """All entries, which lead to the signed root."""
        checkpoint = self.checkpoint()
        entries = self.entries(checkpoint.size)
        assert root_of([leaf_hash(entry) for entry in entries]) == checkpoint.root
        return entries
