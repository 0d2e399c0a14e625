// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "logbook/found_file.h"
#include "logbook/source_tiles.h"

namespace countersign::logbook {

// Provenance says from where the octets of a file can be had.
enum class Provenance { kHere, kDerived, kOther };

// Candidate is what the hashes of a tile could be.
struct Candidate {
  Hashes hashes;
  Provenance from = Provenance::kHere;
};

// Candidates looks for what the hashes of a tile could be, where its own file is not what it should be.
// Nothing that it finds is proven: that is for who compares it with the hash that the tile should have.
// nullopt where nothing is found.
class Candidates {
 public:
  // Both outlive it. `other`: the same log in another place, or null.
  Candidates(LogSource& here, LogSource* other) : here_(here) {
    if (other != nullptr) other_.emplace(*other);
  }

  // From the tiles just below, of level 0 from the entries.
  std::optional<Hashes> from_below(const merkle::TileId& id);
  // From tiles and entries below, down to the leaves. Where they disagree, with what `stored`, the file of
  // this tile, says of them as well, and where that says neither, with what is preferred. Reads all that lies
  // below.
  enum class Prefer { kTiles, kEntries };
  std::optional<Hashes> by_majority(const merkle::TileId& id, const FoundTile& stored, Prefer prefer);
  // From the other place, of level 0 from the entries there if it has them. Errors only where it does not
  // answer.
  Result<std::optional<Hashes>> from_other(const merkle::TileId& id);
  // The octets of a file of entries with these leaves, from the other place.
  Result<std::optional<Bytes>> entries_from_other(const merkle::TileId& id, const Hashes& leaves);

 private:
  std::optional<merkle::Hash> hash_by_majority(const merkle::TileId& id,
                                               const std::optional<merkle::Hash>& stored_above,
                                               Prefer prefer);
  Result<std::optional<std::vector<Bytes>>> other_entries(const merkle::TileId& id);
  LogSource& here_;
  std::optional<SourceTiles> other_;
};

// The hash of a whole tile of full width.
merkle::Hash hash_of_full_tile(const merkle::TileId& id, const Hashes& hashes);

}  // namespace countersign::logbook
