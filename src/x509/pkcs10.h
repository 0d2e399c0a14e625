// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "x509/certificate.h"

namespace countersign::x509 {

// Pkcs10 is a certification request whose self-signature, the proof of possession, has verified (RFC 2986).
struct Pkcs10 {
  Name subject;
  crypto::PublicKey key;
  AlternativeNames alternative_names;  // of its extensionRequest attribute
  // Of its agreementKey attribute: asked for by the holder of `key`; that they hold it, too, is not proven.
  std::optional<crypto::PublicKey> agreement_key;
};
Result<Bytes> make_pkcs10(const Name& subject, const AlternativeNames& alternative_names,
                          const crypto::PrivateKey& key);
// make_joint_pkcs10 asks for a certificate of `key` and one of a key that only agrees and cannot sign a
// request of its own. Its SubjectPublicKeyInfo is the value of the attribute kAgreementKeyAttribute.
Result<Bytes> make_joint_pkcs10(const Name& subject, const crypto::PrivateKey& key,
                                const crypto::PublicKey& agreement_key);
inline constexpr std::string_view kAgreementKeyAttribute = "2.25.5029185730381929265412404197190874440.3.1";
// DER of at most 8 KiB: kMalformed, kTooLarge, kUnsupported, kSignatureInvalid.
Result<Pkcs10> verify_pkcs10(BytesView der);

}  // namespace countersign::x509
