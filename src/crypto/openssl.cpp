// SPDX-License-Identifier: Apache-2.0
#include "crypto/openssl.h"

#include <openssl/err.h>

#include <array>
#include <stdexcept>

namespace countersign::crypto {

std::string openssl_text() {
  std::string text;
  std::array<char, 256> line{};
  for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    ERR_error_string_n(code, line.data(), line.size());
    if (!text.empty()) text += "; ";
    text += line.data();
  }
  return text.empty() ? "no further reason" : text;
}

void throw_openssl(std::string_view what) {
  throw std::runtime_error(std::string(what) + ": " + openssl_text());
}

}  // namespace countersign::crypto
