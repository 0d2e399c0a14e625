// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/hold.h"

#include <algorithm>
#include <array>

namespace countersign::cardcompany {
namespace {

constexpr std::array<std::string_view, 5> kStates = {"open", "captured", "voided", "expired", "reversed"};
constexpr std::string_view kColumns =
    "SELECT authorization_id, merchant, account, amount, currency, state, frees, captured, refunded FROM "
    "holds ";

Result<Hold> hold_of(const storage::Row& row) {
  const auto* const state = std::ranges::find(kStates, row.text(5));
  if (state == kStates.end()) return fail(ErrorCode::kInternal, "hold: unknown state in the store");
  return Hold{.authorization = row.text(0),
              .merchant = row.text(1),
              .account = row.text(2),
              .amount = {row.integer(3), row.text(4)},
              .state = static_cast<Hold::State>(state - kStates.begin()),
              .frees = from_unix_seconds(row.integer(6)),
              .captured = row.integer(7),
              .refunded = row.integer(8)};
}

}  // namespace

std::string_view hold_state_name(Hold::State state) {
  return kStates.at(static_cast<std::size_t>(state));
}

Result<std::optional<Hold>> find_hold(storage::Reader& reader, std::string_view authorization) {
  TRY(const auto row,
      reader.query_one(std::string(kColumns) + "WHERE authorization_id = $1", {std::string(authorization)}));
  if (!row) return std::nullopt;
  TRY(auto hold, hold_of(*row));
  return std::optional<Hold>(std::move(hold));
}

Result<void> insert_hold(storage::Transaction& transaction, const Hold& hold) {
  TRY(transaction.execute(
      "INSERT INTO holds (authorization_id, merchant, account, amount, currency, state, frees) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {hold.authorization, hold.merchant, hold.account, hold.amount.minor_units, hold.amount.currency,
       std::string(hold_state_name(hold.state)), unix_seconds(hold.frees)}));
  return ok();
}

Result<void> update_hold(storage::Transaction& transaction, const Hold& hold) {
  TRY(transaction.execute(
      "UPDATE holds SET state = $2, captured = $3, refunded = $4 WHERE authorization_id = $1",
      {hold.authorization, std::string(hold_state_name(hold.state)), hold.captured, hold.refunded}));
  return ok();
}

Result<std::vector<Hold>> overdue_holds(storage::Reader& reader, TimePoint now, int limit) {
  TRY(const auto rows,
      reader.query(std::string(kColumns) + "WHERE state = 'open' AND frees <= $1 ORDER BY frees LIMIT $2",
                   {unix_seconds(now), std::int64_t{limit}}));
  std::vector<Hold> holds;
  for (const auto& row : rows) {
    TRY(auto hold, hold_of(row));
    holds.push_back(std::move(hold));
  }
  return holds;
}

}  // namespace countersign::cardcompany
