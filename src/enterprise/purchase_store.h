// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "enterprise/purchase_order.h"
#include "storage/database.h"

// The rows of purchase orders, approvals and events. No rule stands here but what the schema enforces: one
// open or signed purchase order for each checkout, and for each order of a seller.
namespace countersign::enterprise {

Result<void> migrate_enterprise(storage::Database& database);

// A purchase order with when it is to be worked on next; never, without a time.
struct StoredPurchase {
  PurchaseOrder order;
  std::optional<TimePoint> next_attempt;
};

Result<std::optional<StoredPurchase>> find_purchase(storage::Reader& reader, std::string_view id);
Result<std::optional<StoredPurchase>> find_request(storage::Reader& reader, std::string_view credential,
                                                   std::string_view request_key);
// kConflict where the schema says so.
Result<void> insert_purchase(storage::Transaction& transaction, const StoredPurchase& purchase);
Result<void> update_purchase(storage::Transaction& transaction, const StoredPurchase& purchase);
Result<std::vector<PurchaseOrder>> list_purchases(storage::Reader& reader, std::optional<PurchaseState> state,
                                                  std::string_view cursor, int limit);
// Those whose time has come, and open ones whose time is over.
Result<std::vector<DuePurchase>> due_purchases(storage::Reader& reader, TimePoint now, int limit);

struct PurchaseCounts {
  std::int64_t awaiting_approval = 0;
  std::int64_t pending = 0;  // signed, and not decided or not fetched yet
};
Result<PurchaseCounts> count_purchases(storage::Reader& reader);

Result<std::vector<Approval>> approvals_of(storage::Reader& reader, const PurchaseOrder& order);
Result<void> insert_approval(storage::Transaction& transaction, std::string_view id,
                             const Approval& approval);
// The newest 1,000, oldest first.
Result<std::vector<PurchaseEvent>> events_of(storage::Reader& reader, std::string_view id);
Result<std::int64_t> count_events(storage::Reader& reader, std::string_view id, std::string_view act);
Result<void> append_event(storage::Transaction& transaction, std::string_view id, const PurchaseEvent& event);

}  // namespace countersign::enterprise
