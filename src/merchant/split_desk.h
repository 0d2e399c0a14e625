// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/split_payment.h"
#include "merchant/card_companies.h"
#include "merchant/payment_attempts.h"
#include "merchant/split_store.h"

namespace countersign::merchant {

// What became of a split payment.
struct SplitVerdict {
  bool approved = false;
  std::string code;    // why it was declined
  int tries_left = 0;  // how many more payments may be tried, where declined
  // The company's result under the merchant's signature, and the sealed payment as it came. Absent where no
  // company was asked.
  std::optional<Bytes> review, payment;
};

// SplitDesk has payments reviewed that only the card company can read (F7 S42–S43, S51–S53): it agrees to the
// order's terms in the merchant's name and sends the order's signature without the order. All of it is
// durable before the company is asked, and its answer before anybody hears of it. Thread-safe, but one
// checkout is served by one call at a time.
class SplitDesk {
 public:
  SplitDesk(GatewayContext context, CardCompanies& companies)
      : context_(context), attempts_(context, AttemptKind::kSplit), companies_(companies) {}

  // Whether there is a card company at all.
  bool can_review() const { return !companies_.is_empty(); }
  CardCompanies& companies() { return companies_; }

  // What was answered to this very payment before; nothing where it is new or has no answer. kConflict where
  // the instruction is known and anything else differs, kGone for a payment that was given up.
  Result<std::optional<SplitVerdict>> find_verdict(const StoredOrder& order,
                                                   const SplitPayment& payment) const;
  // Has a payment reviewed, or answers as before; the signature of its order was verified. One whose answer
  // was lost is asked about again with the same bytes, before any other is; and what was abandoned is
  // released before another is asked about. kConflict where another payment of the order was approved. What
  // the company itself states as a problem, and what check_review says: nothing is believed, and what may be
  // held is released. kUnavailable, whatever went wrong, where nobody knows what the company decided: the
  // same is to come again.
  Result<SplitVerdict> review(const StoredOrder& order, const SplitPayment& payment);
  // Gives up what is held in vain; see PaymentAttempts.
  Result<int> release_unused();

 private:
  Result<std::vector<StoredSplitPayment>> payments_of(std::string_view checkout) const;
  Result<void> settle_others(const StoredOrder& order, const SplitPayment& payment);
  Result<std::optional<StoredSplitPayment>> begin(const StoredOrder& order, const SplitPayment& payment);
  Result<void> settle(const StoredOrder& order, const PaymentAttempt& attempt);
  Result<StoredSplitPayment> ask(const StoredOrder& order, StoredSplitPayment split);
  Result<CompanyAnswer<Bytes>> have_reviewed(const documents::SplitTerms& terms,
                                             const StoredSplitPayment& split);
  Result<void> abandon(StoredSplitPayment split);
  Result<void> release(const PaymentAttempt& attempt, const StoredOrder& order);

  const GatewayContext context_;
  const PaymentAttempts attempts_;
  CardCompanies& companies_;
};

}  // namespace countersign::merchant
