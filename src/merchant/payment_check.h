// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/amount.h"
#include "documents/dialogue_payment.h"

// What the gateway asks of a card company or bank; implemented over HTTP in card_company_client.h.
namespace countersign::merchant {

// AuthorizationQuestion is about one payment for one order.
struct AuthorizationQuestion {
  std::string reference;  // the merchant's own, unique for each attempt to pay
  Sha256Digest order;     // SHA-256 of the order's bytes
  Amount amount;
  const documents::PaymentData& payment;  // outlives the call
};

struct PaymentReview {
  bool approved = false;
  std::string authorization;  // the company's id, where approved
  std::string code;           // why not, where declined: a name of a–z and _
};

// PaymentCheck does the credit check of a card, or checks that an account was debited (F5 S13, F6 S30).
class PaymentCheck {
 public:
  virtual ~PaymentCheck() = default;
  // The same question gets the same answer. kConflict for a reference that was used with other data,
  // kUnavailable when nothing was decided.
  virtual Result<PaymentReview> authorize(const AuthorizationQuestion& question) = 0;
  // Gives up what may be held under a reference and is not used; whether or not it was ever asked under, and
  // as often as one likes.
  virtual Result<void> release(std::string_view reference) = 0;
};

}  // namespace countersign::merchant
