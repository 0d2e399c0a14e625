// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/company_request.h"
#include "documents/split_payment.h"
#include "x509/issue.h"
#include "x509/path.h"

// What a card company checks of a split payment before it decides anything (F7 S44–S49): functions of what
// was sent, the company's own keys and the time alone.
namespace countersign::cardcompany {

// CheckedPayment is a split payment whose agreement and both halves verified and belong together. What only
// others can tell is not checked yet: whether the certificates of both signers are good now, and whether the
// order's time is over, which matters for a new payment alone.
struct CheckedPayment {
  documents::SplitTerms terms;
  x509::Certificate merchant;  // that signed the agreement
  x509::Certificate purchaser;
  Sha256Digest instruction;
  documents::PaymentData payment;
};

// check_split_request holds a request against the merchant whose certificate asks, and against the
// certificate and key that payments are sealed to. The merchant may have renewed its certificate since the
// order was made: the agreement's is the order's, and the one that asks is of the same subject. Errors, the
// detail names step and member:
//
// * S44 agreement: errors of verify_path for a merchant; kUnsupported where a signature is its content;
//   kForbidden where its merchant is not its signer, or its signer's subject not who asks
// * S45 signed order: errors of verify_path for a purchaser; kUnsupported where the order is attached;
//   kSignatureInvalid, also where it covers no payment; kForbidden where its signer is not the agreement's
//   purchaser; kConflict where it is of another order
// * S46 payment: kForbidden where the agreement is for another company or key; errors of open_sealed_to and
//   of the instruction's parser
// * S47 time and amount: kMalformed for a time that no order has; kAmountMismatch for nothing to pay
// * S48 agreement: kSignatureInvalid
// * S49 both halves: kAmountMismatch for another amount; kConflict for any other member, and where the
//   order's signature covers another instruction
Result<CheckedPayment> check_split_request(const documents::SplitAuthorizationRequest& request,
                                           const x509::Certificate& merchant, const x509::TrustAnchor& anchor,
                                           const x509::Issuer& agreement_key, TimePoint now);

}  // namespace countersign::cardcompany
