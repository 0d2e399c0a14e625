// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/certificate.h"

namespace countersign::x509 {

// Pkcs10 is a certification request whose self-signature, the proof of possession, has verified (RFC 2986).
struct Pkcs10 {
  Name subject;
  crypto::PublicKey key;
  AlternativeNames alternative_names;  // of its extensionRequest attribute
};
Result<Bytes> make_pkcs10(const Name& subject, const AlternativeNames& alternative_names,
                          const crypto::PrivateKey& key);
// DER of at most 8 KiB: kMalformed, kTooLarge, kUnsupported, kSignatureInvalid.
Result<Pkcs10> verify_pkcs10(BytesView der);

}  // namespace countersign::x509
