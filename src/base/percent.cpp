// SPDX-License-Identifier: Apache-2.0
#include "base/percent.h"

#include "base/bytes.h"

namespace countersign {

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c > '~') return fail(ErrorCode::kMalformed, "a character that has to be encoded");
    if (c != '%') {
      decoded.push_back(c);
      continue;
    }
    const auto octet = hex_decode(text.substr(i + 1, 2));
    if (!octet || octet.value().size() != 1) return fail(ErrorCode::kMalformed, "wrong percent code");
    decoded.push_back(static_cast<char>(octet.value()[0]));
    i += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text, std::string_view kept) {
  static constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos || kept.find(c) != std::string_view::npos) {
      encoded.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded.push_back('%');
      encoded.push_back(kHex[byte >> 4]);
      encoded.push_back(kHex[byte & 15]);
    }
  }
  return encoded;
}

}  // namespace countersign
