// SPDX-License-Identifier: Apache-2.0
#include "authority/audit/audit_log.h"

#include <algorithm>
#include <array>

#include "crypto/digest.h"

namespace countersign::authority {
namespace {

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1,
     "CREATE TABLE audit_log ("
     " number BIGINT NOT NULL PRIMARY KEY,"
     " time BIGINT NOT NULL,"
     " actor TEXT NOT NULL,"
     " act TEXT NOT NULL,"
     " object TEXT NOT NULL,"
     " detail TEXT NOT NULL,"
     " hash BLOB NOT NULL)"},
}};

constexpr int kPageSize = 500;

void put_integer(Bytes& out, std::uint64_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_text(Bytes& out, std::string_view text) {
  put_integer(out, text.size(), 4);
  out.insert(out.end(), text.begin(), text.end());
}

TimePoint from_microseconds(std::int64_t count) {
  return TimePoint{std::chrono::microseconds{count}};
}

Result<AuditRecord> read_record(const storage::Row& row) {
  AuditRecord record;
  record.number = row.integer(0);
  record.time = from_microseconds(row.integer(1));
  record.entry = {row.text(2), row.text(3), row.text(4), row.text(5)};
  const Bytes& hash = row.blob(6);
  if (hash.size() != record.hash.size()) {
    return fail(ErrorCode::kInternal,
                "audit log: record " + std::to_string(record.number) + " has no whole hash");
  }
  std::copy(hash.begin(), hash.end(), record.hash.begin());
  return record;
}

}  // namespace

Sha256Digest audit_hash(const Sha256Digest& previous, std::int64_t number, TimePoint time,
                        const AuditEntry& entry) {
  Bytes input;
  input.reserve(64 + entry.actor.size() + entry.act.size() + entry.object.size() + entry.detail.size());
  put_integer(input, static_cast<std::uint64_t>(number), 8);
  put_integer(input, static_cast<std::uint64_t>(time.time_since_epoch().count()), 8);
  for (const std::string* text : {&entry.actor, &entry.act, &entry.object, &entry.detail})
    put_text(input, *text);
  return crypto::sha256_of({previous, input});
}

Result<AuditLog> AuditLog::open(storage::Database& database) {
  TRY(database.migrate("audit", kMigrations));
  return AuditLog();
}

Result<void> AuditLog::append(storage::Transaction& transaction, std::span<const AuditEntry> entries,
                              TimePoint now) const {
  if (entries.empty()) return ok();
  TRY(auto head,
      transaction.query_one("SELECT number, hash FROM audit_log ORDER BY number DESC LIMIT 1", {}));
  std::int64_t number = 0;
  Sha256Digest hash{};
  if (head) {
    number = head->integer(0);
    const Bytes& stored = head->blob(1);
    if (stored.size() != hash.size()) return fail(ErrorCode::kInternal, "audit log: head has no whole hash");
    std::copy(stored.begin(), stored.end(), hash.begin());
  }
  std::vector<storage::Values> rows;
  rows.reserve(entries.size());
  for (const AuditEntry& entry : entries) {
    hash = audit_hash(hash, ++number, now, entry);
    rows.push_back({number, std::int64_t{now.time_since_epoch().count()}, entry.actor, entry.act,
                    entry.object, entry.detail, Bytes(hash.begin(), hash.end())});
  }
  return transaction.execute_many(
      "INSERT INTO audit_log (number, time, actor, act, object, detail, hash) VALUES ($1, $2, $3, $4, $5, "
      "$6, $7)",
      rows);
}

Result<std::int64_t> AuditLog::verify(storage::Reader& reader) const {
  std::int64_t number = 0;
  Sha256Digest previous{};
  for (;;) {
    TRY(auto records, page(reader, number, kPageSize));
    for (const AuditRecord& record : records) {
      ++number;
      if (record.number != number) {
        return fail(ErrorCode::kInternal, "audit log: record " + std::to_string(number) + " is missing");
      }
      if (record.hash != audit_hash(previous, number, record.time, record.entry)) {
        return fail(ErrorCode::kInternal,
                    "audit log: record " + std::to_string(number) + " is not the one that was written");
      }
      previous = record.hash;
    }
    if (records.size() < kPageSize) return number;
  }
}

Result<std::vector<AuditRecord>> AuditLog::page(storage::Reader& reader, std::int64_t after,
                                                int limit) const {
  TRY(auto rows, reader.query("SELECT number, time, actor, act, object, detail, hash FROM audit_log"
                              " WHERE number > $1 ORDER BY number LIMIT $2",
                              {after, std::int64_t{std::clamp(limit, 1, 1000)}}));
  std::vector<AuditRecord> records;
  records.reserve(rows.size());
  for (const storage::Row& row : rows) {
    TRY(auto record, read_record(row));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace countersign::authority
