// SPDX-License-Identifier: Apache-2.0
#include "merkle/tile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "base/text.h"

namespace countersign::merkle {
namespace {

constexpr int kLevels = 64 / kTileHeight;  // of tiles that a tree can have
constexpr int kHighestLevel = 63;          // that a path can name
constexpr std::size_t kLongestPath = 64;   // in octets; none has as many
constexpr std::string_view kTiles = "tile/", kEntries = "entries", kPartial = ".p/";

std::string path_of(std::string_view kind, const TileId& tile) {
  std::string number = fmt::format("{:03}", tile.number % 1000);
  for (std::uint64_t rest = tile.number / 1000; rest != 0; rest /= 1000)
    number = fmt::format("x{:03}/{}", rest % 1000, number);
  std::string path = fmt::format("{}{}/{}", kTiles, kind, number);
  if (tile.width != static_cast<int>(kTileWidth)) path += fmt::format("{}{}", kPartial, tile.width);
  return path;
}

// A decimal number and nothing else.
template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// Takes more than the one form of a path: its caller writes what was read and compares.
bool read_loosely(std::string_view path, TileId& tile) {
  if (path.size() > kLongestPath || !path.starts_with(kTiles)) return false;
  std::string_view rest = path.substr(kTiles.size());
  const std::string_view level = take_part(rest, '/');
  if (level != kEntries && !read_number(level, tile.level)) return false;
  const auto partial = rest.find(kPartial);
  if (partial != std::string_view::npos &&
      (!read_number(rest.substr(partial + kPartial.size()), tile.width) ||
       tile.width >= static_cast<int>(kTileWidth)))
    return false;
  std::string digits(rest.substr(0, partial));
  std::erase_if(digits, [](char c) { return c == 'x' || c == '/'; });
  return read_number(digits, tile.number) && tile.level >= 0 && tile.level <= kHighestLevel &&
         tile.width >= 1;
}

bool is_of_entries(std::string_view path) {
  return path.substr(std::min(path.size(), kTiles.size())).starts_with(kEntries);
}

}  // namespace

std::string tile_path(const TileId& tile) {
  return path_of(std::to_string(tile.level), tile);
}

std::string entries_path(const TileId& tile) {
  return path_of(kEntries, tile);
}

Result<TileId> parse_tile_path(std::string_view path) {
  TileId tile;
  // One form for each tile: that in which we write it.
  if (!read_loosely(path, tile) || path != (is_of_entries(path) ? entries_path(tile) : tile_path(tile)))
    return fail(ErrorCode::kMalformed, "tile path: not tile/<level>/<number>[.p/<width>]");
  return tile;
}

bool is_entries_path(std::string_view path) {
  return is_of_entries(path) && parse_tile_path(path).has_value();
}

int tile_width(int level, std::uint64_t number, std::uint64_t size) {
  if (level < 0 || level >= kLevels) return 0;
  const std::uint64_t hashes = size >> (level * kTileHeight);
  if (number < hashes / kTileWidth) return static_cast<int>(kTileWidth);
  return number == hashes / kTileWidth ? static_cast<int>(hashes % kTileWidth) : 0;
}

std::vector<TileId> new_tiles(std::uint64_t old_size, std::uint64_t size) {
  std::vector<TileId> tiles;
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t old_hashes = old_size >> (level * kTileHeight);
    const std::uint64_t hashes = size >> (level * kTileHeight);
    if (hashes <= old_hashes) break;  // nor does it have more of those above
    std::uint64_t number = old_hashes / kTileWidth;
    for (; number < hashes / kTileWidth; ++number) tiles.push_back({level, number});
    if (hashes % kTileWidth != 0) tiles.push_back({level, number, static_cast<int>(hashes % kTileWidth)});
  }
  return tiles;
}

TileId tile_of(const NodeId& node, std::uint64_t size) {
  const int level = node.level / kTileHeight;
  const std::uint64_t number = node.index >> (kTileHeight - node.level % kTileHeight);
  return {level, number, tile_width(level, number, size)};
}

