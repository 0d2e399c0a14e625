// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"

namespace countersign::merchant {

// StoredCapture is how far the taking of a confirmed order's split payment got: waiting → captured | failed.
struct StoredCapture {
  enum class State { kWaiting, kCaptured, kFailed };
  std::string order_id;
  State state = State::kWaiting;
  Bytes extract;         // CMS of the authority, once it was verified; else empty
  std::string movement;  // the company's id of what it captured; else empty
  std::int64_t attempts = 0;
  std::string last_error;  // detail of the last failure, for the operator; or empty
};

std::string_view capture_state_name(StoredCapture::State state);

// Makes a capture that is due at once.
Result<void> insert_capture(storage::Transaction& transaction, std::string_view order_id, TimePoint now);
Result<std::optional<StoredCapture>> find_capture(storage::Reader& reader, std::string_view order_id);
// Ids of the orders that are due, the longest due first.
Result<std::vector<std::string>> due_captures(storage::Reader& reader, TimePoint now, int limit);
// How many wait, and how many failed.
struct CaptureCounts {
  std::int64_t waiting = 0, failed = 0;
};
Result<CaptureCounts> count_captures(storage::Reader& reader);
// Those that wait or failed, in the order of the orders' ids, behind `cursor` (an id, or empty).
Result<std::vector<StoredCapture>> list_uncaptured(storage::Reader& reader, std::string_view cursor,
                                                   int limit);
Result<void> put_extract(storage::Transaction& transaction, std::string_view order_id, BytesView extract);
// Records how one that waits went on: another try at `next_attempt`, or an end. Whether it still waited.
Result<bool> put_capture(storage::Transaction& transaction, const StoredCapture& capture,
                         std::optional<TimePoint> next_attempt);
// Records that one that waits cannot be tried now, and why.
Result<void> postpone_capture(storage::Transaction& transaction, std::string_view order_id,
                              std::string_view reason, TimePoint next_attempt);
// Makes one that failed waiting again, and due at once. kNotFound where none failed of this order.
Result<void> retry_capture(storage::Transaction& transaction, std::string_view order_id, TimePoint now);

}  // namespace countersign::merchant
