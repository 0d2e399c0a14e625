// SPDX-License-Identifier: Apache-2.0
#include "authority/status/crl_publisher.h"

#include <algorithm>
#include <array>

namespace countersign::authority {
namespace {

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1,
     "CREATE TABLE crl ("
     " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
     " number BIGINT NOT NULL,"
     " directory_version BIGINT NOT NULL,"
     " this_update BIGINT NOT NULL,"  // Unix seconds
     " next_update BIGINT NOT NULL,"
     " der BLOB NOT NULL)"},
}};

}  // namespace

Result<CrlPublisher> CrlPublisher::open(x509::Issuer ca, storage::Database& database,
                                        const Directory& directory, const Clock& clock, CrlOptions options) {
  TRY(database.migrate("crl", kMigrations));
  return CrlPublisher(std::move(ca), database, directory, clock, options);
}

Result<std::optional<Crl>> CrlPublisher::stored(storage::Reader& reader, TimePoint now) const {
  TRY(auto row,
      reader.query_one("SELECT number, directory_version, this_update, next_update, der FROM crl", {}));
  if (!row) return std::nullopt;
  TRY(const std::int64_t version, directory_.version(reader));
  Crl crl{row->blob(4), row->integer(0), from_unix_seconds(row->integer(2)),
          from_unix_seconds(row->integer(3))};
  const bool young = crl.this_update <= now && now - crl.this_update < options_.renew_after;
  if (row->integer(1) != version || !young) return std::nullopt;
  return crl;
}

Result<Crl> CrlPublisher::make(storage::Transaction& transaction, TimePoint now) const {
  TRY(const std::int64_t version, directory_.version(transaction));
  TRY(auto entries, directory_.revoked_entries(transaction, now));
  TRY(auto last, transaction.query_one("SELECT number FROM crl", {}));
  Crl crl;
  crl.number = std::max(last ? last->integer(0) + 1 : 1, unix_seconds(now));
  crl.this_update = whole_seconds(now);
  crl.next_update = crl.this_update + options_.valid_for;
  TRY(crl.der, x509::sign_crl(ca_, entries, crl.number, crl.this_update, crl.next_update));
  TRY(transaction.execute(
      "INSERT INTO crl (id, number, directory_version, this_update, next_update, der) VALUES (1, $1, $2, $3, "
      "$4, $5)"
      " ON CONFLICT (id) DO UPDATE SET number = excluded.number, directory_version = "
      "excluded.directory_version,"
      " this_update = excluded.this_update, next_update = excluded.next_update, der = excluded.der",
      {crl.number, version, unix_seconds(crl.this_update), unix_seconds(crl.next_update), crl.der}));
  return crl;
}

Result<Crl> CrlPublisher::current() const {
  const TimePoint now = clock_.now();
  std::optional<Crl> crl;
  TRY(database_.read([&](storage::Reader& reader) -> Result<void> {
    TRY(crl, stored(reader, now));
    return ok();
  }));
  if (!crl) {
    TRY(database_.write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(crl, stored(transaction, now));  // another thread or process may have been first
      if (!crl) {
        TRY(crl, make(transaction, now));
      }
      return ok();
    }));
  }
  return std::move(*crl);
}

}  // namespace countersign::authority
