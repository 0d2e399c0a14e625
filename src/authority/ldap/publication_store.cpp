// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/publication_store.h"

#include <algorithm>
#include <array>

namespace countersign::authority {
namespace {

constexpr std::array kMigrations{storage::Migration{1,
                                                    "CREATE TABLE ldap_publication ("
                                                    " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
                                                    " position BIGINT NOT NULL,"
                                                    " reconciled BIGINT,"  // Unix seconds
                                                    " entries BIGINT NOT NULL,"
                                                    " refused BIGINT NOT NULL)"}};

}  // namespace

Result<PublicationStore> PublicationStore::open(storage::Database& database) {
  TRY(database.migrate("ldap", kMigrations));
  return PublicationStore();
}

Result<std::optional<Publication>> PublicationStore::load(storage::Reader& reader) const {
  TRY(const auto row,
      reader.query_one("SELECT position, reconciled, entries, refused FROM ldap_publication", {}));
  if (!row) return std::optional<Publication>{};
  Publication publication{row->integer(0), {}, row->integer(2), row->integer(3)};
  if (!row->is_null(1)) publication.reconciled = from_unix_seconds(row->integer(1));
  return std::optional<Publication>{publication};
}

Result<void> PublicationStore::save(storage::Transaction& transaction, const Publication& publication) const {
  storage::Value reconciled = nullptr;
  if (publication.reconciled) reconciled = unix_seconds(*publication.reconciled);
  TRY(transaction.execute(
      "INSERT INTO ldap_publication (id, position, reconciled, entries, refused) VALUES (1, $1, $2, $3, $4)"
      " ON CONFLICT (id) DO UPDATE SET position = excluded.position, reconciled = excluded.reconciled,"
      " entries = excluded.entries, refused = excluded.refused",
      {publication.position, std::move(reconciled), publication.entries, publication.refused}));
  return ok();
}

Result<std::int64_t> PublicationStore::newest(storage::Reader& reader) const {
  TRY(const auto row, reader.query_one("SELECT COALESCE(MAX(number), 0) FROM audit_log", {}));
  return row->integer(0);
}

// A window of numbers and not of matches: a million confirmations without a change are a few cheap questions.
Result<Changes> PublicationStore::changes_after(storage::Reader& reader, std::int64_t position,
                                                int window) const {
  TRY(const std::int64_t last, newest(reader));
  Changes changes;
  changes.upto = std::clamp(last, position, position + window);
  changes.more = changes.upto < last;
  if (changes.upto == position) return changes;
  TRY(const auto rows, reader.query("SELECT time, object FROM audit_log WHERE number > $1 AND number <= $2"
                                    " AND act IN ('issue', 'suspend', 'resume', 'revoke') ORDER BY number",
                                    {position, changes.upto}));
  for (const storage::Row& row : rows) {
    if (!changes.oldest) changes.oldest = TimePoint{std::chrono::microseconds{row.integer(0)}};
    if (std::ranges::find(changes.serials, row.text(1)) == changes.serials.end())
      changes.serials.push_back(row.text(1));
  }
  return changes;
}

}  // namespace countersign::authority
