// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "documents/log_entry.h"
#include "merkle/edge.h"
#include "storage/database.h"

namespace countersign::authority {

// A checkpoint as it was signed: the note, and how many entries its tree has.
struct LogCheckpoint {
  std::uint64_t size = 0;
  std::string note;
  friend bool operator==(const LogCheckpoint&, const LogCheckpoint&) = default;
};

// LogState is the newest checkpoint of a log that was signed and stored. Entries may have come since.
struct LogState {
  std::string origin;
  LogCheckpoint newest;
  TimePoint time;  // of the newest entry in it
};

// LogStore keeps the public log of one data centre: its entries, its finished tiles, and the newest
// checkpoint. Unfinished tiles follow from these. Works within the caller's transaction. Thread-safe.
class LogStore {
 public:
  static Result<LogStore> open(storage::Database& database);

  // Nothing before a log was begun.
  Result<std::optional<LogState>> state(storage::Reader& reader) const;
  // Begins a log without entries. kConflict where there is one, and for an origin that was ended.
  Result<void> begin(storage::Transaction& transaction, const LogState& state) const;
  // What is appended in one transaction. `finished` are the tiles that became full by it, each with its root.
  struct FinishedTile {
    merkle::TileId id;
    merkle::Hash root;
    std::vector<merkle::Hash> hashes;
  };
  struct Growth {
    std::uint64_t size_before = 0;
    std::span<const documents::LogEntryBytes> entries;
    std::vector<FinishedTile> finished;
  };
  // kConflict where the log has one of these entries already.
  Result<void> grow(storage::Transaction& transaction, const Growth& growth) const;
  // The last checkpoints of the logs that were ended, as notes.
  Result<std::vector<std::string>> ended_checkpoints(storage::Reader& reader) const;
  // Keeps a checkpoint of the log that is kept, unless a larger one is stored already.
  Result<void> keep_signed(storage::Transaction& transaction, const LogState& state) const;
  // Takes this for the time of the newest entry, where that was logged under a clock that was ahead.
  Result<void> set_time(storage::Transaction& transaction, TimePoint time) const;
  // Ends the log of that origin, and whatever log the store has: neither origin is ever begun again, and the
  // store has no log until another is begun. What it held goes; its last checkpoint is kept.
  Result<void> end(storage::Transaction& transaction, const std::string& origin, TimePoint now) const;

  // Exactly so many entries from `first` on. kNotFound where they are not all there.
  Result<std::vector<documents::LogEntryBytes>> entries(storage::Reader& reader, std::uint64_t first,
                                                        std::uint64_t count) const;
  // How many entries there are, by the index of the last.
  Result<std::uint64_t> count(storage::Reader& reader) const;
  // The hashes of a finished tile; nothing where it is not finished.
  Result<std::optional<std::vector<merkle::Hash>>> finished_tile(storage::Reader& reader, int level,
                                                                 std::uint64_t number) const;
  // The roots of exactly so many finished tiles of a level. kNotFound where they are not all there.
  Result<std::vector<merkle::Hash>> tile_roots(storage::Reader& reader, int level, std::uint64_t first,
                                               std::uint64_t count) const;

  // The newest checkpoint that as many witnesses have signed as the operator asks for, with their signatures.
  Result<std::optional<LogCheckpoint>> witnessed(storage::Reader& reader) const;
  // Keeps it, unless a larger one is kept already.
  Result<void> keep_witnessed(storage::Transaction& transaction, const LogCheckpoint& checkpoint) const;

 private:
  LogStore() = default;
};

}  // namespace countersign::authority
