// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace countersign::merchant {

// Tokens makes the gateway's bearer tokens out of one secret (HKDF, then HMAC-SHA-256): none is stored, and a
// link can be shown again. 256 bits each, base64url. Compared in constant time. Thread-safe.
class Tokens {
 public:
  explicit Tokens(const crypto::SecretBytes& secret);

  // What a checkout's link carries: whoever has it may take the checkout.
  std::string checkout_token(std::string_view checkout) const;
  bool is_checkout_token(std::string_view checkout, std::string_view token) const;

  // What a form carries against cross-site requests: bound to the browser's cookie and to this one form.
  std::string form_token(std::string_view cookie, std::string_view form) const;
  bool is_form_token(std::string_view cookie, std::string_view form, std::string_view token) const;

 private:
  crypto::SecretBytes checkout_key_, form_key_;
};

}  // namespace countersign::merchant
