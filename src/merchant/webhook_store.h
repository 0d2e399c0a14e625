// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "merchant/checkout.h"
#include "storage/database.h"

namespace countersign::merchant {

// Webhook is one event on its way to the shop. Waiting while it has a next attempt, delivered, or given up.
struct Webhook {
  std::string id;     // UUIDv7, also of the event inside: receivers drop repeats by it
  std::string event;  // "checkout.confirmed"
  std::string checkout;
  Bytes body;  // JSON
  TimePoint created;
  std::int64_t attempts = 0;
  std::optional<TimePoint> next_attempt, delivered;
  std::string last_error;
};

// Adds the event that `checkout` has come into its present state, in the transaction that brought it there.
Result<void> enqueue_event(storage::Transaction& transaction, const Checkout& checkout,
                           std::string_view order_id, TimePoint now);

// Adds the event that the split payment of a confirmed checkout was captured, or cannot be: "captured" or
// "failed".
struct PaymentEnd {
  std::string_view name;
  TimePoint now;
};
Result<void> enqueue_payment_event(storage::Transaction& transaction, const Checkout& checkout,
                                   std::string_view order_id, const PaymentEnd& end);

Result<std::vector<Webhook>> due_webhooks(storage::Reader& reader, TimePoint now, int limit);
Result<std::int64_t> count_waiting_webhooks(storage::Reader& reader);
// Newest first, from before `cursor` (an id, or empty).
Result<std::vector<Webhook>> list_webhooks(storage::Reader& reader, std::string_view cursor, int limit);
Result<void> mark_delivered(storage::Transaction& transaction, std::string_view id, TimePoint now);
// Without a next attempt it is given up, until it is replayed.
Result<void> mark_failed(storage::Transaction& transaction, std::string_view id, std::string_view reason,
                         std::optional<TimePoint> next_attempt);
// Sends it once more, whatever became of it. kNotFound.
Result<void> replay_webhook(storage::Transaction& transaction, std::string_view id, TimePoint now);

}  // namespace countersign::merchant
