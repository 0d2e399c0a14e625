// SPDX-License-Identifier: Apache-2.0
#include "logbook/tree_examination.h"

#include <algorithm>

#include "logbook/edge_search.h"

namespace countersign::logbook {
namespace {

using merkle::Hash;
using merkle::TileId;

std::optional<Hash> hash_of(const TileId& id, const std::optional<Hashes>& hashes) {
  return hashes ? std::optional(hash_of_full_tile(id, *hashes)) : std::nullopt;
}

Hashes first_of(const Hashes& hashes, int width) {
  return {hashes.begin(), hashes.begin() + width};
}

constexpr std::uint64_t kMostMissing = 1'000'000;

// What is known of a tile before one looks below it.
struct Known {
  std::optional<Candidate> right = {};  // proven by the root
  std::optional<Hash> said_above = {};  // its hash, by the file of the tile above, unproven
  bool is_refuted = false;              // the root proves its hash, and nothing that was found has it
};

class Examiner {
 public:
  Examiner(LogFolder& folder, LogSource* other, ExaminationEvents& events)
      : folder_(folder), candidates_(folder, other), events_(events) {}

  Result<Examination> run(std::uint64_t size, const std::optional<Hash>& root) {
    const std::vector<FoundTile> edge = find_edge(folder_, size);
    std::optional<std::vector<Candidate>> right;
    if (root) {
      TRY(right, search_edge(edge, size, *root, candidates_));
    }
    std::vector<Hashes> partial(edge.size());
    bool is_whole = true;
    for (std::size_t level = edge.size(); level-- > 0;) {  // what is above lies before in the log
      if (edge[level].id.width == 0) continue;
      TRY(auto hashes, visit(edge[level], right ? Known{.right = (*right)[level]} : Known{}));
      is_whole = is_whole && hashes.has_value();
      if (hashes) partial[level] = std::move(*hashes);
    }
    if (right) return Examination{true, root};
    return Examination{false, is_whole ? root_of_edge(size, std::move(partial)) : std::nullopt};
  }

 private:
  // The hashes that belong into the tile, as far as they are known.
  Result<std::optional<Hashes>> visit(const FoundTile& tile, const Known& known) {
    std::optional<Hashes> hashes;
    if (known.right) {
      const Hashes& right = known.right->hashes;
      auto fault = fault_of(tile, places_that_differ(tile.hashes, right), Verdict::kProven);
      if (fault) {
        fault->right = merkle::write_tile(right);
        fault->from = known.right->from;
        TRY(report(fault));
      }
    }
    if (tile.id.level == 0) {
      TRY(hashes, visit_bundle(tile, known));
    } else {
      TRY(hashes, visit_below(tile, known));
    }
    if (!hashes) return hashes;
    TRY(check_older_tiles(tile.id, *hashes, known));
    TRY(events_.tile(tile.id, *hashes));
    return hashes;
  }

  Result<std::optional<Hashes>> visit_below(const FoundTile& tile, const Known& known) {
    std::vector<std::optional<Hash>> below;
    for (std::size_t slot = 0; slot < static_cast<std::size_t>(tile.id.width); ++slot) {
      const FoundTile child =
          find_tile(folder_, {tile.id.level - 1, tile.id.number * merkle::kTileWidth + slot});
      TRY(const Known of_child, learn(child, tile, known, slot));
      TRY(const auto hashes, visit(child, of_child));
      if (known.right) continue;
      below.push_back(hash_of(child.id, hashes));
      if (!below.back()) below.back() = of_child.said_above;
    }
    if (known.right) return std::optional(known.right->hashes);
    return judge_by_below(tile, known, below);
  }

  // What is known of the tile at that slot of the one above.
  Result<Known> learn(const FoundTile& tile, const FoundTile& above, const Known& of_above,
                      std::size_t slot) {
    Known known;
    if (!of_above.right) {
      if (slot < above.hashes.size()) known.said_above = above.hashes[slot];
      return known;
    }
    TRY(known.right, search(tile, of_above.right->hashes[slot]));
    known.is_refuted = !known.right;
    return known;
  }

