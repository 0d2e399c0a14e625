// SPDX-License-Identifier: Apache-2.0
#include "logbook/found_file.h"

#include <algorithm>

#include "documents/log_entry.h"
#include "logbook/source_tiles.h"

namespace countersign::logbook {
namespace {

using merkle::Hash;
using merkle::TileId;

constexpr std::size_t kLength = 2;  // octets before each entry
constexpr std::size_t kPlace = kLength + sizeof(documents::LogEntryBytes);

void take(FoundFile& file, Result<Bytes> got) {
  if (got) {
    file.octets = std::move(got).value();
    return;
  }
  file.state = got.error().code == ErrorCode::kNotFound   ? FileState::kMissing
               : got.error().code == ErrorCode::kTooLarge ? FileState::kTooLong
                                                          : FileState::kUnreadable;
  file.why = got.error().detail;
}

template <typename Path>
void find(LogSource& log, FoundFile& file, const Path& path_of) {
  file.path = path_of(file.id);
  take(file, log.get(file.path));
  if (file.state != FileState::kMissing || file.id.width == static_cast<int>(merkle::kTileWidth)) return;
  auto wider = log.get(path_of(TileId{file.id.level, file.id.number}));
  if (!wider)
    if (const auto width = newest_width(log, file.id); width && width.value() > file.id.width)
      wider = log.get(path_of(TileId{file.id.level, file.id.number, width.value()}));
  if (!wider) return;
  file.octets = std::move(wider).value();
  file.is_stand_in = true;
  file.state = FileState::kWhole;
}

std::size_t length_at(BytesView octets, std::size_t at) {
  return std::size_t{octets[at]} << 8 | octets[at + 1];
}

// One entry after the other by their lengths, as far as that goes.
std::vector<FoundEntries::Place> places_by_length(BytesView octets, std::size_t width) {
  std::vector<FoundEntries::Place> places;
  for (std::size_t at = 0; places.size() < width && octets.size() - at >= kLength;) {
    const std::size_t length = length_at(octets, at);
    if (octets.size() - at - kLength < length) break;
    places.push_back({at + kLength, at + kLength + length});
    at += kLength + length;
  }
  return places;
}

// Where entries of 49 octets have to be, whatever the lengths say.
std::vector<FoundEntries::Place> usual_places(BytesView octets, std::size_t width) {
  std::vector<FoundEntries::Place> places;
  for (std::size_t at = 0; places.size() < width; at += kPlace)
    places.push_back({at + kLength, at + kPlace, length_at(octets, at) == kPlace - kLength});
  return places;
}

// A stand-in goes on after what is wanted of it.
FileState state_of(std::size_t octets, std::size_t wanted, bool has_all, bool is_stand_in) {
  if (!has_all) return FileState::kTorn;
  return octets > wanted && !is_stand_in ? FileState::kTooLong : FileState::kWhole;
}

}  // namespace

FoundTile find_tile(LogSource& log, const TileId& id) {
  FoundTile tile;
  tile.id = id;
  find(log, tile, merkle::tile_path);
  if (tile.octets.empty() && tile.state != FileState::kWhole) return tile;
  const auto width = static_cast<std::size_t>(id.width);
  tile.hashes.resize(std::min(width, tile.octets.size() / sizeof(Hash)));
  for (std::size_t i = 0; i < tile.hashes.size(); ++i)
    std::ranges::copy(BytesView(tile.octets).subspan(i * sizeof(Hash), sizeof(Hash)), tile.hashes[i].begin());
  tile.state = state_of(tile.octets.size(), width * sizeof(Hash), tile.has_all(), tile.is_stand_in);
  return tile;
}

FoundEntries find_entries(LogSource& log, const TileId& id) {
  FoundEntries file;
  file.id = id;
  find(log, file, merkle::entries_path);
  if (file.octets.empty() && file.state != FileState::kWhole) return file;
  const auto width = static_cast<std::size_t>(id.width);
  file.places = places_by_length(file.octets, width);
  const std::size_t end = file.places.empty() ? 0 : file.places.back().end;
  if (file.octets.size() == width * kPlace && !(file.has_all() && end == file.octets.size()))
    file.places = usual_places(file.octets, width);
  file.state = state_of(file.octets.size(), file.places.empty() ? 0 : file.places.back().end, file.has_all(),
                        file.is_stand_in);
  return file;
}

std::vector<std::optional<Hash>> FoundEntries::leaves() const {
  std::vector<std::optional<Hash>> leaves;
  leaves.reserve(places.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    leaves.push_back(places[i].is_whole ? std::optional(merkle::leaf_hash(entry(i))) : std::nullopt);
  return leaves;
}

}  // namespace countersign::logbook
