// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/payment_attempts.h"
#include "merchant/payment_check.h"

namespace countersign::merchant {

// What became of one payment.
struct PaymentVerdict {
  bool approved = false;
  std::string code;    // why it was declined
  int tries_left = 0;  // how many more payments may be tried, where declined
};

// PaymentDesk has payments checked before an order is countersigned. That a payment was asked about, and what
// the answer was, is durable; its data is not kept. Thread-safe, but one checkout is served by one call at a
// time.
class PaymentDesk {
 public:
  // `check` outlives the desk; null: no payment can be taken.
  PaymentDesk(GatewayContext context, PaymentCheck* check)
      : attempts_(context, AttemptKind::kWhole), check_(check) {}

  bool can_check() const { return check_ != nullptr; }
  // Asks about a payment for the order. An order whose payment was approved once is not asked about again;
  // after three declined payments no other is tried. After nine of one purchaser within an hour, whatever
  // they were for, nobody is asked: declined with kTooManyDeclined, and no tries are left. Errors of
  // PaymentCheck: nothing was decided.
  Result<PaymentVerdict> authorize(const StoredOrder& order, const documents::PaymentData& payment);
  // Gives up payments of checkouts that ended without a confirmation, also where the answer never came, and
  // those in whose place another was made; see PaymentAttempts.
  Result<int> release_unused();

 private:
  Result<PaymentAttempt> ask(PaymentAttempt attempt, const StoredOrder& order,
                             const documents::PaymentData& payment);

  const PaymentAttempts attempts_;
  PaymentCheck* const check_;
};

}  // namespace countersign::merchant
