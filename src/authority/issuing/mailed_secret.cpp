// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/mailed_secret.h"

#include "crypto/digest.h"
#include "crypto/random.h"

namespace countersign::authority {

namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kGroup = 4;
constexpr std::size_t kPasswordCharacters = 28;
constexpr std::size_t kCodeCharacters = 16;

// Each byte gives one character by its low five bits: uniform, because 256 is a multiple of 32.
crypto::SecretBytes write_groups(BytesView random, std::size_t characters) {
  Bytes text;
  text.reserve(characters + characters / kGroup);
  for (std::size_t i = 0; i < characters; ++i) {
    if (i > 0 && i % kGroup == 0) text.push_back('-');
    text.push_back(static_cast<std::uint8_t>(kAlphabet[random[i] & 31U]));
  }
  return crypto::SecretBytes(std::move(text));
}

char normalized(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') return '0';
  if (c == 'I' || c == 'L') return '1';
  return c;
}

}  // namespace

crypto::SecretBytes random_mailed_password() {
  const auto random = crypto::random_secret(kPasswordCharacters);
  return write_groups(random.reveal(crypto::SecretAccess{}), kPasswordCharacters);
}

crypto::SecretBytes code_of(const crypto::SecretBytes& material) {
  return write_groups(material.reveal(crypto::SecretAccess{}), kCodeCharacters);
}

crypto::SecretBytes normalize_typed(std::string_view typed) {
  Bytes text;
  text.reserve(typed.size() + typed.size() / kGroup);
  std::size_t characters = 0;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    if (characters > 0 && characters % kGroup == 0) text.push_back('-');
    text.push_back(static_cast<std::uint8_t>(normalized(c)));
    ++characters;
  }
  return crypto::SecretBytes(std::move(text));
}

Sha256Digest typed_digest(std::string_view typed) {
  const auto text = normalize_typed(typed);
  return crypto::sha256(text.reveal(crypto::SecretAccess{}));
}

void wipe_text(std::string& text) {
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  text.clear();
}

}  // namespace countersign::authority
