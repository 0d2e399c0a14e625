// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/checkout_store.h"
#include "merchant/context.h"
#include "merchant/payment_check.h"
#include "merchant/payment_store.h"

namespace countersign::merchant {

// The code of a payment that was declined without asking the company: others of its purchaser were.
inline constexpr std::string_view kTooManyDeclined = "too_many_declined";

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
  PaymentDesk(GatewayContext context, PaymentCheck* check) : context_(context), check_(check) {}

  bool can_check() const { return check_ != nullptr; }
  // Asks about a payment for the order. An order whose payment was approved once is not asked about again;
  // after three declined payments no other is tried. After nine of one purchaser within an hour, whatever
  // they were for, nobody is asked: declined with kTooManyDeclined, and no tries are left. Errors of
  // PaymentCheck: nothing was decided.
  Result<PaymentVerdict> authorize(const StoredOrder& order, const documents::PaymentData& payment);
  // Gives up what is held, or may be, for no order that is or can be confirmed: payments of checkouts that
  // ended without a confirmation, also where the answer never came, and those in whose place another was
  // made; their number. Each by itself: one that fails is logged and tried again ten seconds later at the
  // earliest, after those that were not tried yet. Ends early when the company cannot be reached.
  Result<int> release_unused();

 private:
  Result<std::vector<PaymentAttempt>> attempts(std::string_view checkout) const;
  Result<std::optional<PaymentAttempt>> begin(const std::vector<PaymentAttempt>& earlier,
                                              const StoredOrder& order, documents::PaymentMethod method);
  Result<void> give_up(PaymentAttempt attempt);
  Result<void> conclude(const PaymentAttempt& attempt);
  Result<PaymentAttempt> ask(PaymentAttempt attempt, const StoredOrder& order,
                             const documents::PaymentData& payment);

  const GatewayContext context_;
  PaymentCheck* const check_;
};

}  // namespace countersign::merchant
