// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/policy.h"
#include "logbook/finding.h"
#include "logbook/found_file.h"
#include "storage/database.h"

namespace countersign::logbook {

// A checkpoint that the store of an authority keeps, with the size that stands beside it.
struct StoredCheckpoint {
  std::string table;  // log_state: the newest that was signed; log_witnessed: that enough witnesses signed
  std::string note;
  std::uint64_t size = 0;
  friend bool operator==(const StoredCheckpoint&, const StoredCheckpoint&) = default;
};
// Those that there are, as they are at one moment.
Result<std::vector<StoredCheckpoint>> stored_checkpoints(storage::Reader& reader);
Result<std::vector<StoredCheckpoint>> stored_checkpoints(storage::Database& store);
// What is wrong with it, in words, without a look at the tree; nullopt where nothing is. Without a policy no
// signature is verified.
std::optional<std::string> problem_of(const StoredCheckpoint& stored, const checkpoint::Policy* policy);

// StoreComparison holds the leaves of a log against the store of the authority that keeps it: the entry of
// each index, the confirmation that it commits to, and the finished tiles, out of which proofs are made. Asks
// for 256 confirmations at a time, each time on a new snapshot. One thread; store and `found` outlive it.
class StoreComparison {
 public:
  using Found = std::function<Result<void>(Finding)>;
  StoreComparison(storage::Database& store, Found found) : store_(store), found_(std::move(found)) {}

  // kUnsupported where the store has no log.
  Result<void> expect_log();
  // Of a bundle's leaves, in the order of the log.
  Result<void> compare(std::uint64_t first, const Hashes& leaves);
  // Of a tile of the log. The store has the finished ones only.
  Result<void> compare_tile(const merkle::TileId& id, const Hashes& hashes);
  // After the last.
  Result<void> finish();

 private:
  struct Confirmation {
    std::string id;
    Result<Sha256Digest> commitment;
  };
  Result<void> compare_entry(std::uint64_t index, const merkle::Hash& leaf, const Bytes& entry,
                             const Confirmation* confirmation);
  Result<void> note_missing(std::uint64_t index);
  Result<void> end_run();
  Result<void> tell(std::uint64_t index, std::string what);

  storage::Database& store_;
  const Found found_;
  // Indices without an entry, one after the other, that are not told yet.
  struct Run {
    std::uint64_t first = 0, last = 0;
  };
  std::optional<Run> missing_;
};

}  // namespace countersign::logbook
