// SPDX-License-Identifier: Apache-2.0
#include "merchant/capture_store.h"

namespace countersign::merchant {
namespace {

using State = StoredCapture::State;

std::string name_of(State state) {
  if (state == State::kCaptured) return "captured";
  return state == State::kFailed ? "failed" : "waiting";
}

State state_of(std::string_view name) {
  if (name == "captured") return State::kCaptured;
  return name == "failed" ? State::kFailed : State::kWaiting;
}

}  // namespace

Result<void> insert_capture(storage::Transaction& transaction, std::string_view order_id, TimePoint now) {
  TRY(transaction.execute("INSERT INTO captures (order_id, state, next_attempt) VALUES ($1, 'waiting', $2)",
                          {std::string(order_id), unix_seconds(now)}));
  return ok();
}

Result<std::optional<StoredCapture>> find_capture(storage::Reader& reader, std::string_view order_id) {
  TRY(const auto row,
      reader.query_one("SELECT order_id, state, extract, movement, attempts, last_error FROM captures "
                       "WHERE order_id = $1",
                       {std::string(order_id)}));
  if (!row) return std::nullopt;
  StoredCapture capture{row->text(0), state_of(row->text(1)), {},
                        row->text(3), row->integer(4),        row->text(5)};
  if (!row->is_null(2)) capture.extract = row->blob(2);
  return std::optional(std::move(capture));
}

Result<std::vector<std::string>> due_captures(storage::Reader& reader, TimePoint now, int limit) {
  TRY(const auto rows, reader.query("SELECT order_id FROM captures WHERE next_attempt <= $1 "
                                    "ORDER BY next_attempt LIMIT $2",
                                    {unix_seconds(now), std::int64_t{limit}}));
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(row.text(0));
  return ids;
}

Result<std::int64_t> count_waiting_captures(storage::Reader& reader) {
  TRY(const auto row, reader.query_one("SELECT COUNT(*) FROM captures WHERE next_attempt IS NOT NULL", {}));
  return row ? row->integer(0) : 0;
}

Result<void> put_extract(storage::Transaction& transaction, std::string_view order_id, BytesView extract) {
  TRY(transaction.execute("UPDATE captures SET extract = $2 WHERE order_id = $1",
                          {std::string(order_id), to_bytes(extract)}));
  return ok();
}

Result<void> put_capture(storage::Transaction& transaction, const StoredCapture& capture,
                         std::optional<TimePoint> next_attempt) {
  storage::Values parameters{capture.order_id, name_of(capture.state), capture.movement, capture.attempts,
                             capture.last_error};
  std::string next = "NULL";
  if (next_attempt) {
    next = "$6";
    parameters.emplace_back(unix_seconds(*next_attempt));
  }
  TRY(
      transaction.execute("UPDATE captures SET state = $2, movement = $3, attempts = $4, last_error = $5, "
                          "next_attempt = " +
                              next + " WHERE order_id = $1 AND next_attempt IS NOT NULL",
                          parameters));
  return ok();
}

}  // namespace countersign::merchant
