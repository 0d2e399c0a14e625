// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"

namespace countersign::merchant {

// Refund is one sum that goes back to the purchaser of a captured order: asked → refunded | refused.
struct Refund {
  enum class State { kAsked, kRefunded, kRefused };
  std::string id;  // UUIDv7, the reference at the card company
  std::string order_id;
  std::int64_t amount = 0;  // minor units of the order's currency
  State state = State::kAsked;
  std::string movement;  // the company's id, once refunded; else empty
  std::string code;      // why the company refused; else empty
  std::int64_t attempts = 0;
};
std::string_view refund_state_name(Refund::State state);

// Stores one that is asked for under an idempotency key, due again at `next_attempt` if no answer came.
// kConflict for a key that is taken.
struct RefundTimes {
  TimePoint now, next_attempt;
};
Result<void> insert_refund(storage::Transaction& transaction, const Refund& refund,
                           std::string_view request_key, const RefundTimes& times);
Result<std::optional<Refund>> find_refund_by_request(storage::Reader& reader, std::string_view request_key);
// What was refunded of an order, or may have been.
Result<std::int64_t> sum_of_refunds(storage::Reader& reader, std::string_view order_id);
// All of an order, the oldest first.
Result<std::vector<Refund>> refunds_of(storage::Reader& reader, std::string_view order_id);
// Those without an answer that are due, the longest due first.
Result<std::vector<Refund>> due_refunds(storage::Reader& reader, TimePoint now, int limit);
// Records what became of one that is asked; nothing where somebody did already.
Result<void> conclude_refund(storage::Transaction& transaction, const Refund& refund);
// Records that no answer came, and why.
Result<void> postpone_refund(storage::Transaction& transaction, const Refund& refund, std::string_view reason,
                             TimePoint next_attempt);

}  // namespace countersign::merchant
