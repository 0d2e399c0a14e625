// SPDX-License-Identifier: Apache-2.0
#include "logbook/mirror.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "logbook/edge_search.h"
#include "logbook/history.h"
#include "logbook/source_tiles.h"
#include "merkle/edge.h"

namespace countersign::logbook {
namespace {

using checkpoint::Checkpoint;
using checkpoint::Policy;
using checkpoint::VerifiedCheckpoint;
using merkle::Hash;
using merkle::TileId;

constexpr int kFull = static_cast<int>(merkle::kTileWidth);

auto unproven(const std::string& path) {
  return fail(ErrorCode::kConflict,
              path + ", as the log serves it, does not lead to the root that it signed");
}

Result<SignedTree> read_tree(LogSource& log, std::string_view path, const char* where, const Policy& policy) {
  TRY(const Bytes note, log.get(path));
  TRY(VerifiedCheckpoint verified, policy.verify(as_text(note)));
  return SignedTree{std::move(verified), to_text(note), &log, where};
}

// The folder's own; nullopt where it has none yet.
Result<std::optional<SignedTree>> read_own_tree(LogFolder& folder, const Policy& policy) {
  auto own = read_tree(folder, kCheckpointPath, "the folder", policy);
  if (own) return std::optional(std::move(own).value());
  if (own.error().code == ErrorCode::kNotFound && !folder.get(kCheckpointPath)) return std::nullopt;
  return fail(ErrorCode::kConflict, "the folder's own checkpoint cannot be relied on (" + own.error().detail +
                                        "): look with `log audit`, mend with `log repair`");
}

// What the log shows to who needs witnesses; nullopt where nobody is needed, or the log has none.
Result<std::optional<SignedTree>> read_witnessed_tree(LogSource& log, const Policy& policy) {
  if (policy.needs_no_witness()) return std::nullopt;
  auto witnessed = read_tree(log, kWitnessedPath, "the log", policy);
  if (witnessed) return std::optional(std::move(witnessed).value());
  if (witnessed.error().code == ErrorCode::kNotFound) return std::nullopt;
  return fail(witnessed.error(), std::string(kWitnessedPath));
}

// Descent fetches what a tree has beyond an older one, from its root down, and writes what is proven.
class Descent {
 public:
  Descent(LogSource& log, LogFolder& folder, const Checkpoint& to, std::uint64_t size_before,
          const Progress& progress)
      : tiles_(log), folder_(folder), to_(to), size_before_(size_before), progress_(progress) {}

  Result<void> run() {
    TRY(const std::vector<Part> edge, fetch_edge());
    for (std::size_t level = edge.size(); level-- > 0;) {  // what is above lies before in the log
      TRY(keep_and_descend(edge[level]));
    }
    return ok();
  }
  std::uint64_t entries_fetched() const { return entries_fetched_; }

 private:
  // A tile, and of level 0 its entries as a file.
  struct Part {
    TileId id;
    Hashes hashes = {};
    Bytes entries = {};
    bool is_here = false;  // the folder has the file of the tile, of level 0 that of the entries
  };

  bool is_new(const TileId& id) const {
    const int bits = (id.level + 1) * merkle::kTileHeight;
    return id.number >= size_before_ >> bits;
  }

  // Partial tiles, which prove each other: together they lead to the root.
  Result<std::vector<Part>> fetch_edge() {
    std::vector<Part> edge;
    std::vector<Hashes> partial;
    for (const FoundTile& tile : find_edge(folder_, to_.size)) {
      Part part{tile.id};
      if (tile.id.width > 0) {
        TRY(part, fetch(tile.id));
      }
      partial.push_back(part.hashes);
      edge.push_back(std::move(part));
    }
    if (root_of_edge(to_.size, std::move(partial)) == to_.root) return edge;
    return fail(
        ErrorCode::kConflict,
        fmt::format("the tiles that the log serves do not lead to the root that it signed for {} entries",
                    to_.size));
  }

  // What is signed has to be there.
  Result<Part> fetch(const TileId& id) {
    auto part = try_fetch(id);
    if (part || part.error().code != ErrorCode::kNotFound) return part;
    return fail(ErrorCode::kConflict, "the log does not serve what it signed (" + part.error().detail + ")");
  }

