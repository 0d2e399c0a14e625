// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/dialogue.h"
#include "x509/path.h"

namespace countersign::wallet {

// What a split offer is held against before its order is shown (F7 S34–S35).
struct SplitOfferContext {
  const x509::TrustAnchor& anchor;
  const x509::Name& company;  // that the way to pay is recorded with
  TimePoint now;
};

// VerifiedCompany is the card company of an offer that verified, as far as a payment needs it.
struct VerifiedCompany {
  x509::Certificate agreement;  // that the payment is to be sealed to
  Sha256Digest signer;          // fingerprint of the certificate that its answer is to be signed with
  TimePoint until;              // both statuses say nothing of the time after
};

// verify_split_offer verifies both certificates of the card company, path and role, that they are of the
// company recorded with the way to pay, their statuses, and that the order names this company with this key.
// Errors: kForbidden for another company or key,
// what verify_path and verify_ocsp_response say, kCertificateOnHold, kCertificateRevoked and
// kCertificateUnknown for a status that is not good. What else the order says is the business of check_order.
Result<VerifiedCompany> verify_split_offer(const documents::SplitOffer& offer,
                                           const SplitOfferContext& context);

}  // namespace countersign::wallet
