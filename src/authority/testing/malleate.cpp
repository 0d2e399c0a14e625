// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <stdexcept>

#include "authority/testing/test_world.h"

namespace countersign::authority {
namespace {

// Order of the group of P-256 (FIPS 186-4 D.1.2.3).
constexpr std::array<std::uint8_t, 32> kGroupOrder{
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

struct Element {
  std::uint8_t tag;
  BytesView content;
  std::size_t size;  // with tag and length
};

Element read_element(BytesView der) {
  std::size_t length = der[1];
  std::size_t header = 2;
  if (length & 0x80) {
    const std::size_t octets = length & 0x7f;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8 | der[2 + i];
    header += octets;
  }
  return {der[0], der.subspan(header, length), header + length};
}

Bytes write_element(std::uint8_t tag, const Bytes& content) {
  Bytes der{tag};
  const std::size_t length = content.size();
  if (length < 0x80) {
    der.push_back(static_cast<std::uint8_t>(length));
  } else if (length < 0x100) {
    der.insert(der.end(), {0x81, static_cast<std::uint8_t>(length)});
  } else {
    der.insert(der.end(), {0x82, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)});
  }
  der.insert(der.end(), content.begin(), content.end());
  return der;
}

Bytes negated(BytesView integer) {
  while (integer.size() > 32) integer = integer.subspan(1);
  Bytes result(33);
  int borrow = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const int subtrahend = i < integer.size() ? integer[integer.size() - 1 - i] : 0;
    int digit = kGroupOrder[31 - i] - subtrahend - borrow;
    borrow = digit < 0 ? 1 : 0;
    if (digit < 0) digit += 256;
    result[32 - i] = static_cast<std::uint8_t>(digit);
  }
  std::size_t zeros = 0;
  while (zeros + 1 < result.size() && result[zeros] == 0 && !(result[zeros + 1] & 0x80)) ++zeros;
  result.erase(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(zeros));
  return result;
}

// Rewrites the last INTEGER below `der`, through OCTET STRINGs as through constructed elements.
Bytes rewrite_last(BytesView der) {
  const Element element = read_element(der);
  if (element.tag == 0x02) return write_element(0x02, negated(element.content));
  if (!(element.tag & 0x20) && element.tag != 0x04)
    throw std::runtime_error("malleate: no signature at the end");
  Bytes content;
  for (BytesView rest = element.content; !rest.empty();) {
    const Element child = read_element(rest);
    const BytesView whole = rest.first(child.size);
    rest = rest.subspan(child.size);
    const Bytes written = rest.empty() ? rewrite_last(whole) : to_bytes(whole);
    content.insert(content.end(), written.begin(), written.end());
  }
  return write_element(element.tag, content);
}

}  // namespace

Bytes malleate_signature(const Bytes& cms) {
  return rewrite_last(cms);
}

}  // namespace countersign::authority
