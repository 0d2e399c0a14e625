// SPDX-License-Identifier: Apache-2.0
#include "merkle/edge.h"

#include <fmt/format.h>

#include <utility>

namespace countersign::merkle {
namespace {

constexpr std::uint64_t kLargestSize = (std::uint64_t{1} << 63) - 1;

class EdgeHashes final : public HashSource {
 public:
  explicit EdgeHashes(const Edge& edge) : edge_(edge) {}

  Result<std::vector<Hash>> hashes(std::span<const NodeId> nodes) override {
    std::vector<Hash> found;
    found.reserve(nodes.size());
    for (const NodeId& node : nodes) {
      TRY(const Hash hash, edge_.hash(node));
      found.push_back(hash);
    }
    return found;
  }

 private:
  const Edge& edge_;
};

}  // namespace

Result<Edge> Edge::restore(std::uint64_t size, std::vector<std::vector<Hash>> partial_by_level) {
  if (size > kLargestSize) return fail(ErrorCode::kMalformed, "edge: larger than a log can be");
  Edge edge;
  edge.size_ = size;
  std::uint64_t hashes = size;  // of the level
  for (std::size_t level = 0; level < partial_by_level.size(); ++level, hashes /= kTileWidth) {
    std::vector<Hash>& partial = partial_by_level[level];
    if (hashes == 0 || partial.size() != hashes % kTileWidth)
      return fail(ErrorCode::kMalformed, fmt::format("edge: {} hashes at level {} of a tree of {} leaves",
                                                     partial.size(), level, size));
    edge.add_level();
    edge.partial_[level] = std::move(partial);
    for (std::size_t count = 1; count <= edge.partial_[level].size(); ++count) edge.complete(level, count);
  }
  if (hashes != 0)
    return fail(ErrorCode::kMalformed,
                fmt::format("edge: {} levels for a tree of {} leaves", partial_by_level.size(), size));
  return edge;
}

std::vector<Edge::FullTile> Edge::append(const Hash& leaf) {
  std::vector<FullTile> full;
  const std::uint64_t index = size_++;
  Hash hash = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == partial_.size()) add_level();
    std::vector<Hash>& partial = partial_[level];
    partial.push_back(hash);
    complete(level, partial.size());
    if (partial.size() < kTileWidth) return full;
    const TileId id{static_cast<int>(level), (index / kTileWidth) >> (level * kTileHeight)};
    finished_[level] = std::make_shared<const Finished>(Finished{id.number, partial, inner_[level]});
    full.push_back({id, std::exchange(partial, {})});
    hash = inner_[level][1];
  }
}

Hash Edge::root() const {
  EdgeHashes hashes(*this);
  return root_of(hashes, size_).value();  // all that it asks for are of the right edge
}

Result<std::vector<Hash>> Edge::prove_inclusion(std::uint64_t index) const {
  EdgeHashes hashes(*this);
  return merkle::prove_inclusion(hashes, index, size_);
}

Result<std::vector<Hash>> Edge::prove_consistency(std::uint64_t old_size) const {
  EdgeHashes hashes(*this);
  return merkle::prove_consistency(hashes, old_size, size_);
}

Result<Hash> Edge::hash(const NodeId& node) const {
  const auto out_of_reach = [&] {
    return fail(ErrorCode::kNotFound,
                fmt::format("edge: node {}/{} is out of reach", node.level, node.index));
  };
  if (node.level < 0 || node.level > 63 || node.index >= size_ >> node.level) return out_of_reach();
  const TileId tile = tile_of(node, size_);
  const auto level = static_cast<std::size_t>(tile.level);
  const bool is_full = tile.width == static_cast<int>(kTileWidth);
  const Finished* finished = finished_[level].get();
  if (is_full && (finished == nullptr || finished->number != tile.number)) return out_of_reach();
  const std::vector<Hash>& hashes = is_full ? finished->hashes : partial_[level];
  const Inner& inner = is_full ? finished->inner : inner_[level];
  const std::size_t row = kTileWidth >> (node.level % kTileHeight);  // where its row begins in the heap
  return row == kTileWidth ? hashes[node.index % row] : inner[row + node.index % row];
}

void Edge::add_level() {
  partial_.emplace_back();
  inner_.emplace_back();
  finished_.emplace_back();
}

void Edge::complete(std::size_t level, std::size_t count) {
  const std::vector<Hash>& hashes = partial_[level];
  Inner& inner = inner_[level];
  std::size_t place = kTileWidth + count - 1;
  if (place % 2 == 0) return;  // a left child waits for its sibling
  place /= 2;
  inner[place] = node_hash(hashes[count - 2], hashes[count - 1]);
  for (; place % 2 == 1 && place > 1; place /= 2)
    inner[place / 2] = node_hash(inner[place - 1], inner[place]);
}

}  // namespace countersign::merkle
