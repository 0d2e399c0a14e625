// SPDX-License-Identifier: Apache-2.0
#include "x509/signed_structure.h"

#include "x509/der.h"

namespace countersign::x509 {

const Bytes& ecdsa_with_sha256() {
  static const Bytes kAlgorithm = der::sequence({der::oid("1.2.840.10045.4.3.2")});
  return kAlgorithm;
}

Result<Bytes> sign_structure(BytesView to_be_signed, const crypto::PrivateKey& key) {
  if (key.public_key().kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "signing key is not P-256");
  TRY(const Bytes signature, key.sign(to_be_signed));
  return der::sequence({to_be_signed, ecdsa_with_sha256(), der::bit_string(signature)});
}

Result<SignedStructure> read_signed_structure(BytesView der) {
  TRY(der::Reader reader, der::read_only(der, der::Tag::kSequence));
  TRY(const der::Element to_be_signed, reader.element(der::Tag::kSequence));
  TRY(const der::Element algorithm, reader.element(der::Tag::kSequence));
  if (!equal(algorithm.whole, ecdsa_with_sha256()))
    return fail(ErrorCode::kUnsupported, "signature algorithm is not ecdsa-with-SHA256");
  TRY(const BytesView signature, reader.bit_string());
  TRY(reader.finish());
  return SignedStructure{to_be_signed.whole, signature};
}

}  // namespace countersign::x509
