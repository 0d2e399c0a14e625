// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "authority/interwork/feed_follower.h"
#include "storage/database.h"

namespace countersign::authority {

// FeedPositions keeps in the authority's store how far the status feed of each data centre was followed, so
// that a feed that goes back, or tells another history, is noticed after a restart as well. No change is
// lost with a place that is older than what was followed: it is told once more.
class FeedPositions {
 public:
  // The database outlives it.
  static Result<FeedPositions> open(storage::Database& database);

  Result<std::map<x509::Name, FeedPlace>> load() const;
  Result<void> save(const x509::Name& data_centre, const FeedPlace& place) const;

 private:
  explicit FeedPositions(storage::Database& database) : database_(&database) {}
  storage::Database* database_;
};

}  // namespace countersign::authority
