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

// Makes a capture that is due at once.
Result<void> insert_capture(storage::Transaction& transaction, std::string_view order_id, TimePoint now);
Result<std::optional<StoredCapture>> find_capture(storage::Reader& reader, std::string_view order_id);
// Ids of the orders that are due, the longest due first.
Result<std::vector<std::string>> due_captures(storage::Reader& reader, TimePoint now, int limit);
Result<std::int64_t> count_waiting_captures(storage::Reader& reader);
Result<void> put_extract(storage::Transaction& transaction, std::string_view order_id, BytesView extract);
// Records how it went on: another try at `next_attempt`, or an end.
Result<void> put_capture(storage::Transaction& transaction, const StoredCapture& capture,
                         std::optional<TimePoint> next_attempt);

}  // namespace countersign::merchant
