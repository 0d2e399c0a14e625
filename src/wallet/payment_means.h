// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "documents/dialogue_payment.h"

namespace countersign::wallet {

// MeansSummary is what may be shown of a way to pay without the PIN: enough to choose by.
struct MeansSummary {
  std::string id;  // "1" to "9"
  documents::PaymentMethod method = documents::PaymentMethod::kCard;
  std::string ending;  // the last four digits of a card, the last three of an account
  std::string detail;  // a card's expiry, "2029-08"; an account's bank
  friend bool operator==(const MeansSummary&, const MeansSummary&) = default;
};
MeansSummary summary_of(std::string id, const documents::PaymentData& payment);

// check_payment_data: a card's number of 12 to 19 digits that passes Luhn's check, its expiry a month that is
// not over, an account's number of digits and hyphens; kMalformed, kExpired. Errors name the field alone.
Result<void> check_payment_data(const documents::PaymentData& payment, TimePoint now);

// As it lies on the card: JSON, type "payment-means", version 1.
crypto::SecretBytes write_payment_means(const documents::PaymentData& payment);
Result<documents::PaymentData> parse_payment_means(const crypto::SecretBytes& json);

}  // namespace countersign::wallet