Result<Hash> hash_in_tile(const TileId& tile, std::span<const Hash> hashes, const NodeId& node) {
  const int inside = node.level - tile.level * kTileHeight;  // levels above the tile's hashes
  if (inside < 0 || inside > kTileHeight || node.index >> (kTileHeight - inside) != tile.number)
    return fail(ErrorCode::kNotFound,
                fmt::format("{}: has no node {}/{}", tile_path(tile), node.level, node.index));
  const std::size_t first = (node.index << inside) % kTileWidth;
  const std::size_t count = std::size_t{1} << inside;
  if (first + count > hashes.size())
    return fail(ErrorCode::kNotFound,
                fmt::format("{}: too narrow for node {}/{}", tile_path(tile), node.level, node.index));
  const auto part = hashes.subspan(first, count);
  std::vector<Hash> row(part.begin(), part.end());
  for (; row.size() > 1; row.resize(row.size() / 2))
    for (std::size_t i = 0; i < row.size() / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
  return row.front();
}

Bytes write_tile(std::span<const Hash> hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) bytes.insert(bytes.end(), hash.begin(), hash.end());
  return bytes;
}

Result<std::vector<Hash>> parse_tile(const TileId& tile, BytesView bytes) {
  if (bytes.empty() || bytes.size() % sizeof(Hash) != 0 ||
      bytes.size() / sizeof(Hash) != static_cast<std::size_t>(tile.width))
    return fail(ErrorCode::kMalformed,
                fmt::format("{}: {} octets are not its hashes", tile_path(tile), bytes.size()));
  std::vector<Hash> hashes(bytes.size() / sizeof(Hash));
  for (std::size_t i = 0; i < hashes.size(); ++i)
    std::ranges::copy(bytes.subspan(i * sizeof(Hash), sizeof(Hash)), hashes[i].begin());
  return hashes;
}

Bytes write_entries(std::span<const Bytes> entries) {
  Bytes bytes;
  for (const Bytes& entry : entries) {
    if (entry.size() > 0xffff) throw std::length_error("entry of a log");
    bytes.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
    bytes.push_back(static_cast<std::uint8_t>(entry.size() & 0xff));
    bytes.insert(bytes.end(), entry.begin(), entry.end());
  }
  return bytes;
}

Result<std::vector<Bytes>> parse_entries(const TileId& tile, BytesView bytes) {
  const auto malformed = [&](std::string_view what) {
    return fail(ErrorCode::kMalformed, fmt::format("{}: {}", entries_path(tile), what));
  };
  if (tile.width < 1) return malformed("no entries");
  std::vector<Bytes> entries;
  for (int i = 0; i < tile.width; ++i) {
    if (bytes.size() < 2) return malformed("too few entries");
    const std::size_t length = std::size_t{bytes[0]} << 8 | bytes[1];
    if (bytes.size() - 2 < length) return malformed("an entry is cut short");
    entries.push_back(to_bytes(bytes.subspan(2, length)));
    bytes = bytes.subspan(2 + length);
  }
  if (!bytes.empty()) return malformed("something after its entries");
  return entries;
}

Result<std::vector<Hash>> TileHashes::hashes(std::span<const NodeId> nodes) {
  std::vector<Hash> found;
  found.reserve(nodes.size());
  for (const NodeId& node : nodes) {
    TRY(const Hash hash, this->hash(node));
    found.push_back(hash);
  }
  return found;
}

Result<Hash> TileHashes::hash(const NodeId& node) {
  if (node.level < 0 || node.level > 63 || node.index >= size_ >> node.level)
    return fail(ErrorCode::kNotFound,
                fmt::format("node {}/{}: not in a tree of {} leaves", node.level, node.index, size_));
  const TileId tile = tile_of(node, size_);
  auto fetched = fetched_.find(tile);
  if (fetched == fetched_.end()) {
    TRY(std::vector<Hash> hashes, tiles_.tile(tile));
    if (hashes.size() != static_cast<std::size_t>(tile.width))
      return fail(ErrorCode::kMalformed, fmt::format("{}: {} hashes", tile_path(tile), hashes.size()));
    fetched = fetched_.emplace(tile, std::move(hashes)).first;
  }
  return hash_in_tile(tile, fetched->second, node);
}

}  // namespace countersign::merkle
