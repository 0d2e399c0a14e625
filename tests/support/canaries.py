# SPDX-License-Identifier: Apache-2.0
"""Spellings in which a text could lie in memory, in a file or on a wire."""
import base64
import functools
import re


@functools.cache
def spellings_of_octets(octets: bytes) -> set[bytes]:
    """As they are, hexadecimal, and base64 at each of the three places that they can begin at within others."""
    found = {octets, octets.hex().encode(), octets.hex().upper().encode()}
    for before in range(3):
        # Without the characters that neighbouring octets have a part in.
        first, last = -(-before * 8 // 6), (before + len(octets)) * 8 // 6
        found.add(base64.b64encode(bytes(before) + octets + bytes(3))[first:last])
    return found


@functools.cache
def spellings(text: str) -> set[bytes]:
    """Those of its octets in UTF-8 and UTF-16."""
    return spellings_of_octets(text.encode()) | spellings_of_octets(text.encode("utf-16-le"))


def held_in(content: bytes, canaries: dict[str, str | bytes]) -> list[str]:
    """The names of the canaries of which some spelling is in there."""
    found = []
    for name, canary in canaries.items():
        known = spellings(canary) if isinstance(canary, str) else spellings_of_octets(canary)
        if any(spelling in content for spelling in known):
            found.append(name)
    return found


def layers(content: bytes):
    """The content, and what is base64 in it, and in that."""
    yield content
    for run in re.findall(rb"[A-Za-z0-9+/]{40,}={0,2}", content):
        if len(run) % 4 == 0:
            yield from layers(base64.b64decode(run))
