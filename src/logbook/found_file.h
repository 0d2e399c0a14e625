// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "logbook/log_source.h"
#include "merkle/tile.h"

// Files of a log as they are found, with all that can still be read of them.
namespace countersign::logbook {

using Hashes = std::vector<merkle::Hash>;

enum class FileState { kWhole, kMissing, kTorn, kTooLong, kUnreadable };

// FoundFile is what stands where a file belongs.
struct FoundFile {
  merkle::TileId id;
  std::string path;
  FileState state = FileState::kWhole;
  Bytes octets;              // none where it is missing or unreadable
  std::string why;           // of kUnreadable
  bool is_stand_in = false;  // a wider one, taken for the partial tile that is gone and was its beginning
};

// FoundTile has all hashes of the tile, unless the file ends before.
struct FoundTile : FoundFile {
  Hashes hashes;
  bool has_all() const { return hashes.size() == static_cast<std::size_t>(id.width); }
};
FoundTile find_tile(LogSource& log, const merkle::TileId& id);

// FoundEntries is a file of entries, as many as the tile has hashes, unless the file ends before. Where one
// length is wrong and the file has the size that entries of 49 octets make, only this entry is lost, not
// those behind it.
struct FoundEntries : FoundFile {
  struct Place {
    std::size_t begin = 0, end = 0;  // of the entry, behind its length
    bool is_whole = true;
  };
  std::vector<Place> places;

  bool has_all() const { return places.size() == static_cast<std::size_t>(id.width); }
  BytesView entry(std::size_t i) const {
    return BytesView(octets).subspan(places[i].begin, places[i].end - places[i].begin);
  }
  // Hashes of the leaves; nullopt for an entry that is not whole. As many as there are places.
  std::vector<std::optional<merkle::Hash>> leaves() const;
};
FoundEntries find_entries(LogSource& log, const merkle::TileId& id);

}  // namespace countersign::logbook
