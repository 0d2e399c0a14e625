// SPDX-License-Identifier: Apache-2.0
#include "merchant/link.h"

namespace countersign::merchant {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    encoded.push_back('%');
    encoded.push_back(kDigits[byte >> 4]);
    encoded.push_back(kDigits[byte & 15]);
  }
  return encoded;
}

Result<std::string> form_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return fail(ErrorCode::kMalformed, "form: percent sign without two digits");
      TRY(const auto byte, hex_decode(text.substr(i + 1, 2)));
      decoded.push_back(static_cast<char>(byte[0]));
      i += 2;
    }
  }
  return decoded;
}

std::string pay_link(std::string_view gateway, std::string_view checkout, std::string_view token) {
  return "countersign:pay?gateway=" + percent_encode(gateway) + "&checkout=" + percent_encode(checkout) +
         "&token=" + percent_encode(token);
}

std::string enrolment_link(const EnrolmentGrant& grant) {
  return "countersign:enrol?authority=" + percent_encode(grant.authority) +
         "&id=" + percent_encode(grant.id) + "&token=" + percent_encode(grant.token) +
         "&root=" + percent_encode(grant.root_fingerprint);
}

}  // namespace countersign::merchant
