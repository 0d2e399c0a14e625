// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/checkpoint.h"
#include "storage/database.h"

namespace countersign::authority {

// Contradiction is a checkpoint that our own log has signed and that is not of the tree that it has now:
// somebody put an older store in its place, or signs with its key elsewhere.
struct Contradiction {
  checkpoint::Checkpoint checkpoint;
  std::string note;
  std::string witness;  // who showed it
  TimePoint time;
};

// Contradictions keeps them in the authority's store, so that no restart makes the log forget what a witness
// showed. Thread-safe.
class Contradictions {
 public:
  // The database outlives it.
  static Result<Contradictions> open(storage::Database& database);

  // Keeps it, once, and ten of an origin; whether it was new.
  Result<bool> keep(const Contradiction& contradiction) const;
  // Those of an origin, the smallest first.
  Result<std::vector<Contradiction>> of(const std::string& origin) const;
  // Once the log has it after all.
  Result<void> settle(const Contradiction& contradiction) const;

 private:
  explicit Contradictions(storage::Database& database) : database_(&database) {}
  storage::Database* database_;
};

}  // namespace countersign::authority
