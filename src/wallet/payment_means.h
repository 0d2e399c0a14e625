// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "documents/dialogue_payment.h"
#include "x509/name.h"

namespace countersign::wallet {

// PaymentMeans is a way to pay, with the card company that it is recorded with, where there is one: in
// profile set a payment by it is sealed to that company and to no other (F7).
struct PaymentMeans {
  documents::PaymentData payment;
  std::optional<x509::Name> company = {};
};

// MeansSummary is what may be shown of a way to pay without the PIN: enough to choose by.
struct MeansSummary {
  std::string id;  // "1" to "9"
  documents::PaymentMethod method = documents::PaymentMethod::kCard;
  std::string ending;  // the last four digits of a card, the last three of an account
  std::string detail;  // a card's expiry, "2029-08"; an account's bank
  std::optional<x509::Name> company = {};
  friend bool operator==(const MeansSummary&, const MeansSummary&) = default;
};
MeansSummary summary_of(std::string id, const PaymentMeans& means);
// What a company is called in a line: its common name, or all of its name where there is none.
std::string short_name(const x509::Name& company);

// check_payment_data: a card's number of 12 to 19 digits that passes Luhn's check, its expiry a month that is
// not over, an account's number of digits and hyphens; kMalformed, kExpired. Errors name the field alone.
Result<void> check_payment_data(const documents::PaymentData& payment, TimePoint now);

// As it lies on the card: JSON, type "payment-means", version 1; the member "company" only where there is
// one.
crypto::SecretBytes write_payment_means(const PaymentMeans& means);
Result<PaymentMeans> parse_payment_means(const crypto::SecretBytes& json);

}  // namespace countersign::wallet
