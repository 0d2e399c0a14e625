// SPDX-License-Identifier: Apache-2.0
#include "merchant/refund_store.h"

namespace countersign::merchant {
namespace {

using State = Refund::State;

State state_of(std::string_view name) {
  if (name == "refunded") return State::kRefunded;
  return name == "refused" ? State::kRefused : State::kAsked;
}

}  // namespace

std::string_view refund_state_name(State state) {
  if (state == State::kRefunded) return "refunded";
  return state == State::kRefused ? "refused" : "asked";
}

Result<void> insert_refund(storage::Transaction& transaction, const Refund& refund,
                           std::string_view request_key, TimePoint now) {
  TRY(transaction.execute(
      "INSERT INTO refunds (id, order_id, amount, state, request_key, created) "
      "VALUES ($1, $2, $3, 'asked', $4, $5)",
      {refund.id, refund.order_id, refund.amount, std::string(request_key), unix_seconds(now)}));
  return ok();
}

Result<std::optional<Refund>> find_refund_by_request(storage::Reader& reader, std::string_view request_key) {
  TRY(const auto row, reader.query_one("SELECT id, order_id, amount, state, movement, code FROM refunds "
                                       "WHERE request_key = $1",
                                       {std::string(request_key)}));
  if (!row) return std::nullopt;
  return std::optional(Refund{row->text(0), row->text(1), row->integer(2), state_of(row->text(3)),
                              row->text(4), row->text(5)});
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
      "UPDATE refunds SET state = $2, movement = $3, code = $4 "
      "WHERE id = $1 AND state = 'asked'",
      {refund.id, std::string(refund_state_name(refund.state)), refund.movement, refund.code}));
  return ok();
}

}  // namespace countersign::merchant
