// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "merchant/authority_access.h"
#include "merchant/checkout.h"
#include "storage/database.h"
#include "x509/certificate.h"

namespace countersign::merchant {

// An order as it was sent to the wallet.
struct StoredOrder {
  std::string id, checkout;
  Bytes document;   // the very bytes
  Bytes purchaser;  // DER of the certificate that it was composed for
  TimePoint expires;
};

// A countersigned order, and how often the authority was asked about it. Without `next_attempt` it is
// answered.
struct StoredCountersignedOrder {
  std::string order_id;
  Bytes document;  // DER
  std::int64_t attempts = 0;
  std::optional<TimePoint> next_attempt;
};

// The authority's final answer.
struct StoredAnswer {
  SignedAnswer answer;
  std::string code;  // of the refusal, or empty
};

// The tables of checkouts, orders, countersigned orders and answers. All work within the caller's
// transaction.
Result<void> insert_checkout(storage::Transaction& transaction, const Checkout& checkout,
                             std::string_view request_key, const Sha256Digest& request_digest);
Result<std::optional<Checkout>> find_checkout(storage::Reader& reader, std::string_view id);
Result<Checkout> require_checkout(storage::Reader& reader, std::string_view id);  // or kNotFound
// Newest first, from before `cursor` (an id, or empty).
Result<std::vector<Checkout>> list_checkouts(storage::Reader& reader, std::string_view cursor, int limit);
// The checkout made under an idempotency key, with the digest of the request that made it.
struct RequestedCheckout {
  Checkout checkout;
  Bytes request_digest;
};
Result<std::optional<RequestedCheckout>> find_checkout_by_request(storage::Reader& reader,
                                                                  std::string_view key);
Result<void> set_checkout_state(storage::Transaction& transaction, std::string_view id, CheckoutState state);
// Ids of checkouts, open or taken, whose time is over.
Result<std::vector<std::string>> overdue_checkouts(storage::Reader& reader, TimePoint now, int limit);

Result<void> insert_order(storage::Transaction& transaction, const StoredOrder& order);
Result<std::optional<StoredOrder>> find_order(storage::Reader& reader, std::string_view order_id);
Result<std::optional<StoredOrder>> find_order_of(storage::Reader& reader, std::string_view checkout);

Result<void> insert_countersigned(storage::Transaction& transaction, std::string_view order_id,
                                  BytesView document, TimePoint now);
Result<std::optional<StoredCountersignedOrder>> find_countersigned(storage::Reader& reader,
                                                                   std::string_view order_id);
// Order ids whose confirmation is to be asked for again.
Result<std::vector<std::string>> pending_confirmations(storage::Reader& reader, TimePoint now, int limit);
Result<std::int64_t> count_pending_confirmations(storage::Reader& reader);
Result<void> postpone_confirmation(storage::Transaction& transaction, std::string_view order_id,
                                   std::string_view reason, TimePoint next_attempt);

// Stores the answer and ends the asking. kConflict when there is one.
Result<void> insert_answer(storage::Transaction& transaction, std::string_view order_id,
                           const StoredAnswer& answer, TimePoint now);
Result<std::optional<StoredAnswer>> find_answer(storage::Reader& reader, std::string_view order_id);

}  // namespace countersign::merchant
