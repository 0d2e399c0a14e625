# SPDX-License-Identifier: Apache-2.0
"""Takes DER apart and puts it together again, rightly or wrongly (ITU-T X.690), to alter signed messages byte for byte."""
import dataclasses

SEQUENCE, SET, OCTETS, INTEGER = 0x30, 0x31, 0x04, 0x02
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclasses.dataclass
class Node:
    """One element: constructed ones have children, the others content."""
    tag: int
    content: bytes = b""
    children: list["Node"] = dataclasses.field(default_factory=list)

    def encode(self) -> bytes:
        body = b"".join(child.encode() for child in self.children) if self.tag & 0x20 else self.content
        return bytes([self.tag]) + length_of(len(body)) + body


def length_of(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def header(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins and ends."""
    first = der[at + 1]
    if first < 0x80:
        return at + 2, at + 2 + first
    begin = at + 2 + (first & 0x7F)
    return begin, begin + int.from_bytes(der[at + 2:begin], "big")


def parse(der: bytes) -> Node:
    """The one element that `der` is."""
    begin, end = header(der, 0)
    if not der[0] & 0x20:
        return Node(der[0], der[begin:end])
    node = Node(der[0])
    while begin < end:
        _, after = header(der, begin)
        node.children.append(parse(der[begin:after]))
        begin = after
    return node


def integer(value: int) -> Node:
    return Node(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def indefinite(der: bytes) -> bytes:
    """The same element with its outermost length left open: BER, not DER."""
    begin, end = header(der, 0)
    return bytes([der[0], 0x80]) + der[begin:end] + b"\0\0"


def with_longer_length(der: bytes) -> bytes:
    """The same element with a leading zero in its outermost length: BER, not DER."""
    begin, _ = header(der, 0)
    octets = der[2:begin] if der[1] >= 0x80 else der[1:2]
    return bytes([der[0], 0x80 | len(octets) + 1, 0]) + octets + der[begin:]


def signer_info(cms: Node) -> Node:
    """The only SignerInfo of a SignedData (RFC 5652 §5.3)."""
    signed_data = cms.children[1].children[0]
    return signed_data.children[-1].children[0]


def with_other_signature(cms: bytes) -> bytes:
    """The same SignedData, its ECDSA signature (r, s) replaced by (r, n−s), which verifies just as well."""
    tree = parse(cms)
    signature = signer_info(tree).children[-1]
    r, s = (int.from_bytes(each.content, "big") for each in parse(signature.content).children)
    signature.content = Node(SEQUENCE, children=[integer(r), integer(P256_ORDER - s)]).encode()
    return tree.encode()
