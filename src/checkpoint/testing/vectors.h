// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "checkpoint/checkpoint.h"

// What tests/vectors/log has, with the keys of RFC 8032 §7.1 that made it.
namespace countersign::checkpoint {

inline std::string read_vector(const std::string& name) {
  std::ifstream file(std::string(COUNTERSIGN_LOG_VECTORS "/") + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline crypto::PrivateKey key_of_seed(std::string_view hex) {
  Bytes pkcs8 = hex_decode("302e020100300506032b657004220420" + std::string(hex)).value();
  return crypto::PrivateKey::from_pkcs8(crypto::SecretBytes(std::move(pkcs8))).value();
}

constexpr std::string_view kLogSeed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
constexpr std::string_view kAliceSeed = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42";
constexpr std::string_view kWitnessSeed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr std::string_view kSecondWitnessSeed =
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";

inline NoteSigner log_signer() {
  return NoteSigner::create("dc1.example/log", KeyType::kEd25519, key_of_seed(kLogSeed)).value();
}
inline NoteSigner alice_signer() {
  return NoteSigner::create("alice.example/notes", KeyType::kEd25519, key_of_seed(kAliceSeed)).value();
}
inline NoteSigner witness_signer() {
  return NoteSigner::create("witness.example/w1", KeyType::kCosignature, key_of_seed(kWitnessSeed)).value();
}
inline NoteSigner second_witness_signer() {
  return NoteSigner::create("witness.example/w2", KeyType::kCosignature, key_of_seed(kSecondWitnessSeed))
      .value();
}

inline merkle::Hash hash_of_hex(std::string_view hex) {
  const Bytes octets = hex_decode(hex).value();
  merkle::Hash hash{};
  std::copy(octets.begin(), octets.end(), hash.begin());
  return hash;
}

// The checkpoint of `checkpoint` and `cosigned-checkpoint`, and when it was cosigned.
inline Checkpoint whole_tree() {
  return {"dc1.example/log", 8,
          hash_of_hex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")};
}
inline TimePoint time_of_cosignature() {
  return from_unix_seconds(1679315147);
}

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}
// The text with the first `old` replaced, which must be there.
inline std::string with(std::string text, std::string_view old, std::string_view replacement) {
  const auto at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return at == std::string::npos ? text : text.replace(at, old.size(), replacement);
}

}  // namespace countersign::checkpoint
