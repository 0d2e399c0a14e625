// SPDX-License-Identifier: Apache-2.0
// The purchases that a wallet keeps, and every try to learn their outcome.
#include "wallet/state_names.h"

namespace countersign::wallet {
namespace {

constexpr std::string_view kPurchaseColumns =
    "SELECT id, gateway, checkout, token, state, created, order_bytes, merchant, signing_key, signed_order, "
    "confirmation, refusal, ";
constexpr std::string_view kWithReceipt = "receipt FROM purchase ";
constexpr std::string_view kWithoutReceipt = "x'' FROM purchase ";  // receipts are large

std::string select_purchases(std::string_view receipt, std::string_view condition) {
  return std::string(kPurchaseColumns).append(receipt).append(condition);
}

}  // namespace

std::string_view state_name(PurchaseState state) {
  switch (state) {
    case PurchaseState::kShown:
      return "shown";
    case PurchaseState::kSigned:
      return "signed";
    case PurchaseState::kConfirmed:
      return "confirmed";
    case PurchaseState::kRefused:
      return "refused";
    case PurchaseState::kCancelled:
      return "cancelled";
  }
  return "shown";
}

Result<PurchaseRecord> WalletStore::read_purchase(const storage::Row& row) const {
  constexpr std::array kStates{PurchaseState::kShown, PurchaseState::kSigned, PurchaseState::kConfirmed,
                               PurchaseState::kRefused, PurchaseState::kCancelled};
  PurchaseRecord record;
  record.id = row.text(0);
  record.gateway = row.text(1);
  record.checkout = row.text(2);
  TRY(const auto token, unseal(row.blob(3), "token " + record.id));
  record.token = to_text(token);
  TRY(record.state, state_of(row.text(4), kStates));
  record.created = from_unix_seconds(row.integer(5));
  TRY(record.order, unseal(row.blob(6), "order " + record.id));
  record.merchant = row.blob(7);
  record.signing_key = row.text(8);
  const std::array<std::pair<std::size_t, Bytes*>, 4> documents{
      std::pair{std::size_t{9}, &record.signed_order},
      {std::size_t{10}, &record.confirmation},
      {std::size_t{11}, &record.refusal},
      {std::size_t{12}, &record.receipt}};
  for (const auto& [column, document] : documents) {
    if (row.blob(column).empty()) continue;
    TRY(*document, unseal(row.blob(column), "document " + record.id));
  }
  return record;
}

Result<void> WalletStore::add_purchase(const PurchaseRecord& record) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO purchase (id, gateway, checkout, token, state, created, order_bytes, merchant, "
        "signing_key, "
        "signed_order, confirmation, refusal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10) "
        "ON CONFLICT (id) DO UPDATE SET state = 'shown' WHERE purchase.state = 'cancelled'",
        {record.id, record.gateway, record.checkout, seal(as_bytes(record.token), "token " + record.id),
         std::string(state_name(record.state)), unix_seconds(record.created),
         seal(record.order, "order " + record.id), record.merchant, record.signing_key, Bytes{}}));
    return ok();
  });
}

Result<std::optional<PurchaseRecord>> WalletStore::find_purchase(const std::string& id) {
  std::optional<PurchaseRecord> found;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one(select_purchases(kWithReceipt, "WHERE id = $1"), {id}));
    if (row) {
      TRY(found, read_purchase(*row));
    }
    return ok();
  }));
  return found;
}

Result<std::optional<PurchaseRecord>> WalletStore::find_purchase_of(const std::string& checkout,
                                                                    BytesView merchant) {
  std::optional<PurchaseRecord> found;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    const auto sql =
        select_purchases(kWithReceipt,
                         "WHERE checkout = $1 AND merchant = $2 ORDER BY state = 'confirmed' OR (state = "
                         "'signed' AND EXISTS (SELECT 1 FROM split_payment WHERE split_payment.purchase = "
                         "purchase.id AND split_payment.state <> 'declined')) DESC, created DESC, id DESC "
                         "LIMIT 1");
    TRY(const auto row, reader.query_one(sql, {checkout, to_bytes(merchant)}));
    if (row) {
      TRY(found, read_purchase(*row));
    }
    return ok();
  }));
  return found;
}

Result<std::vector<PurchaseRecord>> WalletStore::purchases() {
  std::vector<PurchaseRecord> records;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    const auto sql = select_purchases(kWithoutReceipt, "ORDER BY created DESC, id DESC LIMIT 200");
    TRY(const auto rows, reader.query(sql, {}));
    for (const auto& row : rows) {
      TRY(auto record, read_purchase(row));
      records.push_back(std::move(record));
    }
    return ok();
  }));
  return records;
}

Result<void> WalletStore::change_purchase(std::string_view sql, storage::Values parameters) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed, transaction.execute(sql, parameters));
    if (changed != 1) return fail(ErrorCode::kConflict, "the purchase is not in a state for this");
    return ok();
  });
}

Result<void> WalletStore::keep_signed(const std::string& id, BytesView signed_order) {
  return change_purchase(
      "UPDATE purchase SET state = 'signed', signed_order = $2 WHERE id = $1 AND state = 'shown'",
      {id, seal(signed_order, "document " + id)});
}

Result<void> WalletStore::keep_confirmed(const std::string& id, BytesView confirmation) {
  return change_purchase(
      "UPDATE purchase SET state = 'confirmed', confirmation = $2 WHERE id = $1 AND state IN ('signed', "
      "'refused')",
      {id, seal(confirmation, "document " + id)});
}

Result<void> WalletStore::keep_receipt(const std::string& id, BytesView receipt) {
  return change_purchase("UPDATE purchase SET receipt = $2 WHERE id = $1 AND state = 'confirmed'",
                         {id, seal(receipt, "document " + id)});
}

Result<void> WalletStore::keep_refused(const std::string& id, BytesView refusal) {
  return change_purchase(
      "UPDATE purchase SET state = 'refused', refusal = $2 WHERE id = $1 AND state = 'signed'",
      {id, seal(refusal, "document " + id)});
}

Result<void> WalletStore::keep_cancelled(const std::string& id) {
  return change_purchase("UPDATE purchase SET state = 'cancelled' WHERE id = $1 AND state = 'shown'", {id});
}

Result<void> WalletStore::add_attempt(const std::string& purchase, const AttemptRecord& attempt) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO attempt (purchase, number, source, at, outcome, detail) "
        "SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM attempt WHERE purchase = $1",
        {purchase, std::string(attempt.source == AttemptSource::kGateway ? "gateway" : "authority"),
         unix_seconds(attempt.at), attempt.outcome, attempt.detail}));
    return ok();
  });
}

Result<std::vector<AttemptRecord>> WalletStore::attempts(const std::string& purchase) {
  std::vector<AttemptRecord> records;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT source, at, outcome, detail FROM attempt WHERE purchase = $1 "
                                      "ORDER BY number LIMIT 200",
                                      {purchase}));
    for (const auto& row : rows) {
      records.push_back({row.text(0) == "gateway" ? AttemptSource::kGateway : AttemptSource::kAuthority,
                         from_unix_seconds(row.integer(1)), row.text(2), row.text(3)});
    }
    return ok();
  }));
  return records;
}

}  // namespace countersign::wallet
