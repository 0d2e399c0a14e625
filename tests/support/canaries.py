# SPDX-License-Identifier: Apache-2.0
"""Spellings in which a text could lie in memory, in a file or on a wire."""
import base64
import functools


@functools.cache
def spellings(text: str) -> set[bytes]:
    """UTF-8, UTF-16, hexadecimal, and base64 at each of the three places that a text can begin at within other octets."""
    plain, wide = text.encode(), text.encode("utf-16-le")
    found = {plain, wide}
    for octets in (plain, wide):
        found |= {octets.hex().encode(), octets.hex().upper().encode()}
        for before in range(3):
            # Without the characters that neighbouring octets have a part in.
            first, last = -(-before * 8 // 6), (before + len(octets)) * 8 // 6
            found.add(base64.b64encode(bytes(before) + octets + bytes(3))[first:last])
    return found


def held_in(content: bytes, canaries: dict[str, str]) -> list[str]:
    """The names of the canaries of which some spelling is in there."""
    return [name for name, text in canaries.items() if any(spelling in content for spelling in spellings(text))]
