// SPDX-License-Identifier: Apache-2.0
#include "enterprise/purchase_store.h"

#include <algorithm>
#include <array>

namespace countersign::enterprise {
namespace {

constexpr std::array kMigrations = {storage::Migration{1, R"sql(
CREATE TABLE purchase_credentials (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  folded TEXT NOT NULL,
  is_software BIGINT NOT NULL,
  may_ask BIGINT NOT NULL,
  may_approve BIGINT NOT NULL,
  digest BLOB NOT NULL,
  created BIGINT NOT NULL,
  revoked BIGINT
);
CREATE INDEX purchase_credentials_by_name ON purchase_credentials (folded);
CREATE TABLE purchase_orders (
  id TEXT NOT NULL PRIMARY KEY,
  gateway TEXT NOT NULL,
  checkout TEXT NOT NULL,
  token TEXT NOT NULL,
  merchant TEXT NOT NULL,
  total BIGINT NOT NULL,
  currency TEXT NOT NULL,
  reference TEXT NOT NULL,
  request_key TEXT NOT NULL,
  credential TEXT NOT NULL,
  person TEXT NOT NULL,
  state TEXT NOT NULL,
  created BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  order_id TEXT NOT NULL,
  order_bytes BLOB NOT NULL,
  seller BLOB NOT NULL,
  needs_approval BIGINT NOT NULL,
  signed_order BLOB NOT NULL,
  confirmation BLOB NOT NULL,
  refusal BLOB NOT NULL,
  fetched_itself BIGINT NOT NULL,
  cancelled_at_seller BIGINT NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  next_attempt BIGINT
);
CREATE UNIQUE INDEX purchase_orders_by_request ON purchase_orders (credential, request_key);
CREATE UNIQUE INDEX purchase_orders_by_checkout ON purchase_orders (gateway, checkout)
  WHERE state IN ('requested', 'awaiting_approval', 'approved', 'signed', 'confirmed');
CREATE UNIQUE INDEX purchase_orders_by_order ON purchase_orders (order_id)
  WHERE order_id <> '' AND state IN ('requested', 'awaiting_approval', 'approved', 'signed', 'confirmed');
CREATE INDEX purchase_orders_due ON purchase_orders (next_attempt) WHERE next_attempt IS NOT NULL;
CREATE INDEX purchase_orders_open ON purchase_orders (valid_until)
  WHERE state IN ('requested', 'awaiting_approval', 'approved');
CREATE TABLE purchase_approvals (
  purchase_order TEXT NOT NULL,
  credential TEXT NOT NULL,
  person TEXT NOT NULL,
  digest BLOB NOT NULL,
  given BIGINT NOT NULL,
  PRIMARY KEY (purchase_order, credential, digest)
);
CREATE TABLE purchase_events (
  purchase_order TEXT NOT NULL,
  number BIGINT NOT NULL,
  happened BIGINT NOT NULL,
  act TEXT NOT NULL,
  who TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (purchase_order, number)
);
)sql"}};

constexpr std::string_view kColumns =
    "id, gateway, checkout, token, merchant, total, currency, reference, request_key, credential, person, "
    "state, created, valid_until, order_id, order_bytes, seller, needs_approval, signed_order, confirmation, "
    "refusal, fetched_itself, code, detail, attempts, cancelled_at_seller, "
    "next_attempt";

std::string select(std::string_view rest) {
  return "SELECT " + std::string(kColumns) + " FROM purchase_orders " + std::string(rest);
}

Result<StoredPurchase> purchase_of(const storage::Row& row) {
  const auto state = state_of_name(row.text(11));
  if (!state) return fail(ErrorCode::kInternal, "purchase order: unknown state");
  StoredPurchase stored;
  PurchaseOrder& order = stored.order;
  order.id = row.text(0);
  order.request = {row.text(1),
                   row.text(2),
                   row.text(3),
                   row.text(4),
                   {row.integer(5), row.text(6)},
                   row.text(7),
                   row.text(8),
                   {row.text(9), row.text(10)}};
  order.state = *state;
  order.created = from_unix_seconds(row.integer(12));
  order.valid_until = from_unix_seconds(row.integer(13));
  order.order_id = row.text(14);
  order.order = row.blob(15);
  order.merchant = row.blob(16);
  order.needs_approval = row.integer(17) != 0;
  order.signed_order = row.blob(18);
  order.confirmation = row.blob(19);
  order.refusal = row.blob(20);
  order.fetched_itself = row.integer(21) != 0;
  order.code = row.text(22);
  order.detail = row.text(23);
  order.attempts = row.integer(24);
  order.cancelled_at_seller = row.integer(25) != 0;
  if (!row.is_null(26)) stored.next_attempt = from_unix_seconds(row.integer(26));
  return stored;
}

Result<std::optional<StoredPurchase>> one(storage::Reader& reader, std::string_view rest,
                                          const storage::Values& parameters) {
  TRY(const auto row, reader.query_one(select(rest), parameters));
  if (!row) return std::optional<StoredPurchase>{};
  TRY(auto purchase, purchase_of(*row));
  return std::optional<StoredPurchase>{std::move(purchase)};
}

storage::Values values_of(const StoredPurchase& stored) {
  const PurchaseOrder& order = stored.order;
  const PurchaseRequest& request = order.request;
  storage::Values values{order.id,
                         request.gateway,
                         request.checkout,
                         request.token,
                         request.merchant,
                         request.total.minor_units,
                         request.total.currency,
                         request.reference,
                         request.request_key,
                         request.requester.credential,
                         request.requester.person,
                         std::string(state_name(order.state)),
                         unix_seconds(order.created),
                         unix_seconds(order.valid_until),
                         order.order_id,
                         order.order,
                         order.merchant,
                         std::int64_t{order.needs_approval},
                         order.signed_order,
                         order.confirmation,
                         order.refusal,
                         std::int64_t{order.fetched_itself},
                         order.code,
                         order.detail,
                         order.attempts,
                         std::int64_t{order.cancelled_at_seller}};
  if (stored.next_attempt)
    values.emplace_back(unix_seconds(*stored.next_attempt));
  else
    values.emplace_back(nullptr);
  return values;
}

}  // namespace

Result<void> migrate_enterprise(storage::Database& database) {
  return database.migrate("enterprise", kMigrations);
}

Result<std::optional<StoredPurchase>> find_purchase(storage::Reader& reader, std::string_view id) {
  return one(reader, "WHERE id = $1", {std::string(id)});
}

Result<std::optional<StoredPurchase>> find_request(storage::Reader& reader, std::string_view credential,
                                                   std::string_view request_key) {
  return one(reader, "WHERE credential = $1 AND request_key = $2",
             {std::string(credential), std::string(request_key)});
}

Result<void> insert_purchase(storage::Transaction& transaction, const StoredPurchase& purchase) {
  TRY(transaction.execute(
      "INSERT INTO purchase_orders (" + std::string(kColumns) +
          ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, "
          "$20, $21, $22, $23, $24, $25, $26, $27)",
      values_of(purchase)));
  return ok();
}

Result<void> update_purchase(storage::Transaction& transaction, const StoredPurchase& purchase) {
  const auto all = values_of(purchase);
  storage::Values changing{all.front()};
  changing.insert(changing.end(), all.begin() + 11, all.end());
  TRY(transaction.execute(
      "UPDATE purchase_orders SET state = $2, created = $3, valid_until = $4, order_id = $5, order_bytes = "
      "$6, "
      "seller = $7, needs_approval = $8, signed_order = $9, confirmation = $10, refusal = $11, "
      "fetched_itself = $12, code = $13, detail = $14, attempts = $15, cancelled_at_seller = $16, "
      "next_attempt = $17 WHERE id = $1",
      changing));
  return ok();
}

Result<std::vector<PurchaseOrder>> list_purchases(storage::Reader& reader, std::optional<PurchaseState> state,
                                                  std::string_view cursor, int limit) {
  const std::string from = cursor.empty() ? "~" : std::string(cursor);  // behind every id
  const std::string wanted = state ? std::string(state_name(*state)) : "";
  TRY(const auto rows,
      reader.query(select("WHERE id < $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3"),
                   {from, wanted, std::int64_t{limit}}));
  std::vector<PurchaseOrder> orders;
  for (const auto& row : rows) {
    TRY(auto purchase, purchase_of(row));
    orders.push_back(std::move(purchase.order));
  }
  return orders;
}

Result<std::vector<DuePurchase>> due_purchases(storage::Reader& reader, TimePoint now, int limit) {
  std::vector<DuePurchase> due;
  const storage::Values parameters{unix_seconds(now), std::int64_t{limit}};
  TRY(const auto waiting,
      reader.query("SELECT id, gateway FROM purchase_orders WHERE next_attempt IS NOT NULL AND "
                   "next_attempt <= $1 ORDER BY next_attempt LIMIT $2",
                   parameters));
  TRY(const auto over,
      reader.query("SELECT id, gateway FROM purchase_orders WHERE valid_until <= $1 AND state IN "
                   "('requested', 'awaiting_approval', 'approved') LIMIT $2",
                   parameters));
  for (const auto& row : waiting) due.push_back({row.text(0), row.text(1)});
  for (const auto& row : over)
    if (std::ranges::find(due, row.text(0), &DuePurchase::id) == due.end())
      due.push_back({row.text(0), row.text(1)});
  return due;
}

Result<PurchaseCounts> count_purchases(storage::Reader& reader) {
  TRY(const auto awaiting,
      reader.query_one("SELECT COUNT(*) FROM purchase_orders WHERE state = 'awaiting_approval'", {}));
  TRY(const auto pending,
      reader.query_one("SELECT COUNT(*) FROM purchase_orders WHERE next_attempt IS NOT NULL "
                       "AND state IN ('signed', 'confirmed')",
                       {}));
  return PurchaseCounts{awaiting->integer(0), pending->integer(0)};
}

Result<std::vector<Approval>> approvals_of(storage::Reader& reader, const PurchaseOrder& order) {
  TRY(const auto rows,
      reader.query("SELECT a.person, a.credential, a.digest, a.given, c.revoked FROM purchase_approvals a "
                   "JOIN purchase_credentials c ON c.id = a.credential WHERE a.purchase_order = $1 "
                   "ORDER BY a.given, a.credential LIMIT 1000",
                   {order.id}));
  const auto present = digest_of(order);
  std::vector<Approval> approvals;
  for (const auto& row : rows) {
    Approval approval{row.text(0), row.text(1), {}, from_unix_seconds(row.integer(3)), true};
    if (row.blob(2).size() != approval.digest.size())
      return fail(ErrorCode::kInternal, "approval: its digest is none");
    std::ranges::copy(row.blob(2), approval.digest.begin());
    approval.counts = row.is_null(4) && present == approval.digest;
    approvals.push_back(std::move(approval));
  }
  return approvals;
}

Result<void> insert_approval(storage::Transaction& transaction, std::string_view id,
                             const Approval& approval) {
  TRY(transaction.execute(
      "INSERT INTO purchase_approvals (purchase_order, credential, person, digest, given) "
      "VALUES ($1, $2, $3, $4, $5)",
      {std::string(id), approval.credential, approval.person, to_bytes(approval.digest),
       unix_seconds(approval.at)}));
  return ok();
}

Result<std::vector<PurchaseEvent>> events_of(storage::Reader& reader, std::string_view id) {
  TRY(const auto rows, reader.query("SELECT happened, act, who, detail FROM purchase_events "
                                    "WHERE purchase_order = $1 ORDER BY number DESC LIMIT 1000",
                                    {std::string(id)}));
  std::vector<PurchaseEvent> events;
  for (const auto& row : rows)
    events.push_back({from_unix_seconds(row.integer(0)), row.text(1), row.text(2), row.text(3)});
  std::ranges::reverse(events);
  return events;
}

Result<std::int64_t> count_events(storage::Reader& reader, std::string_view id, std::string_view act) {
  TRY(const auto row,
      reader.query_one("SELECT COUNT(*) FROM purchase_events WHERE purchase_order = $1 AND act = $2",
                       {std::string(id), std::string(act)}));
  return row->integer(0);
}

Result<void> append_event(storage::Transaction& transaction, std::string_view id,
                          const PurchaseEvent& event) {
  TRY(transaction.execute(
      "INSERT INTO purchase_events (purchase_order, number, happened, act, who, detail) "
      "SELECT $1, COUNT(*) + 1, $2, $3, $4, $5 FROM purchase_events WHERE purchase_order = $1",
      {std::string(id), unix_seconds(event.at), event.act, event.who, event.detail}));
  return ok();
}

}  // namespace countersign::enterprise
