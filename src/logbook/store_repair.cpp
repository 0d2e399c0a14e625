// SPDX-License-Identifier: Apache-2.0
#include "logbook/store_repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "logbook/audit.h"
#include "logbook/candidates.h"
#include "logbook/store_comparison.h"
#include "logbook/store_questions.h"
#include "logbook/tree_examination.h"
#include "merkle/edge.h"

namespace countersign::logbook {
namespace {

constexpr std::string_view kState = "log_state";
constexpr std::string_view kOrigin = "SELECT origin FROM log_state WHERE id = 1";
constexpr std::string_view kEntries =
    "SELECT log_index, entry FROM log_entries WHERE log_index >= $1 AND log_index < $2 ORDER BY log_index";
constexpr std::string_view kPutEntry =
    "INSERT INTO log_entries (log_index, entry) VALUES ($1, $2)"
    " ON CONFLICT (log_index) DO UPDATE SET entry = excluded.entry";
constexpr std::string_view kTile = "SELECT root, hashes FROM log_tiles WHERE level = $1 AND number = $2";
constexpr std::string_view kPutTile =
    "INSERT INTO log_tiles (level, number, root, hashes) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (level, number) DO UPDATE SET root = excluded.root, hashes = excluded.hashes";
constexpr std::string_view kPutCheckpoint = "UPDATE log_state SET size = $1, checkpoint = $2 WHERE id = 1";
// When the newest entry was made is in no log: any clock may go on.
constexpr std::string_view kPutState =
    "INSERT INTO log_state (id, origin, size, time, checkpoint) VALUES (1, $1, $2, 0, $3)";
constexpr std::string_view kEnded = "SELECT 1 FROM log_ended WHERE origin = $1";
constexpr std::string_view kForgetWitnessed = "DELETE FROM log_witnessed WHERE id = 1";

// A row to be written, and what was wrong with it.
struct Change {
  Restored restored;
  std::string_view sql;
  storage::Values values;
  std::optional<StoredCheckpoint> judged = {};  // what the row was; where it is another by now it stays
};

// Whether the store says whose log it keeps. A row that is lost says nothing; kConflict for another log, and
// for one that was ended here.
Result<bool> expect_log_of(storage::Reader& reader, const std::string& origin) {
  TRY(const auto kept, reader.query(kOrigin, {}));
  if (!kept.empty() && kept.front().text(0) == origin) return true;
  if (kept.empty()) {
    TRY(const auto ended, reader.query(kEnded, {origin}));
    if (ended.empty()) return false;
  }
  return fail(ErrorCode::kConflict, "the store is not that of " + origin + ": nothing was changed in it");
}

// Gathers what the store does not have as it was logged.
class StoreRepair final : public ExaminationEvents {
 public:
  StoreRepair(storage::Database& store, const checkpoint::Policy& policy) : store_(store), policy_(policy) {}

  // Before the examination: whose log the store keeps, and what it signed, as far as that can be relied on.
  Result<void> take_checkpoints(const std::string& origin) {
    TRY(store_.read([&](storage::Reader& reader) -> Result<void> {
      TRY(has_state_, expect_log_of(reader, origin));
      TRY(stored_, stored_checkpoints(reader));
      return ok();
    }));
    for (const StoredCheckpoint& one : stored_)
      if (one.table == kState && !problem_of(one, &policy_)) {
        TRY(signed_, checkpoint::claimed_checkpoint(one.note));
      }
    if (signed_ && signed_->size == 0) signed_.reset();  // nothing is to be continued
    return ok();
  }

  Result<void> found(const Fault&) override { return ok(); }

  Result<void> tile(const merkle::TileId& id, const Hashes& hashes) override {
    if (id.width != static_cast<int>(merkle::kTileWidth)) return ok();
    const auto number = static_cast<std::int64_t>(id.number);
    TRY(const auto rows, ask_store(store_, kTile, {std::int64_t{id.level}, number}));
    const Bytes root = to_bytes(BytesView(hash_of_full_tile(id, hashes)));
    Bytes right = merkle::write_tile(hashes);
    if (!rows.empty() && rows.front().blob(0) == root && rows.front().blob(1) == right) return ok();
    note(fmt::format("log_tiles, level {} number {}", id.level, id.number), rows.empty(), kPutTile,
         {std::int64_t{id.level}, number, root, std::move(right)});
    return ok();
  }

  Result<void> bundle(const ExaminedBundle& bundle) override {
    if (bundle.first == tree_.size()) grow(bundle.leaves);
    const auto first = static_cast<std::int64_t>(bundle.first);
    TRY(const auto rows,
        ask_store(store_, kEntries, {first, first + static_cast<std::int64_t>(bundle.leaves.size())}));
    std::map<std::int64_t, const Bytes*> stored;
    for (const storage::Row& row : rows) stored[row.integer(0)] = &row.blob(1);
    for (std::size_t i = 0; i < std::min(bundle.leaves.size(), bundle.file.places.size()); ++i) {
      const std::int64_t index = first + static_cast<std::int64_t>(i);
      const auto entry = stored.find(index);
      if (entry != stored.end() && merkle::leaf_hash(*entry->second) == bundle.leaves[i]) {
        has_entries_ = true;
        continue;
      }
      if (entry != stored.end() && !has_state_) return refuse_stateless();
      if (std::ranges::binary_search(bundle.wrong, i)) continue;  // the folder does not have it either
      note(fmt::format("log_entries, index {}", index), entry == stored.end(), kPutEntry,
           {index, to_bytes(bundle.file.entry(i))});
    }
    return ok();
  }

