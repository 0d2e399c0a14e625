// SPDX-License-Identifier: Apache-2.0
#include "merchant/webhook_store.h"

#include <boost/json/object.hpp>

#include "crypto/random.h"
#include "documents/json.h"

namespace countersign::merchant {
namespace {

constexpr std::string_view kColumns =
    "id, event, checkout, body, created, attempts, next_attempt, delivered, last_error";

std::optional<TimePoint> time_of(const storage::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_seconds(row.integer(column));
}

Result<std::vector<Webhook>> select(storage::Reader& reader, std::string_view condition,
                                    const storage::Values& parameters) {
  const std::string sql =
      "SELECT " + std::string(kColumns) + " FROM webhooks WHERE " + std::string(condition);
  TRY(const auto rows, reader.query(sql, parameters));
  std::vector<Webhook> webhooks;
  for (const auto& row : rows)
    webhooks.push_back({row.text(0), row.text(1), row.text(2), row.blob(3), from_unix_seconds(row.integer(4)),
                        row.integer(5), time_of(row, 6), time_of(row, 7), row.text(8)});
  return webhooks;
}

Result<void> enqueue(storage::Transaction& transaction, const Checkout& checkout, std::string_view order_id,
                     const std::string& event, TimePoint now) {
  const std::string id = crypto::random_uuid_v7(now);
  boost::json::object body{{"type", event}, {"version", 1}};
  body["id"] = id;
  body["time"] = format_time(now);
  body["checkout"] = checkout.id;
  body["reference"] = checkout.reference;
  body["state"] = std::string(told_state_of(checkout));
  if (!order_id.empty()) body["orderId"] = order_id;
  TRY(transaction.execute(
      "INSERT INTO webhooks (id, event, checkout, body, created, next_attempt) "
      "VALUES ($1, $2, $3, $4, $5, $5)",
      {id, event, checkout.id, to_bytes(documents::write_json(body)), unix_seconds(now)}));
  return ok();
}

}  // namespace

Result<void> enqueue_event(storage::Transaction& transaction, const Checkout& checkout,
                           std::string_view order_id, TimePoint now) {
  const std::string event =
      (checkout.purpose == documents::DialoguePurpose::kPurchase ? "checkout." : "identification.") +
      std::string(told_state_of(checkout));
  return enqueue(transaction, checkout, order_id, event, now);
}

Result<void> enqueue_payment_event(storage::Transaction& transaction, const Checkout& checkout,
                                   std::string_view order_id, const PaymentEnd& end) {
  return enqueue(transaction, checkout, order_id, "checkout.payment_" + std::string(end.name), end.now);
}

Result<std::vector<Webhook>> due_webhooks(storage::Reader& reader, TimePoint now, int limit) {
  return select(reader, "next_attempt <= $1 ORDER BY next_attempt, id LIMIT $2",
                {unix_seconds(now), std::int64_t{limit}});
}

Result<std::int64_t> count_waiting_webhooks(storage::Reader& reader) {
  TRY(const auto row, reader.query_one("SELECT COUNT(*) FROM webhooks WHERE next_attempt IS NOT NULL", {}));
  return row ? row->integer(0) : 0;
}

Result<std::vector<Webhook>> list_webhooks(storage::Reader& reader, std::string_view cursor, int limit) {
  return select(reader, "$1 = '' OR id < $1 ORDER BY id DESC LIMIT $2",
                {std::string(cursor), std::int64_t{limit}});
}

Result<void> mark_delivered(storage::Transaction& transaction, std::string_view id, TimePoint now) {
  TRY(
      transaction.execute("UPDATE webhooks SET delivered = $2, next_attempt = NULL, attempts = attempts + 1, "
                          "last_error = '' WHERE id = $1",
                          {std::string(id), unix_seconds(now)}));
  return ok();
}

Result<void> mark_failed(storage::Transaction& transaction, std::string_view id, std::string_view reason,
                         std::optional<TimePoint> next_attempt) {
  const std::int64_t next = next_attempt ? unix_seconds(*next_attempt) : 0;
  TRY(
      transaction.execute("UPDATE webhooks SET attempts = attempts + 1, last_error = $2, next_attempt = "
                          "NULLIF($3, 0) WHERE id = $1",
                          {std::string(id), std::string(reason), next}));
  return ok();
}

Result<void> replay_webhook(storage::Transaction& transaction, std::string_view id, TimePoint now) {
  TRY(const auto changed,
      transaction.execute("UPDATE webhooks SET next_attempt = $2, attempts = 0 WHERE id = $1",
                          {std::string(id), unix_seconds(now)}));
  if (changed == 0) return fail(ErrorCode::kNotFound, "webhook " + std::string(id));
  return ok();
}

}  // namespace countersign::merchant
