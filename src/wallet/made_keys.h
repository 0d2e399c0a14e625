// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wallet/identity.h"

// Keys that are made on the card, from the request for their certificates to the certificates on the card.
// All need the card to be logged in.
namespace countersign::wallet {

// made_keys returns the identifiers of a signing and an agreement key made on the card for `purpose`, the
// same ones when asked again after a failure.
struct MadeKeys {
  std::string signing, agreement;
};
Result<MadeKeys> made_keys(const Parties& parties, const std::string& purpose);
// Forgets them for `purpose`: they are in use now.
Result<void> use_made_keys(const Parties& parties, const std::string& purpose);

// KeyRequests asks for their certificates (PKCS#10, DER). An agreement key that cannot sign has no request of
// its own: `agreement` is empty, and the signing key's request names it.
struct KeyRequests {
  Bytes signing, agreement;
};
Result<KeyRequests> request_made_keys(card::Card& card, const MadeKeys& keys, const x509::Name& subject);

// store_issued puts certificates issued for made keys beside them on the card, after verifying path, role and
// key. An agreement certificate that came sealed it opens with that key, and keeps what proves so until the
// enrolment is complete. kForbidden for one of another enrolment.
Result<void> store_issued(const Parties& parties, const MadeKeys& keys, IssuedCertificates issued,
                          const x509::TrustAnchor& anchor);

// agreement_proof is what the acceptance must give back, where the agreement certificate came sealed.
Result<std::optional<Sha256Digest>> agreement_proof(const Parties& parties, const std::string& enrolment);
Result<void> forget_agreement_proof(const Parties& parties, const std::string& enrolment);

}  // namespace countersign::wallet
