// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/secret.h"

namespace countersign::link {

inline constexpr std::size_t kMaxDeviceName = 64;  // code points
inline constexpr std::size_t kOfferSecretSize = 32;

// kMalformed for what cannot be the name of a device: empty, too long, not plain (base/text.h).
Result<void> check_device_name(std::string_view name);

// PairingOffer is what a PC shows as a QR code and the wallet reads, once:
// `countersign:pair?key=<hex SHA-256 of the PC's SubjectPublicKeyInfo>&secret=<64 hex
// digits>&name=<percent-encoded>`. Whoever reads it may pair in the wallet's place: it is shown to the holder
// and written to no file or log.
struct PairingOffer {
  Sha256Digest key{};
  crypto::SecretBytes secret;
  std::string name;  // of the PC; plain characters

  std::string text() const;
  // kMalformed with the parameter's name, kUnsupported for another kind of link, kTooLarge.
  static Result<PairingOffer> parse(std::string_view text);
};

// PairingKeys are what both sides derive from an offer's secret and keep in its place (HKDF-SHA-256).
struct PairingKeys {
  std::string id;                 // of the pairing, the same on both sides: 32 hex digits, tells nothing
  crypto::SecretBytes proof;      // proves at each connection that both hold the same secret
  crypto::SecretBytes discovery;  // authenticates questions and answers of discovery
};
PairingKeys derive_pairing_keys(const crypto::SecretBytes& secret);

// Pairing is the lasting relation of a PC and a terminal, as one of them remembers it.
struct Pairing {
  std::string id;
  std::string name;     // how the other device calls itself
  Sha256Digest peer{};  // SHA-256 of the other's SubjectPublicKeyInfo
  TimePoint created;
  TimePoint last_used;
  std::string last_address;  // where the other was last, in its transport's spelling; empty when never
};

// OpenOffer is an offer that waits for the other side.
struct OpenOffer {
  std::string id;
  std::string name;    // of the PC that made it
  Sha256Digest key{};  // the PC's
  TimePoint expires;
};

}  // namespace countersign::link
