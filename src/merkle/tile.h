// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "merkle/tree.h"

// Tiles of C2SP tlog-tiles: a tree cut into pieces of eight levels, each of which is served as a file that
// never changes.
namespace countersign::merkle {

inline constexpr int kTileHeight = 8;             // levels of a tile
inline constexpr std::uint64_t kTileWidth = 256;  // hashes of a full one

// TileId names a tile: at `level` L its hashes are those of subtrees of 256^L leaves, at level 0 of leaves,
// and the first is number * 256. `width` is 1–256; fewer than 256 are a tile at the right edge of a tree of
// some size.
struct TileId {
  int level = 0;
  std::uint64_t number = 0;
  int width = 256;
  auto operator<=>(const TileId&) const = default;
};

std::string tile_path(const TileId& tile);     // "tile/0/x001/x234/067", "tile/1/000.p/17"
std::string entries_path(const TileId& tile);  // "tile/entries/x001/x234/067"; the level is not looked at
// parse_tile_path reads both, entries as level 0. kMalformed for any other form, also of the same tile, and
// for a level above 63. That a tile of this name can be in a tree is not said: tile_width says it.
Result<TileId> parse_tile_path(std::string_view path);
// Whether parse_tile_path takes it, for a path of entries.
bool is_entries_path(std::string_view path);

// How many hashes the tile of that place has in a tree of `size`: 0 where it has no such tile. A tree serves
// those of this width, and may serve narrower ones of before.
int tile_width(int level, std::uint64_t number, std::uint64_t size);
// The tiles that a tree of `size` has beyond one of `old_size` (old 0: all), the partial ones of its right
// edge included, by level and number. That is about one for every 255 leaves: the caller sees to it that
// there is room for them.
std::vector<TileId> new_tiles(std::uint64_t old_size, std::uint64_t size);
// The tile in a tree of `size` that this node is in: one of its hashes, or computed from several of them
// where its level is no multiple of 8. With the width that it has there, 0 where the tree has no such tile.
TileId tile_of(const NodeId& node, std::uint64_t size);
// The hash of a node out of a tile's hashes: one of them, one over several, or that of the whole tile.
// kNotFound where the tile is too narrow, or another.
Result<Hash> hash_in_tile(const TileId& tile, std::span<const Hash> hashes, const NodeId& node);

Bytes write_tile(std::span<const Hash> hashes);  // 32 octets each
// Exactly tile.width hashes (kMalformed).
Result<std::vector<Hash>> parse_tile(const TileId& tile, BytesView bytes);
// A length of two octets, big-endian, before each entry; an entry that is longer than 65,535 octets is a
// fault of the caller (std::length_error).
Bytes write_entries(std::span<const Bytes> entries);
// Exactly tile.width entries and nothing after them (kMalformed).
Result<std::vector<Bytes>> parse_entries(const TileId& tile, BytesView bytes);

// TileSource fetches tiles of a log, from a disk or over HTTP.
class TileSource {
 public:
  virtual ~TileSource() = default;
  virtual Result<std::vector<Hash>> tile(const TileId& tile) = 0;  // exactly tile.width hashes
};

// TileHashes is a HashSource over the tiles of a tree of `size`, each of which it fetches once and keeps (8
// kB). kNotFound for a node that is not a whole subtree of that tree; kMalformed where the source gives a
// tile of another width. Believes what the tiles say: whoever does not trust them compares root_of with a
// signed checkpoint. Not thread-safe; the source outlives it.
class TileHashes final : public HashSource {
 public:
  TileHashes(TileSource& tiles, std::uint64_t size) : tiles_(tiles), size_(size) {}
  Result<std::vector<Hash>> hashes(std::span<const NodeId> nodes) override;

 private:
  Result<Hash> hash(const NodeId& node);
  TileSource& tiles_;
  std::uint64_t size_;
  std::map<TileId, std::vector<Hash>> fetched_;
};

}  // namespace countersign::merkle