  // After the examination: with the folder's entries, and its own behind them, the store leads to the root
  // that it signed. Another history is not mended into this one.
  Result<void> expect_signed() {
    if (!has_state_ && !has_entries_) return refuse_stateless();
    if (!signed_) return ok();
    while (tree_.size() < signed_->size) {
      const auto first = static_cast<std::int64_t>(tree_.size());
      const auto end = static_cast<std::int64_t>(std::min(signed_->size, tree_.size() + merkle::kTileWidth));
      TRY(const auto rows, ask_store(store_, kEntries, {first, end}));
      Hashes leaves;
      for (const storage::Row& row : rows) leaves.push_back(merkle::leaf_hash(row.blob(1)));
      if (leaves.size() != static_cast<std::size_t>(end - first)) break;
      grow(leaves);
    }
    if (signed_root_ == signed_->root) return ok();
    return fail(
        ErrorCode::kConflict,
        fmt::format("the store signed {} entries with another root than these lead to: it is of another "
                    "history, or too much is missing. Nothing was changed in it",
                    signed_->size));
  }

  // Nothing but its entries says whose log it is.
  static Result<void> refuse_stateless() {
    return fail(ErrorCode::kConflict,
                "the store's log_state is empty, and its entries are not those of this log: nothing was "
                "changed in it");
  }

  // Out of the folder's checkpoint.
  Result<void> mend_checkpoints(const Bytes& note_here) {
    if (!has_state_) {
      TRY(const auto verified, policy_.verify(as_text(note_here)));
      const checkpoint::Checkpoint& here = verified.checkpoint;
      changes_.push_back({{std::string(kState), "missing", false, true},
                          kPutState,
                          {here.origin, static_cast<std::int64_t>(here.size), to_text(note_here)}});
    }
    for (const StoredCheckpoint& one : stored_) {
      const auto problem = problem_of(one, &policy_);
      if (!problem) continue;
      if (one.table != kState) {
        changes_.push_back({{one.table, *problem + "; taken away", false, true}, kForgetWitnessed, {}, one});
        continue;
      }
      const auto verified = policy_.verify(as_text(note_here));
      if (!verified) continue;
      changes_.push_back({{one.table, *problem, false, true},
                          kPutCheckpoint,
                          {static_cast<std::int64_t>(verified.value().checkpoint.size), to_text(note_here)},
                          one});
    }
    return ok();
  }

  const std::vector<Change>& changes() const { return changes_; }

 private:
  void note(std::string row, bool is_missing, std::string_view sql, storage::Values values) {
    changes_.push_back({{std::move(row), is_missing ? "missing" : "was not what was logged", false, true},
                        sql,
                        std::move(values)});
  }

  void grow(const Hashes& leaves) {
    for (const merkle::Hash& leaf : leaves) {
      static_cast<void>(tree_.append(leaf));
      if (signed_ && tree_.size() == signed_->size) signed_root_ = tree_.root();
    }
  }

  storage::Database& store_;
  const checkpoint::Policy& policy_;
  std::vector<StoredCheckpoint> stored_;
  std::optional<checkpoint::Checkpoint> signed_;
  bool has_state_ = false, has_entries_ = false;  // a row that says whose log it is; entries that do
  std::optional<merkle::Hash> signed_root_;       // of this tree at that size
  merkle::Edge tree_;                             // of the entries so far, without a gap
  std::vector<Change> changes_;
};

// Answers what was written: the authority may have stored better checkpoints since.
Result<std::vector<Restored>> write_changes(storage::Database& store, const std::string& origin,
                                            const std::vector<Change>& changes) {
  std::vector<Restored> written;
  if (changes.empty()) return written;
  TRY(store.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(expect_log_of(transaction, origin));
    TRY(const auto stored, stored_checkpoints(transaction));
    for (const Change& change : changes) {
      if (change.judged && std::ranges::find(stored, *change.judged) == stored.end()) continue;
      TRY(transaction.execute(change.sql, change.values));
      written.push_back(change.restored);
    }
    return ok();
  }));
  return written;
}

Result<std::vector<Change>> changes_of(LogFolder& folder, storage::Database& store,
                                       const checkpoint::Policy& policy,
                                       const checkpoint::Checkpoint& checkpoint) {
  StoreRepair repair(store, policy);
  TRY(repair.take_checkpoints(checkpoint.origin));
  TRY(const Examination examined, examine_tree(folder, nullptr, checkpoint.size, checkpoint.root, repair));
  if (!examined.is_proven) return std::vector<Change>();
  TRY(repair.expect_signed());
  TRY(const Bytes note, folder.get(kCheckpointPath));
  TRY(repair.mend_checkpoints(note));
  return repair.changes();
}

}  // namespace

Result<void> repair_store(LogFolder& folder, storage::Database& store, const RepairOptions& options,
                          RepairReport& report) {
  TRY(StoreComparison(store, {}).expect_log());
  std::vector<Change> changes;
  if (options.policy != nullptr) {
    TRY(changes, changes_of(folder, store, *options.policy, report.checkpoint));
  }
  TRY(const auto written, write_changes(store, report.checkpoint.origin, changes));
  for (const Restored& restored : written) {
    ++report.restored_in_all;
    if (report.restored.size() < options.most_findings) report.restored.push_back(restored);
  }
  TRY(const AuditReport after,
      audit_log(folder, {.policy = options.policy, .store = &store, .most_findings = options.most_findings}));
  report.left_in_all += after.store_findings_in_all;
  for (const Finding& finding : after.findings)
    if (finding.is_of_store && report.left.size() < options.most_findings) report.left.push_back(finding);
  return ok();
}

}  // namespace countersign::logbook
