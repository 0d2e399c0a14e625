// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "crypto/keys.h"

// The SIGNED { … } of X.509 that certificates, CRLs and certification requests share: what is signed,
// algorithm, signature. The one algorithm is ecdsa-with-SHA256 (RFC 5758 §3.2) under a P-256 key.
namespace countersign::x509 {

// The AlgorithmIdentifier, DER.
const Bytes& ecdsa_with_sha256();

// sign_structure signs one DER element and answers the whole structure. kUnsupported for a key that is not
// P-256.
Result<Bytes> sign_structure(BytesView to_be_signed, const crypto::PrivateKey& key);

// The parts of such a structure, as views into it.
struct SignedStructure {
  BytesView to_be_signed;  // with tag and length
  BytesView signature;
};
// kMalformed; kUnsupported for another algorithm.
Result<SignedStructure> read_signed_structure(BytesView der);

}  // namespace countersign::x509
