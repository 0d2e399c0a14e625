// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_reader.h"

#include "authority/log/stored_tree.h"

namespace countersign::authority {

using merkle::Hash;

namespace {

// Beyond the last entry nothing is whole.
Result<void> expect_reached(const LogStore& store, storage::Reader& reader, std::uint64_t size) {
  TRY(const std::uint64_t count, store.count(reader));
  if (size > count)
    return fail(ErrorCode::kNotFound,
                "log: has " + std::to_string(count) + " entries, not " + std::to_string(size));
  return ok();
}

}  // namespace

Result<LogReader> LogReader::open(storage::Database& database) {
  TRY(const LogStore store, LogStore::open(database));
  return LogReader(database, store);
}

Result<std::optional<LogState>> LogReader::state() const {
  std::optional<LogState> state;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(state, store_.state(reader));
    return ok();
  }));
  return state;
}

Result<LogCheckpoint> LogReader::newest() const {
  TRY(auto now, state());
  if (!now) return fail(ErrorCode::kNotFound, "log: none was begun");
  return std::move(now->newest);
}

Result<void> LogReader::keep_signed(const LogState& state) const {
  return database_->write(
      [&](storage::Transaction& transaction) { return store_.keep_signed(transaction, state); });
}

Result<std::uint64_t> LogReader::size() const {
  std::uint64_t size = 0;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(size, store_.count(reader));
    return ok();
  }));
  return size;
}

Result<std::optional<LogCheckpoint>> LogReader::witnessed() const {
  std::optional<LogCheckpoint> witnessed;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(witnessed, store_.witnessed(reader));
    return ok();
  }));
  return witnessed;
}

Result<void> LogReader::keep_witnessed(const LogCheckpoint& checkpoint) const {
  return database_->write(
      [&](storage::Transaction& transaction) { return store_.keep_witnessed(transaction, checkpoint); });
}

Result<std::vector<Hash>> LogReader::prove_inclusion(std::uint64_t index, std::uint64_t size) const {
  std::vector<Hash> proof;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(expect_reached(store_, reader, size));
    StoredTree tree(store_, reader);
    TRY(proof, merkle::prove_inclusion(tree, index, size));
    return ok();
  }));
  return proof;
}

Result<std::vector<Hash>> LogReader::prove_consistency(std::uint64_t old_size, std::uint64_t size) const {
  std::vector<Hash> proof;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(expect_reached(store_, reader, size));
    StoredTree tree(store_, reader);
    TRY(proof, merkle::prove_consistency(tree, old_size, size));
    return ok();
  }));
  return proof;
}

Result<Hash> LogReader::root_at(std::uint64_t size) const {
  Hash root{};
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(expect_reached(store_, reader, size));
    StoredTree tree(store_, reader);
    TRY(root, merkle::root_of(tree, size));
    return ok();
  }));
  return root;
}

Result<Bytes> LogReader::tile_file(const merkle::TileId& tile) const {
  Bytes file;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    StoredTree tree(store_, reader);
    TRY(const auto hashes, tree.tile(tile));
    file = merkle::write_tile(hashes);
    return ok();
  }));
  return file;
}

Result<Bytes> LogReader::entries_file(const merkle::TileId& tile) const {
  Bytes file;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto entries,
        store_.entries(reader, tile.number * merkle::kTileWidth, static_cast<std::uint64_t>(tile.width)));
    std::vector<Bytes> written;
    written.reserve(entries.size());
    for (const documents::LogEntryBytes& entry : entries) written.push_back(to_bytes(BytesView(entry)));
    file = merkle::write_entries(written);
    return ok();
  }));
  return file;
}

}  // namespace countersign::authority
