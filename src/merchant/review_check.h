// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/confirmation.h"
#include "documents/split_payment.h"
#include "x509/path.h"

namespace countersign::merchant {

// What a card company was asked about.
struct ReviewedPayment {
  documents::SplitTerms terms;  // of the order
  Sha256Digest instruction;     // that the purchaser signed beside the order
};

// check_review verifies a card company's answer before it is believed, stored or passed on (F7 S52): signed
// in the role of a card company, by the one that the order names, about this very order, and about the
// instruction that was sent. What verify_signed_document says; kMalformed for what is no review result;
// kForbidden for another company's; kAmountMismatch for another amount; kConflict for whatever else differs,
// the detail names it.
Result<documents::ReviewResult> check_review(BytesView der, const ReviewedPayment& asked,
                                             const x509::TrustAnchor& anchor, TimePoint now);

// review_in answers how confirmation and extract name a result (CMS) that was checked before.
Result<documents::Review> review_in(BytesView checked);

}  // namespace countersign::merchant
