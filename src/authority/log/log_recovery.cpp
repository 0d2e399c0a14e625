// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_recovery.h"

#include <algorithm>

#include "authority/log/log_growth.h"
#include "authority/log/stored_tree.h"

namespace countersign::authority {
namespace {

using documents::LogEntryBytes;

// Room for a full tile of entries of any kind that is ours.
constexpr std::size_t kMostEntriesFile = merkle::kTileWidth * (2 + LogEntryBytes().size());

// The entries of one tile, from the index `first` on.
Result<std::vector<LogEntryBytes>> read_entries(PublicFolder& folder, const merkle::TileId& tile,
                                                std::uint64_t first) {
  const std::string path = merkle::entries_path(tile);
  TRY(const auto content, folder.read(path, kMostEntriesFile));
  if (!content) return fail(ErrorCode::kNotFound, "log folder: " + path + " is missing");
  auto parsed = merkle::parse_entries(tile, *content);
  if (!parsed) return fail(parsed.error(), "log folder: " + path);
  std::vector<LogEntryBytes> entries;
  for (std::size_t i = first % merkle::kTileWidth; i < parsed.value().size(); ++i) {
    const Bytes& bytes = parsed.value()[i];
    if (const auto entry = documents::parse_log_entry(bytes); !entry)
      return fail(entry.error(), "log folder: " + path);
    entries.emplace_back();
    std::ranges::copy(bytes, entries.back().begin());
  }
  return entries;
}

Result<std::vector<LogEntryBytes>> read_entries(PublicFolder& folder, std::uint64_t first,
                                                std::uint64_t size) {
  std::vector<LogEntryBytes> all;
  for (std::uint64_t next = first; next < size;) {
    const std::uint64_t number = next / merkle::kTileWidth;
    TRY(const auto entries, read_entries(folder, {0, number, merkle::tile_width(0, number, size)}, next));
    all.insert(all.end(), entries.begin(), entries.end());
    next += entries.size();
  }
  return all;
}

// In a log that the store has gone on with: what was published must be a part of it.
Result<void> expect_contained(const LogStore& store, storage::Reader& reader,
                              const checkpoint::Checkpoint& published) {
  StoredTree tree(store, reader);
  TRY(const merkle::Hash root, merkle::root_of(tree, published.size));
  if (root != published.root)
    return fail(ErrorCode::kConflict, "log folder: another tree of " + std::to_string(published.size) +
                                          " entries was published than the store has");
  return ok();
}

}  // namespace

Result<std::optional<Published>> read_published(PublicFolder& folder, const checkpoint::VerifierKey& key) {
  TRY(const auto content, folder.read("checkpoint", checkpoint::kMaxNoteSize));
  if (!content) return std::optional<Published>();
  const std::string_view note = as_text(*content);
  TRY(const auto claimed, checkpoint::claimed_checkpoint(note));
  if (claimed.origin != key.name)
    return fail(ErrorCode::kConflict, "log folder: holds another log, " + claimed.origin);
  TRY(auto verified, checkpoint::verify_checkpoint(note, key));
  return std::optional(Published{std::move(verified.checkpoint), std::string(note)});
}

Result<std::uint64_t> take_published(storage::Transaction& transaction, const LogStore& store,
                                     PublicFolder& folder, const checkpoint::VerifierKey& key,
                                     TimePoint now) {
  TRY(const auto published, read_published(folder, key));
  if (!published) return std::uint64_t{0};
  TRY(auto state, store.state(transaction));
  if (!state) {
    state = LogState{key.name, {0, published->note}, now};
    TRY(store.begin(transaction, *state));
  }
  if (state->origin != key.name)
    return fail(ErrorCode::kConflict,
                "log: the store's is " + state->origin + ", and the folder's " + key.name);
  const std::uint64_t before = state->newest.size;
  if (published->checkpoint.size <= before) {
    TRY(expect_contained(store, transaction, published->checkpoint));
    return std::uint64_t{0};
  }
  TRY(merkle::Edge tree, restore_edge(store, transaction, before));
  TRY(const auto entries, read_entries(folder, before, published->checkpoint.size));
  LogStore::Growth growth = grow_tree(tree, entries);
  if (tree.root() != published->checkpoint.root)
    return fail(ErrorCode::kConflict, "log folder: its entries from " + std::to_string(before) +
                                          " on do not lead from the store's log to its checkpoint");
  growth.after = {key.name, {tree.size(), published->note}, std::max(state->time, now)};
  TRY(store.grow(transaction, growth));
  return published->checkpoint.size - before;
}

}  // namespace countersign::authority
