// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/keys.h"
#include "x509/cms_envelope.h"

// The keys under which the fuzzer of envelopes opens and its seeds are sealed. They protect nothing.
namespace countersign::fuzz {

// PKCS#8 of a P-256 key with a known scalar; fuzz/envelope_recipient.der is its certificate.
inline crypto::PrivateKey recipient_key() {
  constexpr std::string_view kPkcs8 =
      "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"
      "0505050505050505050505050505050505050505050505050505050505050505";
  return crypto::PrivateKey::from_pkcs8(crypto::SecretBytes(hex_decode(kPkcs8).value())).value();
}

inline x509::SharedKey shared_key() {
  return {to_bytes(std::string_view("session 1")), crypto::SecretBytes(Bytes(32, 7))};
}

}  // namespace countersign::fuzz
