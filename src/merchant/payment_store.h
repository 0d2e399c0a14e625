// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/dialogue_payment.h"
#include "storage/database.h"

namespace countersign::merchant {

// PaymentAttempt is one payment that was tried for a checkout: never its data, only what became of it.
//   asked → approved → released, asked → declined, asked → abandoned
struct PaymentAttempt {
  enum class State { kAsked, kApproved, kDeclined, kAbandoned, kReleased };
  std::string checkout;
  std::int64_t number = 1;  // 1, 2, 3 … within the checkout
  documents::PaymentMethod method = documents::PaymentMethod::kCard;
  State state = State::kAsked;
  std::string authorization;  // or empty
  std::string code;           // why it was declined, or empty
};
std::string_view attempt_state_name(PaymentAttempt::State state);

// kConflict when the checkout has an attempt of this number.
Result<void> insert_attempt(storage::Transaction& transaction, const PaymentAttempt& attempt, TimePoint now);
// All of a checkout, the oldest first.
Result<std::vector<PaymentAttempt>> attempts_of(storage::Reader& reader, std::string_view checkout);
// Records what became of an attempt that is asked or approved.
Result<void> conclude_attempt(storage::Transaction& transaction, const PaymentAttempt& attempt);
// Approved attempts whose checkout ended without a confirmation.
Result<std::vector<PaymentAttempt>> unused_authorizations(storage::Reader& reader, int limit);

}  // namespace countersign::merchant
