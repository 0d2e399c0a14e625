// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/confirmation_store.h"

#include <algorithm>
#include <array>

namespace countersign::authority {
namespace {

// Orders are found by order id first: UUIDs of version 7 grow with time, so that the index grows at its end.
constexpr std::array<storage::Migration, 5> kMigrations{{
    {1,
     "CREATE TABLE confirmations ("
     " log_index BIGINT NOT NULL PRIMARY KEY,"
     " id TEXT NOT NULL,"
     " merchant TEXT NOT NULL,"
     " order_id TEXT NOT NULL,"
     " order_digest BLOB NOT NULL,"
     " purchaser TEXT NOT NULL,"
     " time BIGINT NOT NULL,"  // Unix seconds
     " document BLOB NOT NULL)"},
    {2, "CREATE UNIQUE INDEX confirmations_by_order ON confirmations (order_id, merchant)"},
    {3,
     "CREATE TABLE confirmation_sequence ("
     " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
     " process BIGINT NOT NULL,"
     " next_index BIGINT NOT NULL)"},
    {4,
     "CREATE TABLE confirmation_restored ("
     " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
     " time BIGINT NOT NULL)"},  // Unix seconds
    {5, "ALTER TABLE confirmations ADD COLUMN nonce BLOB NOT NULL DEFAULT x''"},
}};

constexpr std::string_view kColumns =
    "log_index, id, merchant, order_id, order_digest, purchaser, time, document, nonce";

Result<Sha256Digest> read_digest(const Bytes& stored) {
  Sha256Digest digest;
  if (stored.size() != digest.size())
    return fail(ErrorCode::kInternal, "confirmations: a digest is not whole");
  std::copy(stored.begin(), stored.end(), digest.begin());
  return digest;
}

Result<StoredConfirmation> read_confirmation(const storage::Row& row) {
  TRY(const Sha256Digest digest, read_digest(row.blob(4)));
  return StoredConfirmation{row.integer(0),
                            row.text(1),
                            row.text(2),
                            row.text(3),
                            digest,
                            row.text(5),
                            from_unix_seconds(row.integer(6)),
                            row.blob(7),
                            row.blob(8)};
}

}  // namespace

Result<ConfirmationStore> ConfirmationStore::open(storage::Database& database) {
  TRY(database.migrate("confirmation", kMigrations));
  return ConfirmationStore();
}

Result<std::optional<StoredConfirmation>> ConfirmationStore::find(storage::Reader& reader,
                                                                  std::string_view merchant,
                                                                  std::string_view order_id) const {
  static const std::string kSql =
      "SELECT " + std::string(kColumns) + " FROM confirmations WHERE order_id = $1 AND merchant = $2";
  TRY(auto row, reader.query_one(kSql, {std::string(order_id), std::string(merchant)}));
  if (!row) return std::nullopt;
  TRY(auto confirmation, read_confirmation(*row));
  return confirmation;
}

Result<Bytes> ConfirmationStore::find_for_purchaser(storage::Reader& reader, std::string_view order_id,
                                                    const Sha256Digest& order_digest,
                                                    const x509::Name& purchaser) const {
  TRY(auto stored, find_stored_for_purchaser(reader, order_id, order_digest, purchaser));
  return std::move(stored.document);
}

Result<StoredConfirmation> ConfirmationStore::find_stored_for_purchaser(storage::Reader& reader,
                                                                        std::string_view order_id,
                                                                        const Sha256Digest& order_digest,
                                                                        const x509::Name& purchaser) const {
  static const std::string kSql = "SELECT " + std::string(kColumns) +
                                  " FROM confirmations"
                                  " WHERE order_id = $1 AND order_digest = $2 AND purchaser = $3";
  TRY(auto row,
      reader.query_one(kSql, {std::string(order_id), to_bytes(BytesView(order_digest)), purchaser.text()}));
  if (!row) return fail(ErrorCode::kNotFound, "no confirmation of this order for this purchaser");
  return read_confirmation(*row);
}

Result<std::vector<StoredConfirmation>> ConfirmationStore::range(storage::Reader& reader, std::int64_t first,
                                                                 std::int64_t end) const {
  static const std::string kSql = "SELECT " + std::string(kColumns) +
                                  " FROM confirmations WHERE log_index >= $1 AND log_index < $2"
                                  " ORDER BY log_index";
  TRY(const auto rows, reader.query(kSql, {first, end}));
  std::vector<StoredConfirmation> confirmations;
  confirmations.reserve(rows.size());
  for (const storage::Row& row : rows) {
    TRY(auto confirmation, read_confirmation(row));
    confirmations.push_back(std::move(confirmation));
  }
  return confirmations;
}

Result<void> ConfirmationStore::forget_nonces(storage::Transaction& transaction, std::int64_t first,
                                              std::int64_t end) const {
  TRY(
      transaction.execute("UPDATE confirmations SET nonce = $1"
                          " WHERE log_index >= $2 AND log_index < $3 AND nonce <> $1",
                          {Bytes(), first, end}));
  return ok();
}

Result<std::int64_t> ConfirmationStore::claim_sequence(storage::Transaction& transaction) const {
  TRY(
      transaction.execute("INSERT INTO confirmation_sequence (id, process, next_index) VALUES (1, 1, 0)"
                          " ON CONFLICT (id) DO UPDATE SET process = confirmation_sequence.process + 1",
                          {}));
  TRY(const SequenceState state, sequence(transaction));
  return state.process;
}

Result<SequenceState> ConfirmationStore::sequence(storage::Reader& reader) const {
  TRY(auto row, reader.query_one("SELECT process, next_index FROM confirmation_sequence WHERE id = 1", {}));
  if (!row) return SequenceState{};
  return SequenceState{row->integer(0), row->integer(1)};
}

Result<void> ConfirmationStore::append(storage::Transaction& transaction,
                                       std::span<const StoredConfirmation> batch) const {
  if (batch.empty()) return ok();
  std::vector<storage::Values> rows;
  rows.reserve(batch.size());
  std::int64_t expected = batch.front().index;
  for (const StoredConfirmation& each : batch) {
    if (each.index != expected++)
      return fail(ErrorCode::kConflict, "confirmations: indices do not follow each other");
    rows.push_back({each.index, each.id, each.merchant, each.order_id, to_bytes(BytesView(each.order_digest)),
                    each.purchaser, unix_seconds(each.time), each.document, each.nonce});
  }
  TRY(const std::int64_t moved,
      transaction.execute("UPDATE confirmation_sequence SET next_index = $1 WHERE id = 1 AND next_index = $2",
                          {expected, batch.front().index}));
  if (moved != 1) return fail(ErrorCode::kConflict, "confirmations: indices do not continue the sequence");
  static const std::string kSql =
      "INSERT INTO confirmations (" + std::string(kColumns) + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
  return transaction.execute_many(kSql, rows);
}

Result<void> ConfirmationStore::skip_to(storage::Transaction& transaction, std::int64_t next_index) const {
  TRY(const std::int64_t moved,
      transaction.execute(
          "UPDATE confirmation_sequence SET next_index = $1 WHERE id = 1 AND next_index <= $1",
          {next_index}));
  if (moved != 1) return fail(ErrorCode::kConflict, "confirmations: the sequence is already past that index");
  return ok();
}

Result<void> ConfirmationStore::mark_restored(storage::Transaction& transaction, TimePoint restored) const {
  TRY(
      transaction.execute("INSERT INTO confirmation_restored (id, time) VALUES (1, $1)"
                          " ON CONFLICT (id) DO UPDATE SET time = excluded.time"
                          " WHERE confirmation_restored.time < excluded.time",
                          {unix_seconds(restored)}));
  return ok();
}

Result<std::optional<TimePoint>> ConfirmationStore::restored(storage::Reader& reader) const {
  TRY(const auto row, reader.query_one("SELECT time FROM confirmation_restored WHERE id = 1", {}));
  if (!row) return std::nullopt;
  return from_unix_seconds(row->integer(0));
}

}  // namespace countersign::authority
