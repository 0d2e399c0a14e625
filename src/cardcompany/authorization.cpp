// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/authorization.h"

#include <algorithm>
#include <array>

#include "crypto/random.h"

namespace countersign::cardcompany {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"approved", "declined", "released"};
constexpr std::string_view kColumns =
    "SELECT id, merchant, reference, account, amount, currency, state, code, decided, expires, "
    "question_digest, COALESCE(split_transaction, ''), COALESCE(split_purchaser, ''), "
    "foreign_home FROM authorizations ";
constexpr std::size_t kQuestion = 10;
constexpr std::size_t kTransaction = 11;
constexpr std::size_t kPurchaser = 12;
constexpr std::size_t kForeignHome = 13;

Result<Authorization> authorization_of(const storage::Row& row) {
  const auto* const state = std::ranges::find(kStates, row.text(6));
  if (state == kStates.end()) return fail(ErrorCode::kInternal, "authorization: unknown state in the store");
  return Authorization{
      .id = row.text(0),
      .merchant = row.text(1),
      .reference = row.text(2),
      .account = row.is_null(3) ? std::nullopt : std::optional<std::string>(row.text(3)),
      .amount = {row.integer(4), row.text(5)},
      .state = static_cast<Authorization::State>(state - kStates.begin()),
      .code = row.text(7),
      .decided = from_unix_seconds(row.integer(8)),
      .expires = from_unix_seconds(row.integer(9)),
      .transaction = row.text(kTransaction),
      .purchaser = row.text(kPurchaser),
      .foreign_home = row.text(kForeignHome),
  };
}

}  // namespace

std::string_view state_name(Authorization::State state) {
  return kStates.at(static_cast<std::size_t>(state));
}

Result<std::optional<Authorization>> find_authorization(storage::Reader& reader, std::string_view id) {
  TRY(const auto row, reader.query_one(std::string(kColumns) + "WHERE id = $1", {std::string(id)}));
  if (!row) return std::nullopt;
  TRY(auto authorization, authorization_of(*row));
  return std::optional<Authorization>(std::move(authorization));
}

Result<std::vector<Authorization>> list_authorizations(storage::Reader& reader, std::string_view before,
                                                       int limit) {
  TRY(const auto rows,
      reader.query(std::string(kColumns) + "WHERE ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2",
                   {std::string(before), std::int64_t{limit}}));
  std::vector<Authorization> authorizations;
  for (const auto& row : rows) {
    TRY(auto authorization, authorization_of(row));
    authorizations.push_back(std::move(authorization));
  }
  return authorizations;
}

Result<void> insert_authorization(storage::Transaction& transaction, const Authorization& authorization,
                                  const QuestionDigests& digests) {
  const auto account =
      authorization.account ? storage::Value(*authorization.account) : storage::Value(nullptr);
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? storage::Value(nullptr) : storage::Value(text);
  };
  TRY(transaction.execute(
      "INSERT INTO authorizations (id, merchant, reference, question_digest, order_digest, account, amount, "
      "currency, state, code, decided, expires, number_digest, split_transaction, "
      "split_purchaser, foreign_home) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
      "$15, $16)",
      {authorization.id, authorization.merchant, authorization.reference, to_bytes(digests.question),
       to_bytes(digests.order), account, authorization.amount.minor_units, authorization.amount.currency,
       std::string(state_name(authorization.state)), authorization.code, unix_seconds(authorization.decided),
       unix_seconds(authorization.expires), to_bytes(digests.number), text_or_null(authorization.transaction),
       text_or_null(authorization.purchaser), authorization.foreign_home}));
  return ok();
}

Result<std::optional<KnownReference>> find_reference(storage::Reader& reader, std::string_view merchant,
                                                     std::string_view reference) {
  TRY(const auto row, reader.query_one(std::string(kColumns) + "WHERE merchant = $1 AND reference = $2",
                                       {std::string(merchant), std::string(reference)}));
  if (!row) return std::nullopt;
  TRY(auto authorization, authorization_of(*row));
  return std::optional<KnownReference>(KnownReference{std::move(authorization), row->blob(kQuestion)});
}

// No question has an empty digest.
Result<void> insert_released_reference(storage::Transaction& transaction, std::string_view merchant,
                                       std::string_view reference, TimePoint now) {
  TRY(transaction.execute(
      "INSERT INTO authorizations (id, merchant, reference, question_digest, order_digest, amount, currency, "
      "state, code, decided) VALUES ($1, $2, $3, $4, $4, 0, '', 'released', '', $5)",
      {crypto::random_uuid_v7(now), std::string(merchant), std::string(reference), Bytes{},
       unix_seconds(now)}));
  return ok();
}

Result<void> set_released(storage::Transaction& transaction, std::string_view id, std::string_view code) {
  TRY(transaction.execute(
      "UPDATE authorizations SET state = 'released', code = $2 WHERE id = $1 AND (state = 'approved' OR "
      "(state = 'released' AND code = 'expired'))",
      {std::string(id), std::string(code)}));
  return ok();
}

// As the index one_approval_each of the store.
Result<bool> has_approval(storage::Reader& reader, std::string_view merchant, std::string_view transaction) {
  TRY(const auto row,
      reader.query_one("SELECT 1 FROM authorizations WHERE merchant = $1 AND split_transaction = $2 AND "
                       "(state = 'approved' OR (state = 'released' AND code <> '')) LIMIT 1",
                       {std::string(merchant), std::string(transaction)}));
  return row.has_value();
}

Result<void> set_approved_again(storage::Transaction& transaction, std::string_view id) {
  TRY(transaction.execute(
      "UPDATE authorizations SET state = 'approved', code = '' WHERE id = $1 AND code = 'expired'",
      {std::string(id)}));
  return ok();
}

Result<bool> is_approved_otherwise(storage::Reader& reader, std::string_view merchant, BytesView question,
                                   std::string_view but_id) {
  TRY(const auto row, reader.query_one("SELECT 1 FROM authorizations WHERE merchant = $1 AND "
                                       "question_digest = $2 AND state = 'approved' AND id <> $3 LIMIT 1",
                                       {std::string(merchant), to_bytes(question), std::string(but_id)}));
  return row.has_value();
}

}  // namespace countersign::cardcompany
