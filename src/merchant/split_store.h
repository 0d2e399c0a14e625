// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "merchant/checkout_store.h"
#include "merchant/payment_store.h"

namespace countersign::merchant {

// SplitPayment is what a wallet pays one order with (F7 S38–S39). There is no readable payment data in it.
struct SplitPayment {
  Sha256Digest instruction{};  // that the purchaser signed beside the order
  Bytes signed_order;          // CMS
  Bytes envelope;              // AuthEnvelopedData for the card company
  friend bool operator==(const SplitPayment&, const SplitPayment&) = default;
};

// A payment that was tried, with all that was signed about it.
struct StoredSplitPayment {
  PaymentAttempt attempt;
  SplitPayment payment;
  Bytes agreement;  // CMS of the merchant (F7 S42)
  Bytes result;     // CMS of the card company, once it was verified (F7 S50–S52); else empty
  Bytes relayed;    // the result under the merchant's signature (F7 S53); else empty
};

// Stores what belongs to an attempt. kConflict for an instruction that the checkout has.
Result<void> insert_split_payment(storage::Transaction& transaction, const StoredSplitPayment& split);
// Stores result and relayed result beside the very instruction that they are about.
Result<void> put_review(storage::Transaction& transaction, const StoredSplitPayment& split);
// All of a checkout, the oldest first.
Result<std::vector<StoredSplitPayment>> split_payments_of(storage::Reader& reader, std::string_view checkout);
// The orders of which something is not settled with their card company: payments that are asked about or
// held in vain, captures that wait, refunds without an answer; at most `limit`.
Result<std::vector<StoredOrder>> unsettled_split_orders(storage::Reader& reader, int limit);
// was_approved: by the card company, whether or not it was given up since.
bool was_approved(const StoredSplitPayment& split);
// The one that was approved, if any; and the one that stands, not given up.
Result<std::optional<StoredSplitPayment>> find_approval(storage::Reader& reader, std::string_view checkout);
Result<std::optional<StoredSplitPayment>> find_standing_approval(storage::Reader& reader,
                                                                 std::string_view checkout);

}  // namespace countersign::merchant
