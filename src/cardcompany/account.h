// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/amount.h"
#include "crypto/secret.h"
#include "documents/dialogue_payment.h"

namespace countersign::cardcompany {

// Means is what the two ways to pay have in common, as it lies in the payment, which outlives it.
struct Means {
  documents::PaymentMethod method;
  BytesView number;
  std::string_view bank, expiry, holder;  // bank of accounts, expiry of cards; else empty
};
Means means_of(const documents::PaymentData& payment);

// NewAccount is an account to be opened: a card with a credit limit, or a bank account with a balance; both
// bound what may be held and captured.
struct NewAccount {
  documents::PaymentData means;
  Amount limit;
};
// check_account demands a card number of 12–19 digits that passes Luhn's check (ISO/IEC 7812-1), and a
// currency. kMalformed with the field, never with its value.
Result<void> check_account(const NewAccount& account);

// Account is one account as it may be shown: of its number only the last digits.
struct Account {
  std::string id;
  documents::PaymentMethod method = documents::PaymentMethod::kCard;
  std::string last_digits;  // four
  std::string holder;
  std::string bank;    // of accounts
  std::string expiry;  // of cards: "2029-08"
  Amount limit;
  std::int64_t held = 0;  // minor units that are authorized, and neither captured nor freed
  std::int64_t owed = 0;  // minor units that were captured, without what was refunded
  bool is_blocked = false;
  std::string purchaser;  // subject text of the one who may pay with it in split payments, or empty

  bool is_expired_at(TimePoint now) const;
  // Minor units that may be authorized yet; negative where the limit was lowered below what is used.
  std::int64_t available() const { return limit.minor_units - held - owed; }
};

// The reasons to decline; their names cross the wire as `code`. Whether a number exists is told to nobody who
// does not know what belongs to it: kUnknown is the answer to both.
enum class DeclineReason { kUnknown, kExpired, kBlocked, kInsufficient, kCurrency, kTooMany, kDuplicate };
std::string_view decline_code(DeclineReason reason);
// What a code means and what to do about it, in English, for the merchant; empty for an unknown code.
std::string_view reason_text(std::string_view code);

}  // namespace countersign::cardcompany
