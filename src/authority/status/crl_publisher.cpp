// SPDX-License-Identifier: Apache-2.0
#include "authority/status/crl_publisher.h"

#include <algorithm>
#include <array>

namespace countersign::authority {
namespace {

constexpr std::array<storage::Migration, 2> kMigrations{{
    {1,
     "CREATE TABLE crl ("
     " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
     " number BIGINT NOT NULL,"
     " directory_version BIGINT NOT NULL,"
     " this_update BIGINT NOT NULL,"  // Unix seconds
     " next_update BIGINT NOT NULL,"
     " der BLOB NOT NULL)"},
    // One list for each CA key, by its key identifier. The number of the one before stays the least, under a
    // key that nobody has.
    {2,
     "CREATE TABLE crl_of_key ("
     " issuer_key BLOB NOT NULL PRIMARY KEY,"
     " number BIGINT NOT NULL,"
     " directory_version BIGINT NOT NULL,"
     " this_update BIGINT NOT NULL,"  // Unix seconds
     " next_update BIGINT NOT NULL,"
     " der BLOB NOT NULL);"
     "INSERT INTO crl_of_key (issuer_key, number, directory_version, this_update, next_update, der)"
     " SELECT x'00', number, directory_version, this_update, next_update, der FROM crl;"
     "DROP TABLE crl"},
}};

Bytes key_of(const x509::Issuer& issuer) {
  return issuer.certificate.extensions().subject_key_id;
}

// Directories tell lists of one issuer apart by thisUpdate alone (RFC 4523 §2.5): no two keys' have the same.
Result<TimePoint> free_second(storage::Reader& reader, const x509::Issuer& issuer, TimePoint newest) {
  for (TimePoint second = newest;; second -= Seconds{1}) {
    TRY(const auto taken,
        reader.query_one("SELECT number FROM crl_of_key WHERE this_update = $1 AND issuer_key <> $2",
                         {unix_seconds(second), key_of(issuer)}));
    if (!taken) return second;
  }
}

}  // namespace

Result<CrlPublisher> CrlPublisher::open(x509::Issuer ca, storage::Database& database,
                                        const Directory& directory, const Clock& clock,
                                        std::vector<x509::Issuer> earlier, CrlOptions options) {
  TRY(database.migrate("crl", kMigrations));
  return CrlPublisher(std::move(ca), std::move(earlier), database, directory, clock, options);
}

Result<std::optional<Crl>> CrlPublisher::stored(storage::Reader& reader, const x509::Issuer& issuer,
                                                TimePoint now) const {
  TRY(auto row,
      reader.query_one("SELECT number, directory_version, this_update, next_update, der FROM crl_of_key "
                       "WHERE issuer_key = $1",
                       {key_of(issuer)}));
  if (!row) return std::nullopt;
  TRY(const std::int64_t version, directory_.version(reader));
  Crl crl{row->blob(4), row->integer(0), from_unix_seconds(row->integer(2)),
          from_unix_seconds(row->integer(3))};
  const bool young = crl.this_update <= now && now - crl.this_update < options_.renew_after;
  if (row->integer(1) != version || !young) return std::nullopt;
  return crl;
}

Result<Crl> CrlPublisher::make(storage::Transaction& transaction, const x509::Issuer& issuer,
                               TimePoint now) const {
  TRY(const std::int64_t version, directory_.version(transaction));
  TRY(auto entries, directory_.revoked_entries(transaction, now));
  TRY(auto last, transaction.query_one("SELECT COALESCE(MAX(number), 0) FROM crl_of_key", {}));
  Crl crl;
  crl.number = std::max(last->integer(0) + 1, unix_seconds(now));
  TRY(crl.this_update, free_second(transaction, issuer, whole_seconds(now)));
  crl.next_update = crl.this_update + options_.valid_for;
  TRY(crl.der, x509::sign_crl(issuer, entries, crl.number, crl.this_update, crl.next_update));
  TRY(transaction.execute(
      "INSERT INTO crl_of_key (issuer_key, number, directory_version, this_update, next_update, der)"
      " VALUES ($1, $2, $3, $4, $5, $6)"
      " ON CONFLICT (issuer_key) DO UPDATE SET number = excluded.number, directory_version = "
      "excluded.directory_version,"
      " this_update = excluded.this_update, next_update = excluded.next_update, der = excluded.der",
      {key_of(issuer), crl.number, version, unix_seconds(crl.this_update), unix_seconds(crl.next_update),
       crl.der}));
  return crl;
}

Result<Crl> CrlPublisher::current_of(const x509::Issuer& issuer) const {
  const TimePoint now = clock_.now();
  std::optional<Crl> crl;
  TRY(database_.read([&](storage::Reader& reader) -> Result<void> {
    TRY(crl, stored(reader, issuer, now));
    return ok();
  }));
  if (!crl) {
    TRY(database_.write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(crl, stored(transaction, issuer, now));  // another thread or process may have been first
      if (!crl) {
        TRY(crl, make(transaction, issuer, now));
      }
      return ok();
    }));
  }
  return std::move(*crl);
}

Result<Crl> CrlPublisher::current_for(const x509::Certificate& ca) const {
  for (const x509::Issuer& each : earlier_)
    if (each.certificate.public_key() == ca.public_key()) return current_of(each);
  return current_of(ca_);
}

Result<std::vector<Crl>> CrlPublisher::all_current() const {
  std::vector<Crl> lists;
  TRY(auto present, current());
  lists.push_back(std::move(present));
  for (const x509::Issuer& each : earlier_) {
    TRY(auto list, current_of(each));
    lists.push_back(std::move(list));
  }
  return lists;
}

Result<std::vector<Bytes>> lists_of(const CrlPublisher& publisher) {
  TRY(auto crls, publisher.all_current());
  std::vector<Bytes> lists;
  for (Crl& crl : crls) lists.push_back(std::move(crl.der));
  return lists;
}

}  // namespace countersign::authority