  // The hashes of a full tile that lead to this hash.
  Result<std::optional<Candidate>> search(const FoundTile& tile, const Hash& hash) {
    const auto leads_to_it = [&](const std::optional<Hashes>& hashes) {
      return hashes && hash_of_full_tile(tile.id, *hashes) == hash;
    };
    if (tile.has_all() && leads_to_it(tile.hashes)) return Candidate{tile.hashes, Provenance::kHere};
    if (auto derived = candidates_.from_below(tile.id); leads_to_it(derived))
      return Candidate{std::move(*derived), Provenance::kDerived};
    using Prefer = Candidates::Prefer;
    for (const Prefer prefer : {Prefer::kTiles, Prefer::kEntries})
      if (auto derived = candidates_.by_majority(tile.id, tile, prefer); leads_to_it(derived))
        return Candidate{std::move(*derived), Provenance::kDerived};
    TRY(auto other, candidates_.from_other(tile.id));
    if (leads_to_it(other)) return Candidate{std::move(*other), Provenance::kOther};
    return std::nullopt;
  }

  // Without a proof: the tile is held against what lies below it.
  Result<std::optional<Hashes>> judge_by_below(const FoundTile& tile, const Known& known,
                                               const std::vector<std::optional<Hash>>& below) {
    WrongPlaces differing;
    Hashes hashes;
    for (std::size_t slot = 0; slot < below.size(); ++slot) {
      if (below[slot]) hashes.push_back(*below[slot]);
      if (below[slot] && slot < tile.hashes.size() && tile.hashes[slot] != *below[slot])
        differing.push_back(slot);
    }
    TRY(report(fault_of(tile, differing, known.is_refuted ? Verdict::kRefuted : Verdict::kUnproven)));
    if (hashes.size() != below.size()) return std::nullopt;
    return std::optional(std::move(hashes));
  }

  Result<std::optional<Hashes>> visit_bundle(const FoundTile& tile, const Known& known) {
    const FoundEntries file = find_entries(folder_, tile.id);
    const auto leaves = file.leaves();
    if (!known.right) return judge_bundle(tile, file, leaves, known);
    const Hashes& right = known.right->hashes;
    const WrongPlaces wrong = places_that_differ(leaves, right);
    if (auto fault = fault_of(file, wrong, Verdict::kProven)) {
      TRY(mend_entries(file, wrong, right, *fault));
      TRY(report(fault));
    }
    TRY(tell_of_bundle(file, wrong, right, known));
    return std::optional(right);
  }

  Result<void> mend_entries(const FoundEntries& file, const WrongPlaces& wrong, const Hashes& right,
                            Fault& fault) {
    if (wrong.empty() && file.has_all()) {
      fault.right = to_bytes(BytesView(file.octets).first(file.places.back().end));
      fault.from = Provenance::kDerived;
      return ok();
    }
    TRY(fault.right, candidates_.entries_from_other(file.id, right));
    fault.from = Provenance::kOther;
    return ok();
  }

