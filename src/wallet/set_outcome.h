// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/confirmation.h"
#include "documents/dialogue.h"
#include "documents/split_payment.h"
#include "x509/path.h"

namespace countersign::wallet {

// What a card company's answer is held against (F7 S56): what was signed and sealed.
struct ReviewContext {
  const x509::Certificate& merchant;  // of the TLS peer
  const x509::TrustAnchor& anchor;
  documents::SplitTerms terms;  // of the order that was signed
  Sha256Digest instruction;     // digest of what was sealed
  Sha256Digest signer;          // fingerprint of the company's certificate that was good then (F7 S34)
  BytesView envelope;           // that it was sealed in
  TimePoint now;
};

// verify_review verifies the review result of an outcome under both signatures: the merchant's (path, role,
// the TLS peer's), the company's (path, role, the order's company, the very certificate that was good when
// the payment was sealed: another one's status nobody has shown); that it is about these terms, this
// instruction and this envelope; and that it says what the outcome says: an approval with a confirmation or
// refusal, and with kDeclined a refusal of the company's for the same reason. kMalformed without a result,
// kForbidden for another signer or verdict, kAmountMismatch for another amount, kConflict for what else
// differs, and what verification of signature and path says.
Result<documents::ReviewResult> verify_review(const documents::Outcome& outcome,
                                              const ReviewContext& context);

// KeptReview is what was verified before it was kept.
struct KeptReview {
  documents::ReviewResult result;
  Sha256Digest digest;  // by which a confirmation names it
};
// read_review reads it without another look at its signatures.
Result<KeptReview> read_review(BytesView review);

// check_review compares the review that a confirmation names with the one that is kept: kConflict.
Result<void> check_review(const documents::Confirmation& confirmation, const KeptReview& kept);

}  // namespace countersign::wallet
