// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/dialogue_payment.h"
#include "storage/database.h"

namespace countersign::merchant {

// Whether a payment passes the gateway to be checked, or sealed to a card company (profile set).
enum class AttemptKind { kWhole, kSplit };

// PaymentAttempt is one payment that was tried for a checkout: never its data, only what became of it.
//   asked → approved → released, asked → declined, asked → abandoned → released, asked → released
struct PaymentAttempt {
  enum class State { kAsked, kApproved, kDeclined, kAbandoned, kReleased };
  std::string checkout;
  std::string purchaser;    // subject of the certificate (RFC 4514 text)
  std::int64_t number = 1;  // 1, 2, 3 … within the checkout
  // Absent: it is sealed to a card company, and nobody else knows.
  std::optional<documents::PaymentMethod> method = documents::PaymentMethod::kCard;
  State state = State::kAsked;
  std::string authorization;  // or empty
  std::string code;           // why it was declined, or empty
};
std::string_view attempt_state_name(PaymentAttempt::State state);

// kConflict when the checkout has an attempt of this number.
Result<void> insert_attempt(storage::Transaction& transaction, const PaymentAttempt& attempt, TimePoint now);
// Records that an attempt without an answer is asked about again. kGone where it was concluded meanwhile.
Result<void> repeat_attempt(storage::Transaction& transaction, const PaymentAttempt& attempt, TimePoint now);
// How many other payments of the attempt's purchaser count against it, whatever they were for: those asked
// about after `declined_since` that a company declined, and those after `asked_since` whose answer is not
// there.
struct CountedFrom {
  TimePoint declined_since, asked_since;
};
Result<std::int64_t> count_refused(storage::Reader& reader, const PaymentAttempt& attempt,
                                   const CountedFrom& from);
// All of a checkout, the oldest first.
Result<std::vector<PaymentAttempt>> attempts_of(storage::Reader& reader, std::string_view checkout);
// Records what became of an attempt that is asked, approved or abandoned; the number of rows that changed,
// none where it ended before.
Result<std::int64_t> conclude_attempt(storage::Transaction& transaction, const PaymentAttempt& attempt);
// Records that nothing is held for an attempt any more, unless it is in another state by now.
Result<void> set_attempt_released(storage::Transaction& transaction, const PaymentAttempt& attempt);
// Attempts of one kind for which something is or may be held in vain: abandoned ones; of checkouts that ended
// without a confirmation the approved ones, and those asked before `answered_by` that no answer came to.
// Without those whose release was tried after `tried_by`; the ones that waited longest first, at most twice
// `limit`.
struct UnusedBy {
  TimePoint answered_by, tried_by;
};
Result<std::vector<PaymentAttempt>> unused_attempts(storage::Reader& reader, AttemptKind kind,
                                                    const UnusedBy& by, int limit);
// Records that an attempt's release was tried in vain.
Result<void> postpone_release(storage::Transaction& transaction, const PaymentAttempt& attempt,
                              TimePoint now);

}  // namespace countersign::merchant
