// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "authority/confirmation/known_certificates.h"
#include "documents/confirmation.h"
#include "documents/order.h"

namespace countersign::authority {

// JudgedReview is a card company's word on an order, and what speaks against confirming the order on it. What
// depends on the moment (status and validity of the company's certificate, end of the approval) is not judged
// yet.
struct JudgedReview {
  std::vector<documents::RefusalReason> reasons;    // none: an approval of exactly this order and payment
  std::shared_ptr<const KnownCertificate> company;  // who signed it; null where `reasons` say why
  documents::Review named;                          // what the confirmation says of it
  std::optional<TimePoint> capture_until;           // of an approval
};

// What a review must be of: an order of profile set as its purchaser signed it, together with the digest of a
// payment instruction.
struct ReviewedOrder {
  const documents::Order& order;
  BytesView bytes;
  Sha256Digest payment_digest;
};

// verify_review judges the CMS of a card company over a ReviewResult (F7 S50, docs/protocols/confirmation.md
// step 7). Each check has a reason of its own: kMalformed, kTooLarge, kUnsupported for what cannot be read;
// kCertificateUnknown, kWrongRole, kSignatureInvalid; kForbidden for another company than the order's and for
// a payment that was declined; kAmountMismatch for another amount, else kConflict for other terms or another
// payment instruction (documents::check_reviewed); kHomeUnreachable while the network map, by which the
// company of another data centre is known, is over. An Error is for what could not be found out
// (is_our_fault).
Result<JudgedReview> verify_review(BytesView review, const ReviewedOrder& ordered, KnownCertificates& known);

}  // namespace countersign::authority
