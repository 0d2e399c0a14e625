// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_growth.h"

#include <algorithm>
#include <iterator>

#include "authority/log/stored_tree.h"

namespace countersign::authority {
namespace {

using merkle::Hash;

// Each tile's root is what was appended above it: the last hash of the next finished tile, or of the
// unfinished one that is there now.
std::vector<LogStore::FinishedTile> with_roots(std::vector<merkle::Edge::FullTile> full,
                                               const merkle::Edge& tree) {
  std::vector<LogStore::FinishedTile> finished;
  finished.reserve(full.size());
  for (std::size_t i = 0; i < full.size(); ++i) {
    const auto above = static_cast<std::size_t>(full[i].id.level) + 1;
    const Hash root = i + 1 < full.size() ? full[i + 1].hashes.back() : tree.partial()[above].back();
    finished.push_back({full[i].id, root, std::move(full[i].hashes)});
  }
  return finished;
}

}  // namespace

Result<merkle::Edge> restore_edge(const LogStore& store, storage::Reader& reader, std::uint64_t size) {
  StoredTree tree(store, reader);
  std::vector<std::vector<Hash>> partial;
  int level = 0;
  for (std::uint64_t hashes = size; hashes > 0; hashes /= merkle::kTileWidth, ++level) {
    std::vector<Hash> unfinished;
    if (const auto width = static_cast<int>(hashes % merkle::kTileWidth); width > 0) {
      TRY(unfinished, tree.tile({level, hashes / merkle::kTileWidth, width}));
    }
    partial.push_back(std::move(unfinished));
  }
  return merkle::Edge::restore(size, std::move(partial));
}

LogStore::Growth grow_tree(merkle::Edge& tree, std::span<const documents::LogEntryBytes> entries) {
  LogStore::Growth growth{tree.size(), entries, {}, {}};
  for (const documents::LogEntryBytes& entry : entries) {
    auto full = tree.append(merkle::leaf_hash(entry));
    if (full.empty()) continue;
    auto finished = with_roots(std::move(full), tree);
    std::ranges::move(finished, std::back_inserter(growth.finished));
  }
  return growth;
}

}  // namespace countersign::authority
