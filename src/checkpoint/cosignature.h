// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/ed25519.h"

// The bytes of a cosignature of type kCosignature (C2SP tlog-cosignature, Ed25519).
namespace countersign::checkpoint {

inline constexpr std::size_t kCosignatureTimeSize = 8;  // big-endian seconds, before the signature
inline constexpr std::size_t kCosignatureSize = kCosignatureTimeSize + crypto::kEd25519SignatureSize;
inline constexpr std::uint64_t kLatestCosignature = 253402300799U;  // 9999-12-31T23:59:59Z

// The seconds that the payload of a cosignature begins with, which only verifying it makes true.
inline std::uint64_t claimed_seconds(BytesView payload) {
  std::uint64_t seconds = 0;
  for (const std::uint8_t octet : payload.first(kCosignatureTimeSize)) seconds = seconds << 8 | octet;
  return seconds;
}

// What is signed: two lines, and the whole text of the checkpoint.
inline std::string cosigned_message(std::uint64_t unix_seconds, std::string_view note_text) {
  return "cosignature/v1\ntime " + std::to_string(unix_seconds) + "\n" + std::string(note_text);
}

}  // namespace countersign::checkpoint
