// SPDX-License-Identifier: Apache-2.0
#include "logbook/fault.h"

#include <fmt/format.h>

#include <algorithm>

#include "documents/log_entry.h"

namespace countersign::logbook {
namespace {

using merkle::Hash;

constexpr std::size_t kEntryLength = 2;
constexpr std::size_t kEntryPlace = kEntryLength + sizeof(documents::LogEntryBytes);

// The first run of places without a gap, both ends in it.
struct Run {
  std::size_t first = 0, last = 0;
};
Run first_run(const WrongPlaces& wrong) {
  Run run{wrong.front(), wrong.front()};
  for (std::size_t i = 1; i < wrong.size() && wrong[i] == run.last + 1; ++i) ++run.last;
  return run;
}

std::string range_text(std::string_view one, std::string_view several, std::uint64_t first,
                       std::uint64_t last) {
  return first == last ? fmt::format("{} {}", one, first) : fmt::format("{} {}–{}", several, first, last);
}

// The first entry of the log that is below a hash of the tile.
std::uint64_t entry_below(const merkle::TileId& id, std::size_t slot) {
  return (id.number * merkle::kTileWidth + slot) << (id.level * merkle::kTileHeight);
}

std::string hashes_text(const merkle::TileId& id, const Run& run) {
  const bool is_one = run.first == run.last;
  if (id.level == 0)
    return (is_one ? "the hash of " : "the hashes of ") +
           range_text("entry", "entries", entry_below(id, run.first), entry_below(id, run.last));
  const auto tile_below = [&](std::size_t slot) {
    return merkle::tile_path({id.level - 1, id.number * merkle::kTileWidth + slot});
  };
  return is_one ? "the hash of " + tile_below(run.first)
                : "the hashes of " + tile_below(run.first) + " to " + tile_below(run.last);
}

FindingKind kind_of(const FoundFile& file) {
  if (file.is_stand_in) return FindingKind::kMissing;
  switch (file.state) {
    case FileState::kWhole:
      return FindingKind::kWrong;
    case FileState::kMissing:
      return FindingKind::kMissing;
    case FileState::kTorn:
      return FindingKind::kTorn;
    case FileState::kTooLong:
      return FindingKind::kTooLong;
    case FileState::kUnreadable:
      return FindingKind::kUnreadable;
  }
  return FindingKind::kUnreadable;
}

bool is_in_order(const FoundFile& file, const WrongPlaces& wrong, Verdict verdict) {
  return file.state == FileState::kWhole && wrong.empty() && verdict != Verdict::kRefuted;
}

// How many octets it has, of how many it should have, and from which entry on they are missing.
Finding size_finding(const FoundFile& file, std::size_t wanted, std::uint64_t first_missing) {
  Finding finding{kind_of(file), file.path, {}};
  const std::uint64_t size = file.octets.size();
  switch (finding.kind) {
    case FindingKind::kMissing:
      finding.what = "is not there";
      finding.index = first_missing;
      break;
    case FindingKind::kTorn:
      finding.what = fmt::format("ends after {} octets, before entry {} is whole", size, first_missing);
      finding.octets = OctetRange{size, std::max<std::uint64_t>(wanted, size + 1) - 1};
      finding.index = first_missing;
      break;
    case FindingKind::kTooLong:
      finding.what =
          size == 0 ? "is far too long" : fmt::format("goes on after its end, at octet {}", wanted);
      if (size > wanted) finding.octets = OctetRange{wanted, size - 1};
      break;
    default:
      finding.what = "cannot be read: " + file.why;
      finding.index = first_missing;
  }
  return finding;
}

void add_wrong(Finding& finding, OctetRange octets, std::uint64_t index, std::string_view what) {
  const std::string text =
      fmt::format("{} are not {}", range_text("octet", "octets", octets.first, octets.last), what);
  finding.what += finding.what.empty() ? text : "; " + text;
  if (finding.kind != FindingKind::kWrong) return;
  finding.octets = octets;
  finding.index = index;
}

void add_others(Finding& finding, std::size_t others, std::string_view one, std::string_view several) {
  if (others > 0) finding.what += fmt::format(", nor are {} {}", others, others == 1 ? one : several);
}

void add_verdict(Finding& finding, Verdict verdict) {
  if (finding.kind != FindingKind::kWrong) return;
  if (finding.what.empty()) finding.what = "does not lead to the signed root";
  finding.is_certain = verdict != Verdict::kUnproven;
  if (verdict == Verdict::kUnproven) finding.what += ", by the word of the other files here";
}

// Places that are there, and not those behind the end of the file.
WrongPlaces within(const WrongPlaces& wrong, std::size_t places) {
  WrongPlaces found;
  std::ranges::copy_if(wrong, std::back_inserter(found), [&](std::size_t place) { return place < places; });
  return found;
}

}  // namespace

WrongPlaces places_that_differ(std::span<const std::optional<Hash>> found, std::span<const Hash> right) {
  WrongPlaces wrong;
  for (std::size_t i = 0; i < right.size(); ++i)
    if (i >= found.size() || found[i] != right[i]) wrong.push_back(i);
  return wrong;
}

WrongPlaces places_that_differ(std::span<const Hash> found, std::span<const Hash> right) {
  WrongPlaces wrong;
  for (std::size_t i = 0; i < right.size(); ++i)
    if (i >= found.size() || found[i] != right[i]) wrong.push_back(i);
  return wrong;
}

std::optional<Fault> fault_of(const FoundTile& tile, const WrongPlaces& wrong, Verdict verdict) {
  if (is_in_order(tile, wrong, verdict)) return std::nullopt;
  const std::size_t wanted = static_cast<std::size_t>(tile.id.width) * sizeof(Hash);
  Finding finding =
      kind_of(tile) == FindingKind::kWrong
          ? Finding{FindingKind::kWrong, tile.path, {}}
          : size_finding(tile, wanted, entry_below(tile.id, tile.is_stand_in ? 0 : tile.hashes.size()));
  const WrongPlaces there = within(wrong, tile.hashes.size());
  if (!there.empty() && finding.kind != FindingKind::kMissing) {
    const Run run = first_run(there);
    add_wrong(finding, {run.first * sizeof(Hash), (run.last + 1) * sizeof(Hash) - 1},
              entry_below(tile.id, run.first), hashes_text(tile.id, run));
    add_others(finding, there.size() - (run.last - run.first + 1), "other hash", "other hashes");
  }
  add_verdict(finding, verdict);
  return Fault{std::move(finding)};
}

std::optional<Fault> fault_of(const FoundEntries& file, const WrongPlaces& wrong, Verdict verdict) {
  if (is_in_order(file, wrong, verdict)) return std::nullopt;
  const std::uint64_t first = file.id.number * merkle::kTileWidth;
  // Where the last entry ends: the end of a file that has them all.
  const std::size_t end =
      file.has_all() ? file.places.back().end : static_cast<std::size_t>(file.id.width) * kEntryPlace;
  Finding finding = kind_of(file) == FindingKind::kWrong
                        ? Finding{FindingKind::kWrong, file.path, {}}
                        : size_finding(file, end, first + (file.is_stand_in ? 0 : file.places.size()));
  const WrongPlaces there = within(wrong, file.places.size());
  if (!there.empty() && finding.kind != FindingKind::kMissing) {
    const Run run = first_run(there);
    add_wrong(finding, {file.places[run.first].begin - kEntryLength, file.places[run.last].end - 1},
              first + run.first,
              range_text("entry", "entries", first + run.first, first + run.last) + " as logged");
    add_others(finding, there.size() - (run.last - run.first + 1), "other entry", "other entries");
  }
  add_verdict(finding, verdict);
  return Fault{std::move(finding)};
}

}  // namespace countersign::logbook
