// SPDX-License-Identifier: Apache-2.0
#include "logbook/source_tiles.h"

#include "checkpoint/checkpoint.h"

namespace countersign::logbook {

using merkle::TileId;

namespace {

// Nothing where the log says that it has no such file; what it does not answer at all is for another time.
Result<std::optional<Bytes>> find_file(LogSource& log, const std::string& path) {
  auto file = log.get(path);
  if (file) return std::optional(std::move(file).value());
  if (file.error().code == ErrorCode::kNotFound) return std::nullopt;
  return fail(file.error());
}

}  // namespace

Result<int> newest_width(LogSource& log, const TileId& id) {
  TRY(const auto note, find_file(log, std::string(kCheckpointPath)));
  if (!note) return 0;
  const auto claimed = checkpoint::claimed_checkpoint(as_text(*note));
  return claimed ? merkle::tile_width(id.level, id.number, claimed.value().size) : 0;
}

Result<SourceTiles::Found> SourceTiles::find(const TileId& id, PathOf path_of) {
  TRY(auto exact, find_file(log_, path_of(id)));
  if (exact) return Found{id, std::move(*exact)};
  const TileId full{id.level, id.number};
  if (id.width < full.width) {
    TRY(auto whole, find_file(log_, path_of(full)));
    if (whole) return Found{full, std::move(*whole)};
    TRY(const int width, newest_width(log_, id));
    const TileId wider{id.level, id.number, width};
    if (wider.width > id.width) {
      TRY(auto found, find_file(log_, path_of(wider)));
      if (found) return Found{wider, std::move(*found)};
    }
  }
  return fail(ErrorCode::kNotFound, path_of(id) + ": the log does not have it");
}

Result<std::vector<merkle::Hash>> SourceTiles::tile(const TileId& id) {
  TRY(const Found found, find(id, merkle::tile_path));
  TRY(std::vector<merkle::Hash> hashes, merkle::parse_tile(found.id, found.octets));
  hashes.resize(static_cast<std::size_t>(id.width));
  return hashes;
}

Result<std::vector<Bytes>> SourceTiles::entries(const TileId& id) {
  TRY(const Found found, find(id, merkle::entries_path));
  TRY(std::vector<Bytes> entries, merkle::parse_entries(found.id, found.octets));
  entries.resize(static_cast<std::size_t>(id.width));
  return entries;
}

}  // namespace countersign::logbook
