// SPDX-License-Identifier: Apache-2.0
#include "merchant/checkout_store.h"

namespace countersign::merchant {
namespace {

constexpr std::string_view kCheckoutColumns =
    "id, reference, origin, lines, currency, total, created, expires, state, request_digest, purpose, "
    "fields, identification, profiles";

Result<Checkout> checkout_of(const storage::Row& row) {
  const auto state = checkout_state_of_name(row.text(8));
  if (!state) return fail(ErrorCode::kInternal, "checkouts.state: unknown");
  TRY(const auto purpose, documents::purpose_of_name(row.text(10)));
  TRY(auto fields, parse_fields(row.text(11)));
  TRY(auto profiles, parse_profiles(row.text(13)));
  std::vector<documents::OrderLine> lines;
  if (purpose == documents::DialoguePurpose::kPurchase) {
    TRY(lines, parse_lines(row.blob(3)));
  }
  return Checkout{.id = row.text(0),
                  .reference = row.text(1),
                  .origin = row.text(2),
                  .lines = std::move(lines),
                  .total = {row.integer(5), row.text(4)},
                  .created = from_unix_seconds(row.integer(6)),
                  .expires = from_unix_seconds(row.integer(7)),
                  .state = *state,
                  .purpose = purpose,
                  .fields = std::move(fields),
                  .identification = row.text(12),
                  .profiles = std::move(profiles)};
}

StoredOrder order_of(const storage::Row& row) {
  return {row.text(0), row.text(1), row.blob(2), row.blob(3), from_unix_seconds(row.integer(4))};
}

Result<std::vector<std::string>> first_column(storage::Reader& reader, std::string_view sql,
                                              const storage::Values& parameters) {
  TRY(const auto rows, reader.query(sql, parameters));
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row.text(0));
  return texts;
}

}  // namespace

Result<void> insert_checkout(storage::Transaction& transaction, const Checkout& checkout,
                             std::string_view request_key, const Sha256Digest& request_digest) {
  TRY(transaction.execute(
      "INSERT INTO checkouts (id, reference, origin, lines, currency, total, created, expires, state, "
      "request_key, request_digest, purpose, fields, identification, profiles) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULLIF($10, ''), $11, $12, $13, $14, $15)",
      {checkout.id, checkout.reference, checkout.origin, to_bytes(write_lines(checkout.lines)),
       checkout.total.currency, checkout.total.minor_units, unix_seconds(checkout.created),
       unix_seconds(checkout.expires), std::string(checkout_state_name(checkout.state)),
       std::string(request_key), to_bytes(request_digest),
       std::string(documents::purpose_name(checkout.purpose)), write_fields(checkout.fields),
       checkout.identification, write_profiles(checkout.profiles)}));
  return ok();
}

Result<std::optional<Checkout>> find_checkout(storage::Reader& reader, std::string_view id) {
  const std::string sql = "SELECT " + std::string(kCheckoutColumns) + " FROM checkouts WHERE id = $1";
  TRY(const auto row, reader.query_one(sql, {std::string(id)}));
  if (!row) return std::nullopt;
  TRY(auto checkout, checkout_of(*row));
  return std::optional(std::move(checkout));
}

Result<Checkout> require_checkout(storage::Reader& reader, std::string_view id) {
  TRY(auto checkout, find_checkout(reader, id));
  if (!checkout) return fail(ErrorCode::kNotFound, "checkout " + std::string(id));
  return std::move(*checkout);
}

Result<std::vector<Checkout>> list_checkouts(storage::Reader& reader, std::string_view cursor, int limit) {
  const std::string sql =
      "SELECT " + std::string(kCheckoutColumns) +
      " FROM checkouts WHERE purpose = 'purchase' AND ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2";
  TRY(const auto rows, reader.query(sql, {std::string(cursor), std::int64_t{limit}}));
  std::vector<Checkout> checkouts;
  for (const auto& row : rows) {
    TRY(auto checkout, checkout_of(row));
    checkouts.push_back(std::move(checkout));
  }
  return checkouts;
}

Result<std::optional<RequestedCheckout>> find_checkout_by_request(storage::Reader& reader,
                                                                  std::string_view key) {
  const std::string sql =
      "SELECT " + std::string(kCheckoutColumns) + " FROM checkouts WHERE request_key = $1";
  TRY(const auto row, reader.query_one(sql, {std::string(key)}));
  if (!row) return std::nullopt;
  TRY(auto checkout, checkout_of(*row));
  return std::optional(RequestedCheckout{std::move(checkout), row->blob(9)});
}

Result<void> set_checkout_state(storage::Transaction& transaction, std::string_view id, CheckoutState state) {
  TRY(transaction.execute("UPDATE checkouts SET state = $2 WHERE id = $1",
                          {std::string(id), std::string(checkout_state_name(state))}));
  return ok();
}

