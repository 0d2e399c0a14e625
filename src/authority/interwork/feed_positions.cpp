// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/feed_positions.h"

#include <algorithm>
#include <array>

namespace countersign::authority {
namespace {

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1,
     "CREATE TABLE followed_feeds ("
     " data_centre TEXT NOT NULL PRIMARY KEY,"
     " epoch BLOB NOT NULL,"
     " sequence BIGINT NOT NULL,"
     " digest BLOB NOT NULL,"
     " fault TEXT NOT NULL)"},  // "", "rolled-back", "forked"
}};

using Fault = FeedPlace::Fault;

std::string fault_text(Fault fault) {
  if (fault == Fault::kRolledBack) return "rolled-back";
  return fault == Fault::kForked ? "forked" : "";
}

template <std::size_t size>
Result<void> read_octets(const Bytes& stored, std::array<std::uint8_t, size>& octets) {
  if (stored.size() != size) return fail(ErrorCode::kInternal, "followed feeds: a place is not whole");
  std::copy(stored.begin(), stored.end(), octets.begin());
  return ok();
}

Result<FeedPlace> read_place(const storage::Row& row) {
  FeedPlace place;
  TRY(read_octets(row.blob(1), place.position.epoch));
  place.position.sequence = row.integer(2);
  TRY(read_octets(row.blob(3), place.position.digest));
  const std::string& fault = row.text(4);
  if (fault == fault_text(Fault::kRolledBack)) place.fault = Fault::kRolledBack;
  if (fault == fault_text(Fault::kForked)) place.fault = Fault::kForked;
  if (fault != fault_text(place.fault)) return fail(ErrorCode::kInternal, "followed feeds: unknown fault");
  return place;
}

}  // namespace

Result<FeedPositions> FeedPositions::open(storage::Database& database) {
  TRY(database.migrate("followed_feeds", kMigrations));
  return FeedPositions(database);
}

Result<std::map<x509::Name, FeedPlace>> FeedPositions::load() const {
  std::map<x509::Name, FeedPlace> places;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows,
        reader.query("SELECT data_centre, epoch, sequence, digest, fault FROM followed_feeds", {}));
    for (const storage::Row& row : rows) {
      TRY(const x509::Name name, x509::Name::from_text(row.text(0)));
      TRY(const FeedPlace place, read_place(row));
      places.emplace(name, place);
    }
    return ok();
  }));
  return places;
}

Result<void> FeedPositions::save(const x509::Name& data_centre, const FeedPlace& place) const {
  const documents::StatusFeedPosition& position = place.position;
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO followed_feeds (data_centre, epoch, sequence, digest, fault) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (data_centre) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence,"
        " digest = excluded.digest, fault = excluded.fault",
        {data_centre.text(), Bytes(position.epoch.begin(), position.epoch.end()), position.sequence,
         Bytes(position.digest.begin(), position.digest.end()), fault_text(place.fault)}));
    return ok();
  });
}

}  // namespace countersign::authority
