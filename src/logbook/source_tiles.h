// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "logbook/log_source.h"
#include "merkle/tile.h"

namespace countersign::logbook {

// newest_width is how wide a tile is by the word of the log's newest checkpoint; 0 where it has none that can
// be read. Errors of the log.
Result<int> newest_width(LogSource& log, const merkle::TileId& id);

// SourceTiles reads tiles and entries of a tree of some size out of a log that may be larger by now: where it
// has no partial tile of that width any more, the beginning of the wider one that it has does.
class SourceTiles final : public merkle::TileSource {
 public:
  explicit SourceTiles(LogSource& log) : log_(log) {}  // outlives it
  // Errors of the log; kMalformed for what are not these hashes or entries.
  Result<std::vector<merkle::Hash>> tile(const merkle::TileId& id) override;
  Result<std::vector<Bytes>> entries(const merkle::TileId& id);

 private:
  struct Found {
    merkle::TileId id;  // at least as wide as what was asked for
    Bytes octets;
  };
  using PathOf = std::string (*)(const merkle::TileId&);
  Result<Found> find(const merkle::TileId& id, PathOf path_of);

  LogSource& log_;
};

}  // namespace countersign::logbook
