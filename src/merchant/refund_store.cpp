// SPDX-License-Identifier: Apache-2.0
#include "merchant/refund_store.h"

namespace countersign::merchant {
namespace {

using State = Refund::State;

constexpr std::string_view kSelect =
    "SELECT id, order_id, amount, state, movement, code, attempts FROM refunds WHERE ";

Result<State> state_of(std::string_view name) {
  for (const State state : {State::kAsked, State::kRefunded, State::kRefused})
    if (refund_state_name(state) == name) return state;
  return fail(ErrorCode::kInternal, "refunds.state: unknown");
}

Result<std::vector<Refund>> select(storage::Reader& reader, std::string_view condition,
                                   const storage::Values& parameters) {
  TRY(const auto rows, reader.query(std::string(kSelect) + std::string(condition), parameters));
  std::vector<Refund> refunds;
  for (const auto& row : rows) {
    TRY(const auto state, state_of(row.text(3)));
    refunds.push_back(
        {row.text(0), row.text(1), row.integer(2), state, row.text(4), row.text(5), row.integer(6)});
  }
  return refunds;
}

}  // namespace

std::string_view refund_state_name(State state) {
  if (state == State::kRefunded) return "refunded";
  return state == State::kRefused ? "refused" : "asked";
}

Result<void> insert_refund(storage::Transaction& transaction, const Refund& refund,
                           std::string_view request_key, const RefundTimes& times) {
  TRY(transaction.execute(
      "INSERT INTO refunds (id, order_id, amount, state, request_key, created, next_attempt) "
      "VALUES ($1, $2, $3, 'asked', $4, $5, $6)",
      {refund.id, refund.order_id, refund.amount, std::string(request_key), unix_seconds(times.now),
       unix_seconds(times.next_attempt)}));
  return ok();
}

Result<std::optional<Refund>> find_refund_by_request(storage::Reader& reader, std::string_view request_key) {
  TRY(auto found, select(reader, "request_key = $1", {std::string(request_key)}));
  if (found.empty()) return std::nullopt;
  return std::optional(std::move(found.front()));
}

Result<std::vector<Refund>> refunds_of(storage::Reader& reader, std::string_view order_id) {
  return select(reader, "order_id = $1 ORDER BY id LIMIT 500", {std::string(order_id)});
}

Result<std::vector<Refund>> due_refunds(storage::Reader& reader, TimePoint now, int limit) {
  return select(reader, "next_attempt <= $1 ORDER BY next_attempt, id LIMIT $2",
                {unix_seconds(now), std::int64_t{limit}});
}

Result<std::int64_t> sum_of_refunds(storage::Reader& reader, std::string_view order_id) {
  TRY(const auto rows, reader.query("SELECT amount FROM refunds WHERE order_id = $1 AND state <> 'refused'",
                                    {std::string(order_id)}));
  std::int64_t sum = 0;  // each was at most what was left of the order's total
  for (const auto& row : rows) sum += row.integer(0);
  return sum;
}

Result<void> conclude_refund(storage::Transaction& transaction, const Refund& refund) {
  TRY(transaction.execute(
      "UPDATE refunds SET state = $2, movement = $3, code = $4, next_attempt = NULL, last_error = '' "
      "WHERE id = $1 AND state = 'asked'",
      {refund.id, std::string(refund_state_name(refund.state)), refund.movement, refund.code}));
  return ok();
}

Result<void> postpone_refund(storage::Transaction& transaction, const Refund& refund, std::string_view reason,
                             TimePoint next_attempt) {
  TRY(
      transaction.execute("UPDATE refunds SET attempts = attempts + 1, last_error = $2, next_attempt = $3 "
                          "WHERE id = $1 AND state = 'asked'",
                          {refund.id, std::string(reason), unix_seconds(next_attempt)}));
  return ok();
}

}  // namespace countersign::merchant
