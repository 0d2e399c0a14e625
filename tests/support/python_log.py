# SPDX-License-Identifier: Apache-2.0
"""A public log of confirmations made by Python and openssl alone, so that our programs read what others wrote."""
import base64
import hashlib
import pathlib
import struct
import subprocess
import uuid

from cms_form import message
from log_reader import commitment_to, leaf_hash, root_of


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def number_path(number: int) -> str:
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03}")
    return "/".join(parts)


def tile_path(kind: str, number: int, width: int) -> str:
    return f"tile/{kind}/{number_path(number)}" + ("" if width == 256 else f".p/{width}")


class Key:
    """An Ed25519 key that signs notes."""

    def __init__(self, folder: pathlib.Path, name: str):
        self.name, self.file = name, folder / (name.replace("/", "_") + ".pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.file], check=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.file, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.public = b"\1" + der[-32:]
        self.id = sha256(name.encode(), b"\n", self.public)[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.public).decode()}"

    def sign(self, text: str, folder: pathlib.Path) -> str:
        message = folder / "message"
        message.write_text(text, encoding="utf-8")
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", message],
                                   check=True, capture_output=True).stdout
        return f"{text}\n— {self.name} {base64.b64encode(self.id + signature).decode()}\n"


class Log:
    """Entries of confirmations, each of which is a message that says its index."""

    def __init__(self, folder: pathlib.Path, origin: str = "seoul-1.example/log"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.key, self.entries = folder, Key(folder, origin), []
        self.confirmations = []  # id, nonce, document

    def append(self, count: int, history: str = "") -> "Log":
        for index in range(len(self.entries), len(self.entries) + count):
            nonce, document = sha256(f"nonce {index}".encode()), message(f"confirmation {index}{history}".encode(), b"unsigned")
            identity = uuid.UUID(bytes=sha256(document)[:16], version=4)
            self.confirmations.append((str(identity), nonce, document))
            self.entries.append(b"\1" + identity.bytes + commitment_to(document, nonce))
        return self

    @property
    def checkpoint(self) -> str:
        root = root_of([leaf_hash(entry) for entry in self.entries])
        text = f"{self.key.name}\n{len(self.entries)}\n{base64.b64encode(root).decode()}\n"
        return self.key.sign(text, self.folder)

    def files(self) -> dict[str, bytes]:
        files = {"checkpoint": self.checkpoint.encode()}
        for first in range(0, len(self.entries), 256):
            part = self.entries[first:first + 256]
            files[tile_path("entries", first // 256, len(part))] = b"".join(
                struct.pack(">H", len(entry)) + entry for entry in part)
        hashes, level = [leaf_hash(entry) for entry in self.entries], 0
        while hashes:
            for first in range(0, len(hashes), 256):
                part = hashes[first:first + 256]
                files[tile_path(str(level), first // 256, len(part))] = b"".join(part)
            hashes = [root_of(hashes[first:first + 256]) for first in range(0, len(hashes) - 255, 256)]
            level += 1
        return files

    def publish(self, folder: pathlib.Path) -> None:
        for path, content in self.files().items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)

    @property
    def policy(self) -> str:
        return f"log {self.key.vkey}\nquorum none\n"
