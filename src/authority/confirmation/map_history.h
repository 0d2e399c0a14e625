// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "network/kept_map.h"
#include "storage/database.h"

namespace countersign::authority {

// MapHistory keeps every network map that was in force here, as it was signed, and since when: a receipt
// carries the one by which its confirmation was decided. Thread-safe; the database outlives it.
class MapHistory {
 public:
  static Result<MapHistory> open(storage::Database& database);

  // Keeps a map as one that is in force from `now` on, unless it is kept already. Costs nothing for the one
  // that was kept last.
  Result<void> keep(const network::MapView& map, TimePoint now) const;
  // The signed map that was in force at `time`: the one that came into force last by then, unless it was
  // over. Nothing where there was none. Asks the store only for what was before the one that was kept last.
  Result<std::optional<Bytes>> in_force_at(TimePoint time) const;

 private:
  struct Newest;
  explicit MapHistory(storage::Database& database);
  storage::Database* database_;
  std::shared_ptr<Newest> newest_;  // that was kept last
};

}  // namespace countersign::authority
