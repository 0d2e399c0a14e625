// SPDX-License-Identifier: Apache-2.0
#include "merchant/tokens.h"

#include "crypto/digest.h"

namespace countersign::merchant {
namespace {

std::string token_of(const crypto::SecretBytes& key, std::string_view subject) {
  return base64url_encode(crypto::hmac_sha256(key, as_bytes(subject)));
}

std::string form_subject(std::string_view cookie, std::string_view form) {
  return std::string(cookie) + "\n" + std::string(form);
}

}  // namespace

Tokens::Tokens(const crypto::SecretBytes& secret)
    : checkout_key_(crypto::derive_key(secret, "countersign gateway: checkout tokens", 32)),
      form_key_(crypto::derive_key(secret, "countersign gateway: form tokens", 32)) {}

std::string Tokens::checkout_token(std::string_view checkout) const {
  return token_of(checkout_key_, checkout);
}

bool Tokens::is_checkout_token(std::string_view checkout, std::string_view token) const {
  return crypto::equal_constant_time(as_bytes(checkout_token(checkout)), as_bytes(token));
}

std::string Tokens::form_token(std::string_view cookie, std::string_view form) const {
  return token_of(form_key_, form_subject(cookie, form));
}

bool Tokens::is_form_token(std::string_view cookie, std::string_view form, std::string_view token) const {
  return crypto::equal_constant_time(as_bytes(form_token(cookie, form)), as_bytes(token));
}

}  // namespace countersign::merchant
