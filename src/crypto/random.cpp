// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>

namespace countersign::crypto {
namespace {

void fill(std::span<std::uint8_t> memory) {
  if (RAND_bytes(memory.data(), static_cast<int>(memory.size())) != 1) std::abort();
}

constexpr std::size_t kUuidTextSize = 36;
constexpr bool is_dash_position(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

// Sets version and the variant of RFC 9562 §4.1 and writes the text form.
std::string uuid_text(std::array<std::uint8_t, 16> uuid, std::uint8_t version) {
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | (version << 4));
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
  std::string text = hex_encode(uuid);
  for (const std::size_t position : {8U, 13U, 18U, 23U}) text.insert(position, 1, '-');
  return text;
}

}  // namespace

Bytes random_bytes(std::size_t size) {
  Bytes bytes(size);
  fill(bytes);
  return bytes;
}

SecretBytes random_secret(std::size_t size) {
  SecretBytes secret = SecretBytes::of_size(size);
  const std::span<std::uint8_t> memory = secret.writable(SecretAccess{});
  if (RAND_priv_bytes(memory.data(), static_cast<int>(size)) != 1) std::abort();
  return secret;
}

std::string random_token(std::size_t size) {
  return base64url_encode(random_bytes(size));
}

std::string random_uuid_v4() {
  std::array<std::uint8_t, 16> uuid{};
  fill(uuid);
  return uuid_text(uuid, 4);
}

std::string random_uuid_v7(TimePoint now) {
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  std::array<std::uint8_t, 16> uuid{};
  fill(uuid);
  for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  return uuid_text(uuid, 7);
}

bool is_uuid_v7(std::string_view text) {
  if (text.size() != kUuidTextSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_dash_position(i) ? c != '-' : !is_hex) return false;
  }
  const char variant = text[19];
  return text[14] == '7' && (variant == '8' || variant == '9' || variant == 'a' || variant == 'b');
}

}  // namespace countersign::crypto
