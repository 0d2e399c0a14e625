// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "merchant/authority_access.h"
#include "storage/database.h"

namespace countersign::merchant {

// StoredReceipt is what is known of the place of a confirmed order in the public log. Orders whose
// confirmation names no log have none.
struct StoredReceipt {
  std::string order_id;
  Bytes document;  // JSON, accepted before it was stored (check_receipt); empty: none came yet
  // As the authority calls it, "pending" until it says otherwise; nobody signs that.
  std::string state = "pending";
  std::int64_t attempts = 0;
  std::optional<TimePoint> next_attempt;  // absent: it is not asked for again
};

// Begins to keep the receipt of a confirmation that was just stored, with the one that came with it, if any;
// where the confirmation names no log, nothing.
Result<void> begin_receipt(storage::Transaction& transaction, std::string_view order_id,
                           const SignedAnswer& confirmation, TimePoint next_attempt);
Result<std::optional<StoredReceipt>> find_receipt(storage::Reader& reader, std::string_view order_id);
// Those that are to be asked for, the longest due first.
Result<std::vector<StoredReceipt>> due_receipts(storage::Reader& reader, TimePoint now, int limit);
// Puts what was learned in the place of what was stored.
Result<void> put_receipt(storage::Transaction& transaction, const StoredReceipt& receipt,
                         std::string_view last_error);

}  // namespace countersign::merchant
