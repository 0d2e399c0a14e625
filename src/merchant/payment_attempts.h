// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "merchant/checkout_store.h"
#include "merchant/context.h"
#include "merchant/payment_store.h"

namespace countersign::merchant {

// The code of a payment that was declined without asking the company: others of its purchaser were.
inline constexpr std::string_view kTooManyDeclined = "too_many_declined";

// How many more payments of a checkout may be tried after these.
int tries_left_after(const std::vector<PaymentAttempt>& attempts);

// PaymentAttempts keeps the rules that all payments are under, whoever checks them: three of a checkout may
// be declined, and nine of one purchaser within an hour; whatever is held in vain is given up. Thread-safe,
// but one checkout is served by one call at a time.
class PaymentAttempts {
 public:
  PaymentAttempts(GatewayContext context, AttemptKind kind) : context_(context), kind_(kind) {}

  // All of a checkout, the oldest first.
  Result<std::vector<PaymentAttempt>> of(std::string_view checkout) const;

  // What is stored together with an attempt, in the same transaction.
  using Beside = std::function<Result<void>(storage::Transaction&, const PaymentAttempt&)>;
  // Writes down that a payment is asked about, before it is: the newest once more where it has no answer,
  // else another, with what belongs to it `beside`. Nothing where the purchaser had too many declined; then
  // this one is written down as declined by kTooManyDeclined, and does not count itself. Counted in the
  // transaction that writes: what is asked at the same time for other checkouts is counted, too. kRateLimited
  // where too many were abandoned, kGone where the newest was given up meanwhile.
  Result<std::optional<PaymentAttempt>> begin(const std::vector<PaymentAttempt>& earlier,
                                              const StoredOrder& order,
                                              std::optional<documents::PaymentMethod> method,
                                              const Beside& beside = {}) const;
  // Writes down that one without an answer is asked about again. kGone where it was given up meanwhile.
  Result<void> repeat(const PaymentAttempt& attempt) const;
  // Writes down what became of it, with what belongs to that `beside`. kGone where it ended before.
  Result<void> conclude(const PaymentAttempt& attempt, const Beside& beside = {}) const;

  // Gives up what was asked about at the company.
  using Release = std::function<Result<void>(const PaymentAttempt&, const StoredOrder&)>;
  // Gives up what is held, or may be, for no order that is or can be confirmed; the number of those. Each by
  // itself: one that fails is logged and tried again ten seconds later at the earliest, after those that were
  // not tried yet. Of a company that cannot be reached the rest is left for the next time.
  Result<int> release_unused(const Release& release) const;
  // Gives up one, and writes that down.
  Result<void> give_up(const PaymentAttempt& attempt, const StoredOrder& order, const Release& release) const;

 private:
  Result<StoredOrder> order_of(const PaymentAttempt& attempt) const;

  const GatewayContext context_;
  const AttemptKind kind_;
};

}  // namespace countersign::merchant
