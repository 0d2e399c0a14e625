// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "cardcompany/account.h"
#include "cardcompany/authorization.h"

namespace countersign::cardcompany {

// Rules bound what a merchant may ask, each merchant by itself: what one does counts at no other. And how
// long an approval lasts. Wrong data of a split payment is not the merchant's, who never sees it: it counts
// for the purchaser who signed it, at whatever merchant, and for nobody else. That counts for those whom the
// company's own data centre has vetted: another data centre can make as many merchants and purchasers as it
// likes, so that all of its own are bounded together as well.
struct Rules {
  std::int64_t payments_in_a_minute = 10;         // with one number
  std::int64_t wrong_in_a_minute = 30;            // of a merchant, with whatever number
  std::int64_t wrong_in_a_day = 10;               // of a merchant with one number, of a purchaser with any
  std::int64_t wrong_of_home_in_a_minute = 300;   // of all from another data centre, with whatever number
  std::int64_t wrong_of_home_in_a_day = 50;       // of all from another data centre with one number
  Seconds authorization_lasts{7 * 24 * 60 * 60};  // where the question does not say it
  Seconds capture_window{24 * 60 * 60};           // after it expired, before it is freed by itself
};

// Asker is who brings a question: subject texts.
struct Asker {
  std::string_view merchant;
  std::string_view purchaser;     // who signed a split payment; else empty
  std::string_view foreign_home;  // of the one of them who would have guessed; empty for our own data centre
};

// require_pace refuses a merchant that guesses numbers before anything is looked up: kRateLimited, and
// nothing is decided. What purchasers guess in split payments is no merchant's, and their data centre's where
// that is another one.
Result<void> require_pace(storage::Reader& reader, const Rules& rules, const Asker& asker, TimePoint now);

// find_objection is what is wrong with a question whatever the account says: too many guesses at its number,
// too many payments with it, or the very payment that is approved already. Depends on nothing but what this
// merchant, and for a split payment this purchaser, asked before, or others of the same other data centre;
// declined split payments count for their purchaser alone.
Result<std::optional<DeclineReason>> find_objection(storage::Reader& reader, const Rules& rules,
                                                    const Asker& asker, const QuestionDigests& digests,
                                                    TimePoint now);

}  // namespace countersign::cardcompany
