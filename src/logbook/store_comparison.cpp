// SPDX-License-Identifier: Apache-2.0
#include "logbook/store_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "documents/log_entry.h"
#include "logbook/candidates.h"
#include "logbook/store_questions.h"

namespace countersign::logbook {
namespace {

using documents::LogEntry;

constexpr std::string_view kEntries =
    "SELECT log_index, entry FROM log_entries WHERE log_index >= $1 AND log_index < $2 ORDER BY log_index";
constexpr std::string_view kConfirmations =
    "SELECT log_index, id, nonce, document FROM confirmations WHERE log_index >= $1 AND log_index < $2"
    " ORDER BY log_index";
constexpr std::string_view kTile = "SELECT root, hashes FROM log_tiles WHERE level = $1 AND number = $2";
constexpr std::pair<std::string_view, std::string_view> kCheckpoints[] = {
    {"log_state", "SELECT checkpoint, size FROM log_state WHERE id = 1"},
    {"log_witnessed", "SELECT checkpoint, size FROM log_witnessed WHERE id = 1"}};

storage::Values range(std::uint64_t first, std::size_t count) {
  return {static_cast<std::int64_t>(first), static_cast<std::int64_t>(first + count)};
}

std::uint64_t index_of(const storage::Row& row) {
  return static_cast<std::uint64_t>(row.integer(0));
}

}  // namespace

Result<std::vector<StoredCheckpoint>> stored_checkpoints(storage::Reader& reader) {
  std::vector<StoredCheckpoint> found;
  for (const auto& [table, sql] : kCheckpoints) {
    TRY(const auto rows, reader.query(sql, {}));
    for (const storage::Row& row : rows)
      found.push_back({std::string(table), row.text(0), static_cast<std::uint64_t>(row.integer(1))});
  }
  return found;
}

Result<std::vector<StoredCheckpoint>> stored_checkpoints(storage::Database& store) {
  std::vector<StoredCheckpoint> found;
  const auto read = store.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found, stored_checkpoints(reader));
    return ok();
  });
  if (!read) return fail(read.error(), "the store cannot be read");
  return found;
}

std::optional<std::string> problem_of(const StoredCheckpoint& stored, const checkpoint::Policy* policy) {
  const auto claimed = checkpoint::claimed_checkpoint(stored.note);
  if (!claimed) return claimed.error().detail;
  if (claimed.value().size != stored.size)
    return fmt::format("is of {} entries, and {} stands beside it", claimed.value().size, stored.size);
  if (policy == nullptr) return std::nullopt;
  const auto verified = policy->verify(stored.note);
  return verified ? std::nullopt : std::optional(verified.error().detail);
}

Result<void> StoreComparison::expect_log() {
  for (const std::string_view sql : {kEntries, kConfirmations, kTile})
    if (auto asked = ask_store(store_, sql, range(0, 0)); !asked)
      return fail(asked.error().code == ErrorCode::kInternal ? ErrorCode::kUnsupported : asked.error().code,
                  "the store is none of an authority with a log: " + asked.error().detail);
  return ok();
}

Result<void> StoreComparison::compare(std::uint64_t first, const Hashes& leaves) {
  TRY(const auto entries, ask_store(store_, kEntries, range(first, leaves.size())));
  TRY(const auto rows, ask_store(store_, kConfirmations, range(first, leaves.size())));
  std::map<std::uint64_t, Confirmation> confirmations;
  for (const storage::Row& row : rows)
    confirmations.try_emplace(index_of(row),
                              Confirmation{row.text(1), documents::commitment_to(row.blob(2), row.blob(3))});
  std::map<std::uint64_t, const Bytes*> entry_of;
  for (const storage::Row& row : entries) entry_of[index_of(row)] = &row.blob(1);

  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::uint64_t index = first + i;
    const auto entry = entry_of.find(index);
    const auto confirmation = confirmations.find(index);
    if (entry == entry_of.end()) {
      TRY(note_missing(index));
    } else {
      TRY(compare_entry(index, leaves[i], *entry->second,
                        confirmation == confirmations.end() ? nullptr : &confirmation->second));
    }
  }
  return ok();
}

Result<void> StoreComparison::compare_entry(std::uint64_t index, const merkle::Hash& leaf, const Bytes& entry,
                                            const Confirmation* confirmation) {
  TRY(end_run());
  if (merkle::leaf_hash(entry) != leaf)
    return tell(index, "the store's entry is not the one that was logged");
  const auto logged = documents::parse_log_entry(entry);
  if (!logged) return ok();  // told of the log itself
  if (logged.value().kind == LogEntry::Kind::kLeftOut)
    return confirmation == nullptr
               ? Result<void>(ok())
               : tell(index, "the log left the index out, and the store has a confirmation there");
  if (confirmation == nullptr) return tell(index, "the store has no confirmation of what was logged");
  if (confirmation->id != documents::uuid_of(logged.value()))
    return tell(index, "the store has another confirmation there than the log, by its id");
  if (!confirmation->commitment)
    return tell(index,
                "the confirmation in the store is damaged: " + confirmation->commitment.error().detail);
  if (confirmation->commitment.value() != logged.value().commitment)
    return tell(index, "the confirmation in the store is not the one that was logged: its digest differs");
  return ok();
}

Result<void> StoreComparison::compare_tile(const merkle::TileId& id, const Hashes& hashes) {
  if (id.width != static_cast<int>(merkle::kTileWidth)) return ok();
  TRY(const auto rows,
      ask_store(store_, kTile, {std::int64_t{id.level}, static_cast<std::int64_t>(id.number)}));
  const std::uint64_t first = id.number << (merkle::kTileHeight * (id.level + 1));
  const std::string name = fmt::format("log_tiles, level {} number {}", id.level, id.number);
  if (rows.empty()) return tell(first, "the store has no row of " + name);
  const Bytes right = merkle::write_tile(hashes);
  const Bytes& found = rows.front().blob(1);
  const auto differs = std::ranges::mismatch(found, right);
  if (differs.in1 != found.end() || differs.in2 != right.end()) {
    const auto place = static_cast<std::uint64_t>(differs.in2 - right.begin()) / merkle::Hash().size();
    return tell(first + (place << (merkle::kTileHeight * id.level)),
                fmt::format("the store's {}: its hash {} is not that of the log", name, place));
  }
  if (!equal(rows.front().blob(0), hash_of_full_tile(id, hashes)))
    return tell(first, "the store's " + name + ": its root is not that of its hashes");
  return ok();
}

Result<void> StoreComparison::note_missing(std::uint64_t index) {
  if (missing_ && missing_->last + 1 == index) {
    missing_->last = index;
    return ok();
  }
  TRY(end_run());
  missing_ = Run{index, index};
  return ok();
}

Result<void> StoreComparison::end_run() {
  if (!missing_) return ok();
  const Run run = *std::exchange(missing_, std::nullopt);
  return tell(run.first, run.first == run.last ? "the store has no entry of this index"
                                               : fmt::format("the store has no entries of the indices {}–{}",
                                                             run.first, run.last));
}

Result<void> StoreComparison::tell(std::uint64_t index, std::string what) {
  return found_(Finding{FindingKind::kStore, "", std::move(what), index});
}

Result<void> StoreComparison::finish() {
  return end_run();
}

}  // namespace countersign::logbook
