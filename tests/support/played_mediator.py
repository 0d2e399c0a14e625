# SPDX-License-Identifier: Apache-2.0
"""A mediator made of Python, with a pairing of its own, that does to messages what no mediator should: it may repeat, drop,
swap, alter or inject one of those that it passes on, as frames to the terminal or as WebSocket messages to the gateway."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import json
import os
import secrets
import socket
import struct
import threading
import urllib.parse
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto

CONTROL, DATA, OPEN, CLOSE, PING, PONG = range(1, 7)  # kinds of frames, src/link/frame.h
TEXT, BINARY, END, ASK = 1, 2, 8, 9  # opcodes of WebSocket (RFC 6455 §5.2)


class TlsClient:
    """A TLS connection on which one thread may read while others write."""

    def __init__(self, port: int, context: SSL.Context):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.lock = threading.Lock()  # guards session
        self.session = SSL.Connection(context, None)
        self.session.set_connect_state()
        self._until_done(self.session.do_handshake)

    def send(self, octets: bytes) -> None:
        with self.lock:
            self.session.sendall(octets)
            self._flush()

    def read(self, size: int) -> bytes:
        """So many octets; EOFError at the end of the stream."""
        octets = b""
        while len(octets) < size:
            octets += self._until_done(lambda: self.session.recv(size - len(octets)))
        return octets

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def _until_done(self, work):
        while True:
            with self.lock:
                try:
                    return work()
                except SSL.WantReadError:
                    pass
                except (SSL.Error, SSL.ZeroReturnError) as end:
                    raise EOFError from end
                finally:
                    self._flush()
            octets = self.socket.recv(65536)
            if not octets:
                raise EOFError
            with self.lock:
                self.session.bio_write(octets)

    def _flush(self) -> None:
        with contextlib.suppress(SSL.WantReadError):
            while True:
                self.socket.sendall(self.session.bio_read(65536))


class Pairing:
    """A PC's key and the secret of one pairing (docs/protocols/link.md)."""

    def __init__(self, name: str = "Played PC"):
        self.name, self.secret = name, secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "link")]), datetime.datetime.utcnow()
        self.certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(
            self.key.public_key()).serial_number(1).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
                now + datetime.timedelta(days=1)).sign(self.key, hashes.SHA256()))

    def offer(self) -> str:
        return "countersign:pair?" + urllib.parse.urlencode({"key": digest_of(self.certificate).hex(), "secret":
                                                             self.secret.hex(), "name": self.name},
                                                            quote_via=urllib.parse.quote)

    def derive(self, purpose: str, size: int) -> bytes:
        return HKDF(hashes.SHA256(), size, None, purpose.encode()).derive(self.secret)

    def connect(self, port: int) -> TlsClient:
        """A link on which both have proved that they hold the secret."""
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(SSL.TLS1_3_VERSION)
        context.use_certificate(crypto.X509.from_cryptography(self.certificate))
        context.use_privatekey(crypto.PKey.from_cryptography_key(self.key))
        context.set_alpn_protos([b"countersign-link/1"])
        link = TlsClient(port, context)
        exporter = link.session.export_keying_material(b"EXPORTER-countersign-link-proof", 32)
        wallet = digest_of(link.session.get_peer_certificate().to_cryptography())
        proof = hmac.digest(self.derive("countersign link: proof", 32), b"countersign link: mediator proves\0" + exporter
                            + digest_of(self.certificate) + wallet, "sha256")
        link.send(frame(CONTROL, 0, json.dumps({
            "type": "hello", "version": 1, "pairing": self.derive("countersign link: pairing id", 16).hex(),
            "name": self.name, "proof": proof.hex()}).encode()))
        assert json.loads(read_frame(link)[2])["type"] == "welcome"
        return link


def digest_of(certificate: x509.Certificate) -> bytes:
    """SHA-256 of the public key."""
    public = certificate.public_key().public_bytes(serialization.Encoding.DER,
                                                   serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).digest()


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack(">IBH", 3 + len(payload), kind, channel) + payload


def read_frame(link: TlsClient) -> tuple[int, int, bytes]:
    size, kind, channel = struct.unpack(">IBH", link.read(7))
    return kind, channel, link.read(size - 3)


