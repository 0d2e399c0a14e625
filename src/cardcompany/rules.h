// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "cardcompany/account.h"
#include "cardcompany/authorization.h"

namespace countersign::cardcompany {

// Rules bound what a merchant may ask, each merchant by itself: what one does counts at no other. And how
// long an approval lasts.
struct Rules {
  std::int64_t payments_in_a_minute = 10;         // with one number
  std::int64_t wrong_in_a_minute = 30;            // with whatever number
  std::int64_t wrong_in_a_day = 10;               // with one number
  Seconds authorization_lasts{7 * 24 * 60 * 60};  // where the question does not say it
  Seconds capture_window{24 * 60 * 60};           // after it expired, before it is freed by itself
};

// require_pace refuses a merchant that guesses numbers before anything is looked up: kRateLimited, and
// nothing is decided.
Result<void> require_pace(storage::Reader& reader, const Rules& rules, std::string_view merchant,
                          TimePoint now);

// find_objection is what is wrong with a question whatever the account says: too many guesses at its number,
// too many payments with it, or the very payment that is approved already. Depends on nothing but what this
// merchant asked before.
Result<std::optional<DeclineReason>> find_objection(storage::Reader& reader, const Rules& rules,
                                                    std::string_view merchant, const QuestionDigests& digests,
                                                    TimePoint now);

}  // namespace countersign::cardcompany
