// SPDX-License-Identifier: Apache-2.0
#include "logbook/edge_search.h"

#include <algorithm>

#include "merkle/edge.h"

namespace countersign::logbook {
namespace {

using merkle::Hash;

constexpr std::size_t kMostCombinations = 4096;

// EdgeSearch holds what each level's hashes could be, and tries all combinations whenever there are more.
class EdgeSearch {
 public:
  EdgeSearch(const std::vector<FoundTile>& edge, std::uint64_t size, const Hash& root)
      : edge_(edge), options_(edge.size()), size_(size), root_(root) {}

  void add(std::size_t level, std::optional<Hashes> hashes, Provenance from) {
    if (!hashes || hashes->size() != static_cast<std::size_t>(edge_[level].id.width)) return;
    auto& known = options_[level];
    const auto is_known = [&](const Candidate& one) { return one.hashes == *hashes; };
    if (std::ranges::none_of(known, is_known)) known.push_back({std::move(*hashes), from});
  }

  std::optional<std::vector<Candidate>> find() const {
    std::size_t combinations = 1;
    for (const auto& known : options_)
      combinations = std::min(combinations * known.size(), kMostCombinations);
    for (std::size_t number = 0; number < combinations; ++number)
      if (auto found = combination(number)) return found;
    return std::nullopt;
  }

 private:
  // The combination of that number, if it leads to the root.
  std::optional<std::vector<Candidate>> combination(std::size_t number) const {
    std::vector<Candidate> chosen;
    std::vector<Hashes> partial;
    for (const auto& known : options_) {
      chosen.push_back(known[number % known.size()]);
      partial.push_back(chosen.back().hashes);
      number /= known.size();
    }
    if (root_of_edge(size_, std::move(partial)) != root_) return std::nullopt;
    return chosen;
  }

  const std::vector<FoundTile>& edge_;
  std::vector<std::vector<Candidate>> options_;  // by level
  const std::uint64_t size_;
  const Hash root_;
};

}  // namespace

std::vector<FoundTile> find_edge(LogSource& log, std::uint64_t size) {
  std::vector<FoundTile> edge;
  for (int level = 0; level < 64 / merkle::kTileHeight && size >> (level * merkle::kTileHeight) != 0;
       ++level) {
    const std::uint64_t number = (size >> (level * merkle::kTileHeight)) / merkle::kTileWidth;
    const merkle::TileId id{level, number, merkle::tile_width(level, number, size)};
    FoundTile none;
    none.id = id;
    edge.push_back(id.width > 0 ? find_tile(log, id) : std::move(none));
  }
  return edge;
}

std::optional<Hash> root_of_edge(std::uint64_t size, std::vector<Hashes> partial) {
  const auto edge = merkle::Edge::restore(size, std::move(partial));
  if (!edge) return std::nullopt;
  return edge.value().root();
}

Result<std::optional<std::vector<Candidate>>> search_edge(const std::vector<FoundTile>& edge,
                                                          std::uint64_t size, const Hash& root,
                                                          Candidates& candidates) {
  EdgeSearch search(edge, size, root);
  const auto with_tile = [&](const auto& add) {
    for (std::size_t level = 0; level < edge.size(); ++level)
      if (edge[level].id.width > 0) add(level, edge[level]);
  };
  for (std::size_t level = 0; level < edge.size(); ++level)
    search.add(level, edge[level].hashes, Provenance::kHere);  // none at all where the level has none
  if (auto found = search.find()) return found;

  with_tile([&](std::size_t level, const FoundTile& tile) {
    search.add(level, candidates.from_below(tile.id), Provenance::kDerived);
  });
  if (auto found = search.find()) return found;

  for (std::size_t level = 0; level < edge.size(); ++level) {
    if (edge[level].id.width == 0) continue;
    TRY(auto hashes, candidates.from_other(edge[level].id));
    search.add(level, std::move(hashes), Provenance::kOther);
  }
  if (auto found = search.find()) return found;

  for (const auto prefer : {Candidates::Prefer::kTiles, Candidates::Prefer::kEntries})
    with_tile([&](std::size_t level, const FoundTile& tile) {
      search.add(level, candidates.by_majority(tile.id, tile, prefer), Provenance::kDerived);
    });
  return search.find();
}

}  // namespace countersign::logbook
