// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "authority/witness/witness_rules.h"
#include "storage/database.h"

namespace countersign::authority {

// WitnessConflict is evidence against a log: a checkpoint that it signed and that does not follow from what
// the witness had cosigned before.
struct WitnessConflict {
  CheckpointConflict kind = CheckpointConflict::kUnproven;
  checkpoint::Checkpoint offered;
  std::string note;    // the offered one, with the log's signature
  std::string newest;  // note of what was cosigned before; empty where there was nothing
  TimePoint time;      // at which it came
};

// WitnessStore is a witness's memory. It must never go back: whoever puts an older copy in its place makes
// the witness say what is not true. So it is a database of its own, apart from the authority's, that no
// backup holds and no restore replaces; and it knows the keys that were made for it, so that a witness whose
// memory is lost does not go on under its old name. Thread-safe; several processes may open it.
class WitnessStore {
 public:
  // The database outlives it.
  static Result<WitnessStore> open(storage::Database& database);

  // admit_key notes that a key was made for this memory, as long as nothing was signed with it.
  Result<void> admit_key(const checkpoint::VerifierKey& key, TimePoint now) const;
  // kConflict for a key that was not: the memory is lost, or another's.
  Result<void> expect_key(const checkpoint::VerifierKey& key) const;

  // Of what is kept kInternal, which names the row, where its note says something else: the file is spoilt.
  Result<std::optional<WitnessedLog>> newest(std::string_view origin) const;
  // The note that is kept of the log whose origin has this SHA-256 (tlog-witness, monitoring). kNotFound.
  Result<std::string> note_of(BytesView origin_hash) const;
  Result<std::vector<WitnessedLog>> all() const;

  // update asks `decide` what is to be kept of a log in place of what is kept now, and keeps it, durably,
  // before it returns: nobody else decides about that log meanwhile. Whether evidence became a fork by it.
  // Nothing changes where `decide` gives nothing or fails. kInternal for a checkpoint that is smaller, or of
  // the same size with another root: nothing of ours decides so.
  using Decide =
      std::function<Result<std::optional<WitnessedLog>>(const std::optional<WitnessedLog>& newest)>;
  Result<bool> update(const std::string& origin, const Decide& decide) const;

  // keep_conflict keeps evidence; whether it was new and there was room. Of a log 100 forks are kept for
  // good, and 20 unproven checkpoints for 30 days, or until there are more: anybody can send a log's
  // checkpoint with a proof that is none, so the oldest of them makes room for another, but not within its
  // first hour. An unproven one that `update` keeps later is no evidence any more, and becomes a fork where
  // another of its size is kept.
  Result<bool> keep_conflict(const WitnessConflict& conflict) const;
  Result<std::vector<WitnessConflict>> conflicts() const;
  // Evidence that is not in the audit log yet: `record` enters one, and is asked again where it failed.
  Result<void> record_conflicts(const std::function<Result<void>(const WitnessConflict&)>& record) const;

 private:
  explicit WitnessStore(storage::Database& database) : database_(&database) {}
  storage::Database* database_;
};

}  // namespace countersign::authority
