// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/amount.h"
#include "base/clock.h"
#include "documents/dialogue_payment.h"

namespace countersign::cardcompany {

inline constexpr std::size_t kLongestReference = 100;

// Question is what a merchant asks: type "authorization-request", version 1.
struct Question {
  std::string reference;  // the merchant's own, one for each attempt to pay
  Sha256Digest order;     // SHA-256 of the order's bytes
  Amount amount;
  documents::PaymentData means;
  std::optional<TimePoint> expires;  // of the payment, where its protocol says it
};

// parse_question reads a body of at most 4 KiB in memory that is wiped. kMalformed, kTooLarge, kUnsupported;
// the detail names the member and never its value.
Result<Question> parse_question(BytesView json);

}  // namespace countersign::cardcompany
