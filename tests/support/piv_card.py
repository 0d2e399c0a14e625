# SPDX-License-Identifier: Apache-2.0
"""A PIV card of the tests (NIST SP 800-73-4): a P-256 key for signing in slot 9A and one for key agreement in 9D, both
made when the card is made, each with a certificate. It speaks to the virtual reader of vsmartcard (vpcd) over TCP."""

import datetime
import os
import socket
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

APPLICATION = bytes.fromhex("a000000308000010000100")
ATR = bytes.fromhex("3b800181")  # T=1, no historical bytes
CERTIFICATES = {0x9A: "5fc105", 0x9D: "5fc10b"}
CARD_HOLDER_ID = "5fc102"
DISCOVERY = "7e"
P256 = 0x11
TRIES = 3
OK, WRONG_PIN, BLOCKED = 0x9000, 0x63C0, 0x6983
NOT_SATISFIED, WRONG_DATA, NOT_FOUND, WRONG_PARAMETERS, UNKNOWN = 0x6982, 0x6A80, 0x6A82, 0x6A86, 0x6D00


def tlv(tag, value):
    """BER-TLV, as the card's data objects use it."""
    size = len(value)
    length = bytes([size]) if size < 0x80 else b"\x81" + bytes([size]) if size < 0x100 else b"\x82" + struct.pack(">H", size)
    return bytes.fromhex(tag) + length + value


def parts(value):
    """The one-octet tags of a dynamic authentication template with their values."""
    found = {}
    while value:
        tag, size = value[0], value[1]
        found[tag], value = value[2:2 + size], value[2 + size:]
    return found


def self_signed(key, name, usage):
    """The certificate with which a maker of cards delivers a key: other software lists a key only with one."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    flags = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                           "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=3650))
    builder = builder.add_extension(x509.KeyUsage(**{**flags, usage: True}), critical=True)
    return builder.sign(key if usage == "digital_signature" else ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())


class PivCard:
    """The applet: `respond` answers one command APDU."""

    def __init__(self, pin):
        self.pin, self.tries = pin, TRIES
        self.keys = {0x9A: ec.generate_private_key(ec.SECP256R1()), 0x9D: ec.generate_private_key(ec.SECP256R1())}
        self.objects = {
            CARD_HOLDER_ID: tlv("30", bytes(25)) + tlv("34", os.urandom(16)) + tlv("35", b"20361231") + tlv("3e", b"") + tlv("fe", b""),
        }
        self.store_certificate(0x9A, self_signed(self.keys[0x9A], "PIV signing", "digital_signature"))
        self.store_certificate(0x9D, self_signed(self.keys[0x9D], "PIV agreement", "key_agreement"))
        self.reset()

    def reset(self):
        self.verified, self.rest = False, b""

    def store_certificate(self, slot, certificate):
        der = certificate.public_bytes(serialization.Encoding.DER)
        self.objects[CERTIFICATES[slot]] = tlv("70", der) + tlv("71", b"\0") + tlv("fe", b"")

    def respond(self, apdu):
        if len(apdu) < 4:
            return struct.pack(">H", UNKNOWN)
        instruction, first, second = apdu[1:4]
        size = apdu[4] if len(apdu) > 5 else 0
        data = apdu[5:5 + size]
        if instruction == 0xC0:
            return self.next_part()
        commands = {0xA4: self.select, 0xCB: self.get_data, 0x20: self.verify, 0x24: self.change_pin, 0x87: self.authenticate}
        command = commands.get(instruction)
        answer, status = command(first, second, data) if command else (b"", UNKNOWN)
        if status != OK:
            return struct.pack(">H", status)
        self.rest = answer
        return self.next_part()

    def next_part(self):
        """At most 256 octets a response; 61xx says how much is left for GET RESPONSE (ISO 7816-4 §5.3.4)."""
        part, self.rest = self.rest[:256], self.rest[256:]
        return part + struct.pack(">H", 0x6100 | min(len(self.rest), 0xFF) if self.rest else OK)

    def select(self, _first, _second, data):
        if not data or not APPLICATION.startswith(data):
            return b"", NOT_FOUND
        return tlv("61", tlv("4f", APPLICATION[5:]) + tlv("79", tlv("4f", APPLICATION[:5]))), OK

    def get_data(self, _first, _second, data):
        name = data[2:].hex()
        if name == DISCOVERY:
            return tlv("7e", tlv("4f", APPLICATION) + tlv("5f2f", b"\x40\0")), OK
        if name not in self.objects:
            return b"", NOT_FOUND
        return tlv("53", self.objects[name]), OK

    def check_pin(self, padded):
        if self.tries == 0:
            return BLOCKED
        if padded == self.pin.ljust(8, b"\xff"):
            self.tries = TRIES
            return OK
        self.tries -= 1
        return WRONG_PIN | self.tries if self.tries else BLOCKED

    def verify(self, first, second, data):
        if second != 0x80:
            return b"", WRONG_PARAMETERS
        if first == 0xFF:
            self.verified = False
            return b"", OK
        if not data:
            return b"", OK if self.verified else WRONG_PIN | self.tries if self.tries else BLOCKED
        status = self.check_pin(data)
        self.verified = status == OK
        return b"", status

    def change_pin(self, _first, second, data):
        if second != 0x80 or len(data) != 16:
            return b"", WRONG_DATA
        status = self.check_pin(data[:8])
        if status == OK:
            self.pin = data[8:].rstrip(b"\xff")
        return b"", status

    def authenticate(self, algorithm, slot, data):
        """GENERAL AUTHENTICATE (part 2 §3.2.4): 9A only signs, 9D only agrees."""
        if algorithm != P256 or slot not in self.keys or data[:1] != b"\x7c":
            return b"", WRONG_PARAMETERS
        if not self.verified:
            return b"", NOT_SATISFIED
        given = parts(data[2:])
        if slot == 0x9A and 0x81 in given:
            answer = self.keys[slot].sign(given[0x81], ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        elif slot == 0x9D and 0x85 in given:
            peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), given[0x85])
            answer = self.keys[slot].exchange(ec.ECDH(), peer)
        else:
            return b"", WRONG_DATA
        return tlv("7c", tlv("82", answer)), OK


def receive(connection, size):
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError("the reader is gone")
        # Without it each command waits 40 ms for an acknowledgement.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        received += part
    return received


def serve(card, port):
    """Puts the card into the reader at that port of vpcd until the reader goes away. A message of one octet is for the
    card's contacts: off, on, reset, what is your ATR."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while True:
            message = receive(connection, struct.unpack(">H", receive(connection, 2))[0])
            if len(message) == 1 and message[0] != 4:
                card.reset()
                continue
            answer = ATR if len(message) == 1 else card.respond(message)
            connection.sendall(struct.pack(">H", len(answer)) + answer)
