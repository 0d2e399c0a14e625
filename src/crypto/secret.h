// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"

namespace countersign::crypto {

// SecretAccess is the token without which a secret cannot be read: one search for it lists every place that
// does.
struct SecretAccess {
  explicit SecretAccess() = default;
};

// SecretBytes holds key material, a password or a PIN: move-only, wiped when it goes (OPENSSL_cleanse),
// compared in constant time, without any way to print it.
class SecretBytes {
 public:
  SecretBytes() = default;
  // Takes the bytes over; the memory that held them is this object's from here on.
  explicit SecretBytes(Bytes&& bytes) noexcept : bytes_(std::move(bytes)) {}
  // Copies; wiping the original is the caller's.
  static SecretBytes copy_of(BytesView bytes);
  static SecretBytes of_size(std::size_t size);

  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(); }

  SecretBytes clone() const { return copy_of(bytes_); }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  BytesView reveal(SecretAccess) const { return bytes_; }
  std::span<std::uint8_t> writable(SecretAccess) { return bytes_; }
  void wipe() noexcept;

 private:
  Bytes bytes_;
};

// Constant time in the contents; the lengths are not secret.
bool equal_secrets(const SecretBytes& a, const SecretBytes& b);
// Constant-time comparison of values that an attacker may probe byte by byte (tokens, MACs).
bool equal_constant_time(BytesView a, BytesView b);
// wipe overwrites memory in a way that the compiler keeps (OPENSSL_cleanse).
void wipe(std::span<std::uint8_t> memory) noexcept;

}  // namespace countersign::crypto
