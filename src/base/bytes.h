// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;
using Sha256Digest = std::array<std::uint8_t, 32>;

// as_bytes and as_text view the same memory the other way; the caller keeps it alive.
inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(BytesView view) {
  return Bytes(view.begin(), view.end());
}
inline Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}
inline std::string to_text(BytesView view) {
  return std::string(as_text(view));
}

bool equal(BytesView a, BytesView b);

// Lower-case hexadecimal. Decoding accepts either case, refuses odd lengths and foreign characters
// (kMalformed).
std::string hex_encode(BytesView bytes);
Result<Bytes> hex_decode(std::string_view text);

// Base64 of RFC 4648 §4, padded, without line breaks. Decoding accepts exactly what encoding produces:
// no white space, no missing padding, no non-zero trailing bits (kMalformed).
std::string base64_encode(BytesView bytes);
void append_base64(Bytes& text, BytesView bytes);  // the same, in ASCII, behind what is there
Result<Bytes> base64_decode(std::string_view text);

// Base64url of RFC 4648 §5 without padding, as strict.
std::string base64url_encode(BytesView bytes);
Result<Bytes> base64url_decode(std::string_view text);

}  // namespace countersign
