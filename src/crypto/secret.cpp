// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace countersign::crypto {

SecretBytes SecretBytes::copy_of(BytesView bytes) {
  return SecretBytes(to_bytes(bytes));
}

SecretBytes SecretBytes::of_size(std::size_t size) {
  return SecretBytes(Bytes(size));
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

void SecretBytes::wipe() noexcept {
  crypto::wipe(bytes_);
  bytes_.clear();
}

bool equal_secrets(const SecretBytes& a, const SecretBytes& b) {
  return equal_constant_time(a.reveal(SecretAccess{}), b.reveal(SecretAccess{}));
}

bool equal_constant_time(BytesView a, BytesView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

void wipe(std::span<std::uint8_t> memory) noexcept {
  if (!memory.empty()) OPENSSL_cleanse(memory.data(), memory.size());
}

}  // namespace countersign::crypto