Result<std::vector<std::string>> overdue_checkouts(storage::Reader& reader, TimePoint now, int limit) {
  return first_column(reader,
                      "SELECT id FROM checkouts WHERE state IN ('open', 'taken') AND expires <= $1 "
                      "ORDER BY expires LIMIT $2",
                      {unix_seconds(now), std::int64_t{limit}});
}

Result<void> insert_order(storage::Transaction& transaction, const StoredOrder& order) {
  TRY(transaction.execute(
      "INSERT INTO orders (id, checkout, document, purchaser, expires) VALUES ($1, $2, $3, $4, $5)",
      {order.id, order.checkout, order.document, order.purchaser, unix_seconds(order.expires)}));
  return ok();
}

Result<std::optional<StoredOrder>> find_order(storage::Reader& reader, std::string_view order_id) {
  TRY(const auto row,
      reader.query_one("SELECT id, checkout, document, purchaser, expires FROM orders WHERE id = $1",
                       {std::string(order_id)}));
  if (!row) return std::nullopt;
  return std::optional(order_of(*row));
}

Result<std::optional<StoredOrder>> find_order_of(storage::Reader& reader, std::string_view checkout) {
  TRY(const auto row,
      reader.query_one("SELECT id, checkout, document, purchaser, expires FROM orders WHERE checkout = $1",
                       {std::string(checkout)}));
  if (!row) return std::nullopt;
  return std::optional(order_of(*row));
}

Result<void> insert_countersigned(storage::Transaction& transaction, std::string_view order_id,
                                  BytesView document, TimePoint now) {
  TRY(transaction.execute(
      "INSERT INTO countersigned_orders (order_id, document, created, next_attempt) VALUES ($1, $2, $3, $3)",
      {std::string(order_id), to_bytes(document), unix_seconds(now)}));
  return ok();
}

Result<std::optional<StoredCountersignedOrder>> find_countersigned(storage::Reader& reader,
                                                                   std::string_view order_id) {
  TRY(const auto row,
      reader.query_one("SELECT order_id, document, attempts, next_attempt FROM countersigned_orders "
                       "WHERE order_id = $1",
                       {std::string(order_id)}));
  if (!row) return std::nullopt;
  StoredCountersignedOrder stored{row->text(0), row->blob(1), row->integer(2), std::nullopt};
  if (!row->is_null(3)) stored.next_attempt = from_unix_seconds(row->integer(3));
  return std::optional(std::move(stored));
}

Result<std::vector<std::string>> pending_confirmations(storage::Reader& reader, TimePoint now, int limit) {
  return first_column(reader,
                      "SELECT order_id FROM countersigned_orders WHERE next_attempt <= $1 "
                      "ORDER BY next_attempt LIMIT $2",
                      {unix_seconds(now), std::int64_t{limit}});
}

Result<std::int64_t> count_pending_confirmations(storage::Reader& reader) {
  TRY(const auto row,
      reader.query_one("SELECT COUNT(*) FROM countersigned_orders WHERE next_attempt IS NOT NULL", {}));
  return row ? row->integer(0) : 0;
}

Result<void> postpone_confirmation(storage::Transaction& transaction, std::string_view order_id,
                                   std::string_view reason, TimePoint next_attempt) {
  TRY(
      transaction.execute("UPDATE countersigned_orders SET attempts = attempts + 1, last_error = $2, "
                          "next_attempt = $3 WHERE order_id = $1 AND next_attempt IS NOT NULL",
                          {std::string(order_id), std::string(reason), unix_seconds(next_attempt)}));
  return ok();
}

Result<void> insert_answer(storage::Transaction& transaction, std::string_view order_id,
                           const StoredAnswer& answer, TimePoint now) {
  const bool confirmed = answer.answer.kind == SignedAnswer::Kind::kConfirmation;
  TRY(transaction.execute(
      "INSERT INTO answers (order_id, kind, document, code, received) VALUES ($1, $2, $3, $4, $5)",
      {std::string(order_id), std::string(confirmed ? "confirmation" : "refusal"), answer.answer.document,
       answer.code, unix_seconds(now)}));
  TRY(
      transaction.execute("UPDATE countersigned_orders SET next_attempt = NULL, attempts = attempts + 1, "
                          "last_error = '' WHERE order_id = $1",
                          {std::string(order_id)}));
  return ok();
}

Result<std::optional<StoredAnswer>> find_answer(storage::Reader& reader, std::string_view order_id) {
  TRY(const auto row, reader.query_one("SELECT kind, document, code FROM answers WHERE order_id = $1",
                                       {std::string(order_id)}));
  if (!row) return std::nullopt;
  const auto kind =
      row->text(0) == "confirmation" ? SignedAnswer::Kind::kConfirmation : SignedAnswer::Kind::kRefusal;
  return std::optional(StoredAnswer{{kind, row->blob(1)}, row->text(2)});
}

}  // namespace countersign::merchant