  Result<Part> try_fetch(const TileId& id) {
    if (id.level == 0) return fetch_entries(id);
    TRY(Hashes hashes, tiles_.tile(id));
    return Part{id, std::move(hashes)};
  }

  Result<Part> fetch_entries(const TileId& id) {
    TRY(const std::vector<Bytes> entries, tiles_.entries(id));
    Part part{id, {}, merkle::write_entries(entries)};
    for (const Bytes& entry : entries) part.hashes.push_back(merkle::leaf_hash(entry));
    entries_fetched_ += entries.size();
    return part;
  }

  // What the folder has of an interrupted run.
  std::optional<Part> find_here(const TileId& id) {
    if (id.level > 0) {
      FoundTile tile = find_tile(folder_, id);
      if (tile.state != FileState::kWhole) return std::nullopt;
      return Part{id, std::move(tile.hashes), {}, true};
    }
    const FoundEntries file = find_entries(folder_, id);
    if (file.state != FileState::kWhole) return std::nullopt;
    Part part{id, {}, {}, true};
    for (const auto& leaf : file.leaves()) part.hashes.push_back(leaf.value_or(Hash{}));
    return part;
  }

  // The full tile of that hash.
  Result<Part> obtain(const TileId& id, const Hash& hash) {
    auto here = find_here(id);
    if (here && hash_of_full_tile(id, here->hashes) == hash) return std::move(*here);
    TRY(Part part, fetch(id));
    if (hash_of_full_tile(id, part.hashes) == hash) return part;
    return unproven(id.level == 0 ? merkle::entries_path(id) : merkle::tile_path(id));
  }

  Result<void> keep_and_descend(const Part& part) {
    if (part.id.width == 0) return ok();
    TRY(keep(part));
    if (part.id.level == 0) {
      if (progress_) progress_(part.id.number * merkle::kTileWidth + part.hashes.size(), to_.size);
      return ok();
    }
    for (std::size_t slot = 0; slot < part.hashes.size(); ++slot) {
      const TileId below{part.id.level - 1, part.id.number * merkle::kTileWidth + slot};
      if (!is_new(below)) continue;
      TRY(const Part child, obtain(below, part.hashes[slot]));
      TRY(keep_and_descend(child));
    }
    return ok();
  }

  Result<void> keep(const Part& part) {
    if (part.id.level == 0 && !part.is_here) {
      TRY(folder_.put(merkle::entries_path(part.id), part.entries));
    }
    if (part.id.level > 0 && part.is_here) return ok();
    const FoundTile tile = find_tile(folder_, part.id);
    if (tile.state == FileState::kWhole && !tile.is_stand_in && tile.hashes == part.hashes) return ok();
    return folder_.put(merkle::tile_path(part.id), merkle::write_tile(part.hashes));
  }