def message(opcode: int, payload: bytes) -> bytes:
    """A WebSocket message of a client, in one frame."""
    mask = os.urandom(4)
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else struct.pack(">BH", 0xFE, len(payload))
    return bytes([0x80 | opcode]) + size + mask + bytes(octet ^ mask[n % 4] for n, octet in enumerate(payload))


class Relay(TlsClient):
    """A WebSocket to the gateway's relay of one checkout."""

    def __init__(self, tag: dict):
        gateway = urllib.parse.urlsplit(tag["gateway"])
        super().__init__(gateway.port, SSL.Context(SSL.TLS_METHOD))
        self.send((f"GET /v1/relay?checkout={tag['checkout']} HTTP/1.1\r\nHost: {gateway.netloc}\r\n"
                   "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: countersign-relay.v1\r\n"
                   f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
                   f"Authorization: Bearer {tag['token']}\r\n\r\n").encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.read(1)
        if not answer.startswith(b"HTTP/1.1 101 "):
            raise EOFError(answer.decode())

    def read_message(self) -> tuple[int, bytes]:
        first, size = self.read(2)
        if size == 126:
            size = struct.unpack(">H", self.read(2))[0]
        return first & 15, self.read(size)


class PlayedMediator:
    """Carries one purchase between a terminal and a gateway and says “continue” to its review. `conduct` is called with
    each message before it goes on, as (where, octets): "wallet" or "gateway", and a whole frame or message; what it
    answers is sent in its place."""

    def __init__(self, pairing: Pairing, link_port: int, conduct=lambda where, octets: [octets]):
        self.link, self.conduct = pairing.connect(link_port), conduct
        self.relays: dict[int, Relay] = {}
        self.heard: list[dict] = []
        self.purchase = str(uuid.uuid4())
        self.tag: dict = {}
        self.lock = threading.Lock()  # makes messages one after the other
        self.thread = threading.Thread(target=self._listen, daemon=True)

    def start(self, tag: dict, origin: str) -> None:
        self.tag = tag
        self.tell({"type": "start", **tag, "origin": origin, "attested": True, "code": ""})
        self.thread.start()

    def wait(self, seconds: float = 60.0) -> None:
        """Until the terminal has ended the purchase or the link."""
        self.thread.join(seconds)
        assert not self.thread.is_alive(), f"the link goes on after {self.heard}"

    def tell(self, control: dict) -> None:
        self._pass_on("wallet", frame(CONTROL, 0, json.dumps({"version": 1, "purchase": self.purchase, **control}).encode()))

    def _pass_on(self, where: str, octets: bytes, channel: int = 0) -> None:
        with self.lock:
            for each in self.conduct(where, octets):
                with contextlib.suppress(OSError, EOFError, SSL.Error):
                    (self.link if where == "wallet" else self.relays[channel]).send(each)

    def _listen(self) -> None:
        try:
            while not self._has_ended():
                self._take(*read_frame(self.link))
        except (EOFError, OSError):
            pass
        finally:
            for one in (self.link, *self.relays.values()):
                one.close()

    def _has_ended(self) -> bool:
        last = self.heard[-1] if self.heard else {}
        return (last.get("type"), last.get("purchase")) == ("ended", self.purchase)

    def _take(self, kind: int, channel: int, payload: bytes) -> None:
        if kind == CONTROL:
            self.heard.append(json.loads(payload))
            if self.heard[-1]["type"] == "review":
                self.tell({"type": "payment-information-request"})
        elif kind == OPEN:
            self.relays[channel] = Relay(self.tag)
            threading.Thread(target=self._listen_to_gateway, args=(channel,), daemon=True).start()
        elif kind == DATA and channel in self.relays:
            self._pass_on("gateway", message(BINARY, payload), channel)
        elif kind == CLOSE and channel in self.relays:
            self.relays.pop(channel).close()
        elif kind == CLOSE and channel == 0:
            raise EOFError
        elif kind == PING:
            self.link.send(frame(PONG, 0, b""))

    def _listen_to_gateway(self, channel: int) -> None:
        relay = self.relays[channel]
        with contextlib.suppress(EOFError, OSError):
            while True:
                opcode, payload = relay.read_message()
                if opcode == BINARY:
                    self._pass_on("wallet", frame(DATA, channel, payload))
                elif opcode == ASK:
                    relay.send(message(10, payload))
                elif opcode == END:
                    break
        relay.close()
        self._pass_on("wallet", frame(CLOSE, channel, b""))
