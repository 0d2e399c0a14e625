// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/enrolment/enrolment_store.h"
#include "authority/enrolment/holder_store.h"
#include "authority/enrolment/key_delivery.h"

namespace countersign::authority {

// RequestedKeys are two keys that a wallet made. The signing key has signed its request; the agreement key
// has, too, or is only named there: then its possession is shown by opening what is sealed to it (RFC 4211
// §5.2).
struct RequestedKeys {
  crypto::PublicKey signing, agreement;
  KeyPossession agreement_possession;
};
// verify_requests takes a PKCS#10 of each key or, with an empty `agreement`, one of the signing key that
// names the agreement key. Errors of verify_pkcs10; kMalformed where the key is named twice or not at all,
// kConflict for one key in both places, kUnsupported for a key that is not P-256.
Result<RequestedKeys> verify_requests(BytesView signing, BytesView agreement);

// IssuedPair is what goes to the wallet: where `sealed_agreement` is not empty, the agreement certificate
// goes only in there.
struct IssuedPair {
  CertificatePair pair;
  Bytes sealed_agreement;
};

// AgreementProofs makes the wallet show that it holds an agreement key that cannot sign. What it must give
// back is derived from the holder's key, outside of the database, and stored as a digest.
class AgreementProofs {
 public:
  explicit AgreementProofs(const HolderStore& holders) : holders_(holders) {}

  // What `enrolment` stores for this certificate and this kind of possession.
  Result<Bytes> digest_for(const Enrolment& enrolment, const x509::Certificate& agreement,
                           KeyPossession possession) const;
  // The pair as the wallet gets it, newly sealed each time.
  Result<IssuedPair> issue(const Enrolment& enrolment, CertificatePair pair) const;
  // kForbidden where a proof that was asked for is missing or wrong, or comes unasked.
  static Result<void> check(const Enrolment& enrolment, const std::optional<Sha256Digest>& proof);

 private:
  Result<Sha256Digest> proof_of(const Enrolment& enrolment, const x509::Certificate& agreement) const;

  const HolderStore& holders_;
};

}  // namespace countersign::authority
