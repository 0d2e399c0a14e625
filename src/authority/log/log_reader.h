// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/log/log_store.h"

namespace countersign::authority {

// LogReader reads the public log of a data centre from its store, at any size that it has had. What it
// proves is what was committed. Thread-safe; the database outlives it.
class LogReader {
 public:
  static Result<LogReader> open(storage::Database& database);

  // The newest checkpoint that was signed and stored, which a publisher does once a second (LogAppender::head
  // knows the one of this moment). kNotFound before a log was begun.
  Result<LogCheckpoint> newest() const;
  Result<std::optional<LogState>> state() const;
  Result<void> keep_signed(const LogState& state) const;
  // How many entries are committed.
  Result<std::uint64_t> size() const;
  // The newest one that as many witnesses have signed as the operator asks for, if any; and to keep one.
  Result<std::optional<LogCheckpoint>> witnessed() const;
  Result<void> keep_witnessed(const LogCheckpoint& checkpoint) const;

  // Proofs as of RFC 9162 §2.1.3.1 and §2.1.4.1. kMalformed where index >= size, old_size > size; kNotFound
  // for a size that the log has not reached.
  Result<std::vector<merkle::Hash>> prove_inclusion(std::uint64_t index, std::uint64_t size) const;
  Result<std::vector<merkle::Hash>> prove_consistency(std::uint64_t old_size, std::uint64_t size) const;
  Result<merkle::Hash> root_at(std::uint64_t size) const;

  // The files of C2SP tlog-tiles, of any width that the tile has had. kNotFound for what the log has not.
  Result<Bytes> tile_file(const merkle::TileId& tile) const;
  Result<Bytes> entries_file(const merkle::TileId& tile) const;

 private:
  LogReader(storage::Database& database, LogStore store) : database_(&database), store_(store) {}
  storage::Database* database_;
  LogStore store_;
};

}  // namespace countersign::authority
