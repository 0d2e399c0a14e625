// SPDX-License-Identifier: Apache-2.0
#include "merchant/receipt_store.h"

#include "documents/confirmation.h"
#include "documents/receipt.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

Result<std::vector<StoredReceipt>> select(storage::Reader& reader, std::string_view condition,
                                          const storage::Values& parameters) {
  TRY(const auto rows,
      reader.query("SELECT order_id, document, state, attempts, next_attempt FROM receipts WHERE " +
                       std::string(condition),
                   parameters));
  std::vector<StoredReceipt> receipts;
  for (const auto& row : rows) {
    StoredReceipt receipt{row.text(0), row.blob(1), row.text(2), row.integer(3), std::nullopt};
    if (!row.is_null(4)) receipt.next_attempt = from_unix_seconds(row.integer(4));
    receipts.push_back(std::move(receipt));
  }
  return receipts;
}

storage::Value seconds_or_null(const std::optional<TimePoint>& time) {
  return time ? storage::Value(unix_seconds(*time)) : storage::Value(nullptr);
}

}  // namespace

Result<void> begin_receipt(storage::Transaction& transaction, std::string_view order_id,
                           const SignedAnswer& confirmation, TimePoint next_attempt) {
  TRY(const auto cms, x509::UnverifiedCms::parse(confirmation.document));
  TRY(const auto said, documents::parse_confirmation(cms.unverified_content()));
  if (!said.log) return ok();
  std::string state = "pending";
  if (!confirmation.receipt.empty()) {
    TRY(const auto receipt, documents::parse_receipt(confirmation.receipt));
    state = documents::witness_state_name(receipt.state);
  }
  TRY(transaction.execute(
      "INSERT INTO receipts (order_id, document, state, next_attempt) VALUES ($1, $2, $3, $4)",
      {std::string(order_id), confirmation.receipt, state, unix_seconds(next_attempt)}));
  return ok();
}

Result<std::optional<StoredReceipt>> find_receipt(storage::Reader& reader, std::string_view order_id) {
  TRY(auto found, select(reader, "order_id = $1", {std::string(order_id)}));
  if (found.empty()) return std::nullopt;
  return std::optional(std::move(found.front()));
}

Result<std::vector<StoredReceipt>> due_receipts(storage::Reader& reader, TimePoint now, int limit) {
  return select(reader, "next_attempt <= $1 ORDER BY next_attempt LIMIT $2",
                {unix_seconds(now), std::int64_t{limit}});
}

Result<void> put_receipt(storage::Transaction& transaction, const StoredReceipt& receipt,
                         std::string_view last_error) {
  TRY(transaction.execute(
      "UPDATE receipts SET document = $2, state = $3, next_attempt = $4, last_error = $5, "
      "attempts = $6 WHERE order_id = $1",
      {receipt.order_id, receipt.document, receipt.state, seconds_or_null(receipt.next_attempt),
       std::string(last_error), receipt.attempts}));
  return ok();
}

}  // namespace countersign::merchant