  // Without a proof: tile and entries are held against each other, and what the tile above says decides.
  Result<std::optional<Hashes>> judge_bundle(const FoundTile& tile, const FoundEntries& file,
                                             const std::vector<std::optional<Hash>>& leaves,
                                             const Known& known) {
    const auto derived = candidates_.from_below(tile.id);
    const std::optional<Hashes> stored = tile.has_all() ? std::optional(tile.hashes) : std::nullopt;
    const bool is_full = tile.id.width == static_cast<int>(merkle::kTileWidth);
    const bool entries_are_right =
        derived &&
        (!stored || (is_full && known.said_above && hash_of(tile.id, derived) == known.said_above));
    const bool tile_is_right =
        stored && (!derived || (is_full && known.said_above && hash_of(tile.id, stored) == known.said_above));
    const Verdict verdict = known.is_refuted ? Verdict::kRefuted : Verdict::kUnproven;
    const auto wrong_in_tile =
        derived && !tile_is_right ? places_that_differ(tile.hashes, *derived) : WrongPlaces();
    const auto wrong_in_entries =
        stored && !entries_are_right ? places_that_differ(leaves, *stored) : WrongPlaces();
    TRY(report(fault_of(tile, wrong_in_tile, verdict)));
    TRY(report(fault_of(file, wrong_in_entries, verdict)));
    const auto& hashes = stored && !entries_are_right ? stored : derived;
    if (hashes) {
      TRY(tell_of_bundle(file, places_that_differ(leaves, *hashes), *hashes, known));
    }
    return hashes;
  }

  Result<void> tell_of_bundle(const FoundEntries& file, const WrongPlaces& wrong, const Hashes& leaves,
                              const Known& known) {
    if (wrong.empty() && file.has_all()) {
      TRY(check_older_entries(file, known));
    }
    return events_.bundle({file.id.number * merkle::kTileWidth, leaves, file, wrong});
  }

  // Partial tiles of before are beginnings of what is there now, or wrong. Wider ones are of a tree to come.
  Result<void> check_older_tiles(const TileId& id, const Hashes& hashes, const Known& known) {
    for (const int width : folder_.partial_widths(merkle::tile_path({id.level, id.number}))) {
      if (width >= id.width) break;
      const FoundTile older = find_tile(folder_, {id.level, id.number, width});
      const Hashes right = first_of(hashes, width);
      TRY(report_older(fault_of(older, places_that_differ(older.hashes, right), verdict_of(known)), known,
                       [&] { return merkle::write_tile(right); }));
    }
    return ok();
  }

  Result<void> check_older_entries(const FoundEntries& file, const Known& known) {
    for (const int width : folder_.partial_widths(merkle::entries_path({0, file.id.number}))) {
      if (width >= file.id.width) break;
      const FoundEntries older = find_entries(folder_, {0, file.id.number, width});
      const std::size_t end = file.places[static_cast<std::size_t>(width) - 1].end;
      WrongPlaces differing;
      for (std::size_t i = 0; i < older.places.size(); ++i)
        if (!older.places[i].is_whole || !equal(older.entry(i), file.entry(i))) differing.push_back(i);
      TRY(report_older(fault_of(older, differing, verdict_of(known)), known,
                       [&] { return to_bytes(BytesView(file.octets).first(end)); }));
    }
    return ok();
  }

  static Verdict verdict_of(const Known& known) {
    return known.right ? Verdict::kProven : Verdict::kUnproven;
  }

  template <typename Octets>
  Result<void> report_older(std::optional<Fault> fault, const Known& known, const Octets& right) {
    if (fault && known.right) {
      fault->right = right();
      fault->from = Provenance::kDerived;
    }
    return report(fault);
  }

  Result<void> report(const std::optional<Fault>& fault) {
    if (!fault) return ok();
    const bool is_lost =
        fault->finding.kind == FindingKind::kMissing || fault->finding.kind == FindingKind::kUnreadable;
    if (is_lost && !fault->right && ++missing_ > kMostMissing)
      return fail(
          ErrorCode::kTooLarge,
          "more than a million files are missing or cannot be read: this is not the log of that size");
    return events_.found(*fault);
  }

  LogFolder& folder_;
  Candidates candidates_;
  ExaminationEvents& events_;
  std::uint64_t missing_ = 0;  // files that nobody has, or that cannot be read
};

}  // namespace

Result<Examination> examine_tree(LogFolder& folder, LogSource* other, std::uint64_t size,
                                 const std::optional<Hash>& root, ExaminationEvents& events) {
  return Examiner(folder, other, events).run(size, root);
}

}  // namespace countersign::logbook