  SourceTiles tiles_;
  LogFolder& folder_;
  const Checkpoint& to_;
  const std::uint64_t size_before_;
  const Progress& progress_;
  std::uint64_t entries_fetched_ = 0;
};

bool is_needed(const std::string& path, std::uint64_t size) {
  if (path.substr(path.rfind('/') + 1).starts_with('.')) return false;  // writing was interrupted
  const auto id = merkle::parse_tile_path(path);
  if (!id || id.value().width == kFull) return true;
  return id.value().width == merkle::tile_width(id.value().level, id.value().number, size);
}

// Takes away partial tiles of other sizes, and what writing left behind.
Result<void> tidy(LogFolder& folder, std::uint64_t size) {
  std::vector<std::string> rest;
  TRY(folder.for_each_file([&](const std::string& path) -> Result<void> {
    if (path.starts_with("tile/") && !is_needed(path, size)) rest.push_back(path);
    return ok();
  }));
  for (const std::string& path : rest) {
    TRY(folder.remove(path));
  }
  return ok();
}

// The disk has room for what is to be fetched: not for what an interrupted run left, by the names of its
// files.
Result<void> expect_room(const LogFolder& folder, std::uint64_t size_before, std::uint64_t size) {
  std::uint64_t left_there = 0;
  TRY(folder.for_each_file([&](const std::string& path) -> Result<void> {
    const auto id = merkle::parse_tile_path(path);
    if (id && merkle::is_entries_path(path) && id.value().width == kFull &&
        id.value().number >= size_before / merkle::kTileWidth &&
        id.value().number < size / merkle::kTileWidth)
      left_there += merkle::kTileWidth;
    return ok();
  }));
  return folder.expect_room(size - std::min(size, size_before + left_there));
}

Result<void> expect_one_log(const SignedTree& a, const SignedTree& b, const LogFolder& folder) {
  if (a.checkpoint().origin != b.checkpoint().origin)
    return fail(ErrorCode::kConflict,
                fmt::format("the checkpoint of {} is of {}, and the checkpoint of {} of {}: two logs",
                            a.where, a.checkpoint().origin, b.where, b.checkpoint().origin));
  return expect_one_history(a, b, folder);
}

Result<void> expect_progress(const SignedTree& own, const SignedTree& served, const LogFolder& folder) {
  TRY(expect_one_log(own, served, folder));
  if (served.checkpoint().size >= own.checkpoint().size) return ok();
  return fail(
      ErrorCode::kConflict,
      fmt::format(
          "the log serves a tree of {} entries, and the folder has one of {} that it signed: it went back, "
          "or an old copy is served. Nothing was changed",
          served.checkpoint().size, own.checkpoint().size));
}

void count_witnesses(MirrorReport& report, const SignedTree& tree, const Policy& policy) {
  report.witnesses = policy.names_of(tree.signed_by_log.cosignatures);
  report.is_witnessed = policy.is_satisfied_by(report.witnesses);
  report.witnessed_size = tree.checkpoint().size;
}

// Of two checkpoints, that of the larger tree is worth more, and of one tree that of more witnesses.
std::pair<std::uint64_t, std::size_t> worth_of(const SignedTree& tree, const Policy& policy) {
  return {tree.checkpoint().size, policy.names_of(tree.signed_by_log.cosignatures).size()};
}

Result<void> keep_witnessed(LogFolder& folder, const SignedTree& served, const Policy& policy) {
  const auto own = read_tree(folder, kWitnessedPath, "the folder", policy);
  if (own && worth_of(own.value(), policy) >= worth_of(served, policy)) return ok();
  return folder.put_durably(kWitnessedPath, as_bytes(served.note));
}

}  // namespace

Result<MirrorReport> mirror_log(LogSource& log, LogFolder& folder, const Policy& policy,
                                const Progress& progress) {
  TRY(const auto lock, folder.lock());
  TRY(const auto witnessed, read_witnessed_tree(log, policy));  // first: the newest is at least as large
  TRY(const SignedTree newest, read_tree(log, kCheckpointPath, "the log", policy));
  if (witnessed) {
    TRY(expect_one_log(*witnessed, newest, folder));
  }
  // But where something on the way kept an older one.
  const SignedTree& served =
      witnessed && witnessed->checkpoint().size > newest.checkpoint().size ? *witnessed : newest;
  TRY(const auto own, read_own_tree(folder, policy));
  if (own) {
    TRY(expect_progress(*own, served, folder));
  }
  MirrorReport report{served.checkpoint(), own ? own->checkpoint().size : 0};
  count_witnesses(report, served, policy);
  if (witnessed && !report.is_witnessed) count_witnesses(report, *witnessed, policy);

  Descent descent(log, folder, served.checkpoint(), report.size_before, progress);
  if (!own || report.size_before < served.checkpoint().size) {
    TRY(expect_room(folder, report.size_before, served.checkpoint().size));
    TRY(descent.run());
  }
  report.entries_fetched = descent.entries_fetched();
  if (!own || worth_of(*own, policy) < worth_of(served, policy)) {
    TRY(folder.sync());
    TRY(folder.put_durably(kCheckpointPath, as_bytes(served.note)));
  }
  if (witnessed) {
    TRY(keep_witnessed(folder, *witnessed, policy));
  }
  TRY(tidy(folder, served.checkpoint().size));
  return report;
}

}  // namespace countersign::logbook
