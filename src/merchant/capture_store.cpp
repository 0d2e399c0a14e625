// SPDX-License-Identifier: Apache-2.0
#include "merchant/capture_store.h"

namespace countersign::merchant {
namespace {

using State = StoredCapture::State;

constexpr std::string_view kSelect =
    "SELECT order_id, state, extract, movement, attempts, last_error FROM captures WHERE ";

Result<State> state_of(std::string_view name) {
  for (const State state : {State::kWaiting, State::kCaptured, State::kFailed})
    if (capture_state_name(state) == name) return state;
  return fail(ErrorCode::kInternal, "captures.state: unknown");
}

Result<std::vector<StoredCapture>> select(storage::Reader& reader, std::string_view condition,
                                          const storage::Values& parameters) {
  TRY(const auto rows, reader.query(std::string(kSelect) + std::string(condition), parameters));
  std::vector<StoredCapture> captures;
  for (const auto& row : rows) {
    TRY(const auto state, state_of(row.text(1)));
    StoredCapture capture{row.text(0), state, {}, row.text(3), row.integer(4), row.text(5)};
    if (!row.is_null(2)) capture.extract = row.blob(2);
    captures.push_back(std::move(capture));
  }
  return captures;
}

}  // namespace

std::string_view capture_state_name(State state) {
  if (state == State::kCaptured) return "captured";
  return state == State::kFailed ? "failed" : "waiting";
}

Result<void> insert_capture(storage::Transaction& transaction, std::string_view order_id, TimePoint now) {
  TRY(transaction.execute("INSERT INTO captures (order_id, state, next_attempt) VALUES ($1, 'waiting', $2)",
                          {std::string(order_id), unix_seconds(now)}));
  return ok();
}

Result<std::optional<StoredCapture>> find_capture(storage::Reader& reader, std::string_view order_id) {
  TRY(auto found, select(reader, "order_id = $1", {std::string(order_id)}));
  if (found.empty()) return std::nullopt;
  return std::optional(std::move(found.front()));
}

Result<std::vector<std::string>> due_captures(storage::Reader& reader, TimePoint now, int limit) {
  TRY(const auto rows, reader.query("SELECT order_id FROM captures WHERE next_attempt <= $1 "
                                    "ORDER BY next_attempt LIMIT $2",
                                    {unix_seconds(now), std::int64_t{limit}}));
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(row.text(0));
  return ids;
}

Result<CaptureCounts> count_captures(storage::Reader& reader) {
  TRY(const auto waiting,
      reader.query_one("SELECT COUNT(*) FROM captures WHERE next_attempt IS NOT NULL", {}));
  TRY(const auto failed, reader.query_one("SELECT COUNT(*) FROM captures WHERE state = 'failed'", {}));
  return CaptureCounts{waiting ? waiting->integer(0) : 0, failed ? failed->integer(0) : 0};
}

Result<std::vector<StoredCapture>> list_uncaptured(storage::Reader& reader, std::string_view cursor,
                                                   int limit) {
  return select(reader, "state <> 'captured' AND order_id > $1 ORDER BY order_id LIMIT $2",
                {std::string(cursor), std::int64_t{limit}});
}

Result<void> put_extract(storage::Transaction& transaction, std::string_view order_id, BytesView extract) {
  TRY(transaction.execute("UPDATE captures SET extract = $2 WHERE order_id = $1",
                          {std::string(order_id), to_bytes(extract)}));
  return ok();
}

Result<bool> put_capture(storage::Transaction& transaction, const StoredCapture& capture,
                         std::optional<TimePoint> next_attempt) {
  TRY(const auto changed,
      transaction.execute("UPDATE captures SET state = $2, movement = $3, attempts = $4, last_error = $5, "
                          "next_attempt = NULLIF($6, 0) WHERE order_id = $1 AND next_attempt IS NOT NULL",
                          {capture.order_id, std::string(capture_state_name(capture.state)), capture.movement,
                           capture.attempts, capture.last_error,
                           next_attempt ? unix_seconds(*next_attempt) : std::int64_t{0}}));
  return changed == 1;
}

Result<void> postpone_capture(storage::Transaction& transaction, std::string_view order_id,
                              std::string_view reason, TimePoint next_attempt) {
  TRY(
      transaction.execute("UPDATE captures SET attempts = attempts + 1, last_error = $2, next_attempt = $3 "
                          "WHERE order_id = $1 AND next_attempt IS NOT NULL",
                          {std::string(order_id), std::string(reason), unix_seconds(next_attempt)}));
  return ok();
}

Result<void> retry_capture(storage::Transaction& transaction, std::string_view order_id, TimePoint now) {
  TRY(const auto changed,
      transaction.execute("UPDATE captures SET state = 'waiting', attempts = 0, next_attempt = $2 "
                          "WHERE order_id = $1 AND state = 'failed'",
                          {std::string(order_id), unix_seconds(now)}));
  if (changed == 0) return fail(ErrorCode::kNotFound, "captures: none failed of this order");
  return ok();
}

}  // namespace countersign::merchant
