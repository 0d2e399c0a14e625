# SPDX-License-Identifier: Apache-2.0
"""The octets of a SignedData (RFC 5652 §5) around data: what is signed, and what stands behind it. Of signatures nothing is known here."""


def parts_of(der: bytes) -> tuple[bytes, bytes]:
    """The content of a SignedData (RFC 5652 §5), and all that follows it."""
    at = 0

    def length() -> int:  # of the element that begins here; its contents are next
        nonlocal at
        first, at = der[at + 1], at + 2
        if first < 0x80:
            return first
        more, at = der[at:at + first - 0x80], at + first - 0x80
        return int.from_bytes(more, "big")

    # Into ContentInfo, past its type, into [0] and SignedData, past version and digests, into the encapsulated content,
    # past its type, into [0].
    for tag in (0x30, -0x06, 0xA0, 0x30, -0x02, -0x31, 0x30, -0x06, 0xA0, 0x04):
        assert der[at] == abs(tag), f"not a signed document: octet {at} is {der[at]:02x}"
        size = length()
        at += size if tag < 0 else 0
    return der[at:at + size], der[at + size:]


def message(content: bytes, rest: bytes) -> bytes:
    """The SignedData in which every confirmation stands."""
    def element(tag: int, *parts: bytes) -> bytes:
        contents = b"".join(parts)
        octets_of_length = len(contents).to_bytes((len(contents).bit_length() + 7) // 8, "big")
        length = bytes([len(contents)]) if len(contents) < 0x80 else bytes([0x80 + len(octets_of_length)]) + octets_of_length
        return bytes([tag]) + length + contents
    pkcs7 = bytes.fromhex("2a864886f70d0107")
    sha_256 = element(0x30, element(0x06, bytes.fromhex("608648016503040201")))
    data = element(0x30, element(0x06, pkcs7, b"\1"), element(0xA0, element(0x04, content)))
    signed = element(0x30, element(0x02, b"\1"), element(0x31, sha_256), data, rest)
    return element(0x30, element(0x06, pkcs7, b"\2"), element(0xA0, signed))
