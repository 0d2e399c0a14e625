// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/amount.h"
#include "base/clock.h"
#include "documents/dialogue_payment.h"

namespace countersign::cardcompany {

inline constexpr std::size_t kLongestReference = 100;

// SplitQuestion is what a split payment says besides (split/split_request.h).
struct SplitQuestion {
  std::string purchaser;    // subject text of who signed: the account must be bound to it
  std::string transaction;  // of which one approval counts
};

// Question is what a merchant asks: type "authorization-request", version 1.
struct Question {
  std::string reference;  // the merchant's own, one for each attempt to pay
  Sha256Digest order;     // SHA-256 of the order's bytes
  Amount amount;
  documents::PaymentData means;
  std::optional<TimePoint> expires;  // of the payment, where its protocol says it
  std::optional<SplitQuestion> split = {};
  // The data centre of whoever would have guessed, the merchant or a split payment's purchaser, where it is
  // not the company's own; else empty.
  std::string foreign_home = {};
};

// parse_question reads a body of at most 4 KiB in memory that is wiped. kMalformed, kTooLarge, kUnsupported;
// the detail names the member and never its value.
Result<Question> parse_question(BytesView json);

}  // namespace countersign::cardcompany
