// SPDX-License-Identifier: Apache-2.0
#include "logbook/source_tiles.h"

#include "checkpoint/checkpoint.h"

namespace countersign::logbook {

using merkle::TileId;

int newest_width(LogSource& log, const TileId& id) {
  const auto note = log.get(kCheckpointPath);
  if (!note) return 0;
  const auto claimed = checkpoint::claimed_checkpoint(as_text(note.value()));
  return claimed ? merkle::tile_width(id.level, id.number, claimed.value().size) : 0;
}

Result<SourceTiles::Found> SourceTiles::find(const TileId& id, PathOf path_of) {
  auto exact = log_.get(path_of(id));
  if (exact) return Found{id, std::move(exact).value()};
  if (exact.error().code != ErrorCode::kNotFound) return fail(exact.error());
  const TileId full{id.level, id.number};
  if (id.width < full.width) {
    if (auto found = log_.get(path_of(full))) return Found{full, std::move(found).value()};
    const TileId wider{id.level, id.number, newest_width(log_, id)};
    if (wider.width > id.width) {
      if (auto found = log_.get(path_of(wider))) return Found{wider, std::move(found).value()};
    }
  }
  return fail(exact.error());
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
