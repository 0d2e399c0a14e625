// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "network/kept_map.h"
#include "storage/database.h"

namespace countersign::authority {

// MapHistory keeps every network map that was in force here, as it was signed: a receipt carries the one by
// which its confirmation was decided. Thread-safe; the database outlives it.
class MapHistory {
 public:
  static Result<MapHistory> open(storage::Database& database);

  // Keeps a map, unless it is kept already.
  Result<void> keep(const network::MapView& map);
  // The signed map that was in force at `time`: the newest that was issued by then, unless it was over.
  // Nothing where there was none.
  Result<std::optional<Bytes>> in_force_at(TimePoint time) const;

 private:
  explicit MapHistory(storage::Database& database) : database_(&database) {}
  storage::Database* database_;
};

}  // namespace countersign::authority
