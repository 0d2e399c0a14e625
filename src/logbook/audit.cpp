// SPDX-License-Identifier: Apache-2.0
#include "logbook/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "documents/log_entry.h"
#include "logbook/edge_search.h"
#include "logbook/fork_evidence.h"
#include "logbook/old_trees.h"
#include "logbook/store_comparison.h"
#include "logbook/tree_examination.h"

namespace countersign::logbook {
namespace {

using checkpoint::Checkpoint;
using documents::LogEntry;
using merkle::TileId;

constexpr std::size_t kMostRemarks = 20;
constexpr std::string_view kWitnessedTree = "the folder's checkpoint.witnessed";

// How many entries can be read in the folder from the first on without a gap, whatever the checkpoint says.
std::uint64_t count_entries(LogFolder& folder) {
  std::uint64_t number = 0;
  for (;; ++number) {
    const FileState state = find_entries(folder, {0, number}).state;
    if (state == FileState::kMissing || state == FileState::kUnreadable) break;
  }
  const std::vector<int> widths = folder.partial_widths(merkle::entries_path({0, number}));
  return number * merkle::kTileWidth + static_cast<std::uint64_t>(widths.empty() ? 0 : widths.back());
}

class Audit final : public ExaminationEvents {
 public:
  Audit(LogFolder& folder, const AuditOptions& options) : folder_(folder), options_(options) {}

  Result<AuditReport> run() {
    const auto witnessed = folder_.get(kWitnessedPath);  // first: the checkpoint is at least as new
    TRY(read_checkpoint());                              // before the store's first answer, likewise
    TRY(read_witnessed(witnessed));
    TRY(demand_quorum());
    add_old_checkpoints();
    if (options_.store != nullptr) {
      store_.emplace(*options_.store, [this](Finding finding) { return add_of_store(std::move(finding)); });
      TRY(store_->expect_log());
      TRY(add_stored_checkpoints());
    }
    TRY(examine());
    TRY(compare_old_trees());
    TRY(look_for_doubles());
    TRY(look_at_other_files());
    return std::move(report_);
  }

  Result<void> found(const Fault& fault) override { return add(fault.finding); }

  Result<void> tile(const TileId& id, const Hashes& hashes) override {
    old_trees_.take(id, hashes);
    return store_ ? store_->compare_tile(id, hashes) : Result<void>(ok());
  }

  Result<void> bundle(const ExaminedBundle& bundle) override {
    TRY(read_entries(bundle));
    if (store_) {
      TRY(store_->compare(bundle.first, bundle.leaves));
    }
    if (options_.progress) options_.progress(bundle.first + bundle.leaves.size(), report_.size);
    return ok();
  }

 private:
  Result<void> add(Finding finding) {
    ++report_.findings_in_all;
    if (finding.is_of_store) ++report_.store_findings_in_all;
    if (report_.findings.size() < options_.most_findings) report_.findings.push_back(std::move(finding));
    return ok();
  }

  Result<void> add(FindingKind kind, std::string file, std::string what) {
    return add(Finding{kind, std::move(file), std::move(what)});
  }

  Result<void> add_of_store(Finding finding) {
    finding.is_of_store = true;
    return add(std::move(finding));
  }

  void remark(std::string text) {
    if (report_.remarks.size() < kMostRemarks) report_.remarks.push_back(std::move(text));
  }

  Result<void> read_checkpoint() {
    const std::string path(kCheckpointPath);
    const auto note = folder_.get(path);
    report_.was_verified = options_.policy != nullptr;
    if (!note && note.error().code == ErrorCode::kNotFound) {
      if (count_entries(folder_) == 0)
        return fail(ErrorCode::kNotFound, folder_.path().string() + ": there is no log here");
      return add(FindingKind::kMissing, path, "is not there");
    }
    if (!note) return add(FindingKind::kUnreadable, path, "cannot be read: " + note.error().detail);
    const auto claimed = checkpoint::claimed_checkpoint(as_text(note.value()));
    if (claimed) report_.checkpoint = claimed.value();
    if (options_.policy == nullptr)
      return claimed ? Result<void>(ok()) : add(FindingKind::kSignature, path, claimed.error().detail);
    const auto verified = options_.policy->verify(as_text(note.value()));
    if (!verified) return add(FindingKind::kSignature, path, verified.error().detail);
    report_.is_signed = true;
    count_witnesses(verified.value());
    return ok();
  }

  Result<void> read_witnessed(const Result<Bytes>& note) {
    const std::string path(kWitnessedPath);
    if (!note && note.error().code == ErrorCode::kNotFound) return ok();
    if (!note) return add(FindingKind::kUnreadable, path, "cannot be read: " + note.error().detail);
    const auto claimed = checkpoint::claimed_checkpoint(as_text(note.value()));
    if (!claimed) return add(FindingKind::kSignature, path, claimed.error().detail);
    if (!report_.checkpoint.origin.empty() && claimed.value().origin != report_.checkpoint.origin)
      return add(FindingKind::kSignature, path, "is of another log, " + claimed.value().origin);
    if (options_.policy != nullptr) {
      const auto verified = options_.policy->verify(as_text(note.value()));
      if (!verified) return add(FindingKind::kSignature, path, verified.error().detail);
      if (report_.is_signed && !report_.is_witnessed) count_witnesses(verified.value());
    }
    old_trees_.add(std::string(kWitnessedTree), claimed.value());
    return ok();
  }

  void count_witnesses(const checkpoint::VerifiedCheckpoint& verified) {
    std::vector<std::string> names;
    report_.witnesses.clear();
    for (const checkpoint::Cosignature& one : verified.cosignatures)
      for (const std::string& name : options_.policy->names_of({&one, 1})) {
        report_.witnesses.push_back({name, one.time});
        names.push_back(name);
      }
    report_.witnessed_size = verified.checkpoint.size;
    report_.is_witnessed = options_.policy->is_satisfied_by(names);
  }

  Result<void> demand_quorum() {
    if (!report_.is_signed || report_.is_witnessed) return ok();
    return add(FindingKind::kUnwitnessed, std::string(kCheckpointPath),
               fmt::format("is cosigned by {} known witnesses, which is not the policy's quorum",
                           report_.witnesses.size()));
  }

  // A checkpoint that can be relied on for the size of the tree: signed, or not to be verified.
  bool is_relied_on() const {
    return !report_.checkpoint.origin.empty() && (report_.is_signed || !report_.was_verified);
  }

  Result<void> examine() {
    const bool is_readable = !report_.checkpoint.origin.empty();
    report_.size = is_readable ? report_.checkpoint.size : 0;
    std::optional<merkle::Hash> root;
    if (is_readable) root = report_.checkpoint.root;
    if (!is_relied_on() && !(is_readable && leads_to(*root))) {
      report_.size = count_entries(folder_);
      root.reset();
    }
    doubles_.emplace(report_.size, options_.ids_at_once);
    TRY(const Examination examined, examine_tree(folder_, nullptr, report_.size, root, *this));
    if (store_) {
      TRY(store_->finish());
      report_.was_store_compared = true;
    }
    report_.leads_to_root = examined.is_proven;
    return judge_root(examined);
  }

  // Whether the partial tiles lead to that root at the checkpoint's size, as they are or as follows from what
  // is below.
  bool leads_to(const merkle::Hash& root) {
    Candidates candidates(folder_, nullptr);
    const auto right = search_edge(find_edge(folder_, report_.size), report_.size, root, candidates);
    return right && right.value().has_value();
  }

  Result<void> judge_root(const Examination& examined) {
    if (examined.is_proven || report_.checkpoint.origin.empty()) return ok();
    const std::string claimed = fmt::format("{} entries with the root {}", report_.checkpoint.size,
                                            base64_encode(report_.checkpoint.root));
    if (!examined.root)
      return add(FindingKind::kRoot, std::string(kCheckpointPath),
                 "says " + claimed + ", and too much is missing here to lead to any root");
    return add(FindingKind::kRoot, std::string(kCheckpointPath),
               fmt::format("says {}, and most of the files here {} entries with the root {}", claimed,
                           report_.size, base64_encode(*examined.root)));
  }

  // What is wrong with the file itself is told already; an entry that was logged as it is, is the log's own
  // fault.
  Result<void> read_entries(const ExaminedBundle& bundle) {
    std::size_t next_wrong = 0;
    for (std::size_t i = 0; i < bundle.file.places.size(); ++i) {
      if (next_wrong < bundle.wrong.size() && bundle.wrong[next_wrong] == i) {
        ++next_wrong;
        continue;
      }
      const std::uint64_t index = bundle.first + i;
      const auto entry = documents::parse_log_entry(bundle.file.entry(i));
      if (!entry) {
        TRY(add(Finding{FindingKind::kEntry, bundle.file.path, entry.error().detail, index}));
        continue;
      }
      if (entry.value().kind == LogEntry::Kind::kLeftOut) {
        ++report_.left_out;
      } else {
        ++report_.confirmations;
        doubles_->add(entry.value().id, index);
        if (doubles_->passes() > 1) note_logged(index);
      }
    }
    return ok();
  }

  // For the passes to come, which read the files again and do not know what of them is wrong.
  void note_logged(std::uint64_t index) {
    logged_.resize(index + 1);
    logged_[index] = true;
  }

  Result<void> look_for_doubles() {
    TRY(tell_doubles());
    for (std::uint64_t pass = 1; pass < doubles_->passes(); ++pass) {
      for (std::uint64_t number = 0; number * merkle::kTileWidth < logged_.size(); ++number)
        read_ids({0, number, merkle::tile_width(0, number, report_.size)});
      TRY(tell_doubles());
    }
    return ok();
  }

  void read_ids(const TileId& id) {
    const FoundEntries file = find_entries(folder_, id);
    for (std::size_t i = 0; i < file.places.size(); ++i) {
      const std::uint64_t index = id.number * merkle::kTileWidth + i;
      if (index >= logged_.size() || !logged_[index]) continue;
      if (const auto entry = documents::parse_log_entry(file.entry(i)); entry)
        doubles_->add(entry.value().id, index);
    }
  }

  Result<void> tell_doubles() {
    for (const auto& twice : doubles_->finish_pass()) {
      const std::string id = documents::uuid_of({LogEntry::Kind::kConfirmation, twice.id, {}});
      TRY(add(Finding{FindingKind::kDouble, "",
                      fmt::format("the confirmation {} of index {} stands there once more", id, twice.first),
                      twice.again}));
    }
    return ok();
  }

  void add_old_checkpoints() {
    for (const OldCheckpoint& old : options_.old_checkpoints) {
      const auto problem = [&](FindingKind kind, const std::string& what) {
        old_problems_.push_back({kind, "", old.name + ": " + what});
      };
      const auto claimed = checkpoint::claimed_checkpoint(old.note);
      if (!claimed) {
        problem(FindingKind::kSignature, claimed.error().detail);
      } else if (const auto error = verify_old(old); error) {
        problem(FindingKind::kSignature, *error);
      } else if (claimed.value().origin != report_.checkpoint.origin && !report_.checkpoint.origin.empty()) {
        problem(FindingKind::kSignature, "is of another log, " + claimed.value().origin);
      } else {
        old_trees_.add(old.name, claimed.value());
      }
    }
  }

  // What the store signed has to be of this tree, too, as far as the folder reaches.
  Result<void> add_stored_checkpoints() {
    TRY(const auto all, stored_checkpoints(*options_.store));
    if (std::ranges::none_of(all, [](const auto& one) { return one.table == "log_state"; })) {
      TRY(add_of_store({FindingKind::kStore, "", "the store's log_state is empty"}));
    }
    for (const StoredCheckpoint& stored : all) {
      const std::string name = "the store's checkpoint in " + stored.table;
      if (const auto problem = problem_of(stored, options_.policy); problem) {
        TRY(add_of_store({FindingKind::kStore, "", name + ": " + *problem}));
        continue;
      }
      TRY(auto claimed, checkpoint::claimed_checkpoint(stored.note));
      if (!report_.checkpoint.origin.empty() && claimed.origin != report_.checkpoint.origin) {
        TRY(add_of_store({FindingKind::kStore, "", name + ": is of another log, " + claimed.origin}));
      } else if (claimed.size <= report_.checkpoint.size) {
        stored_.insert(name);
        old_trees_.add(name, claimed);
      }
    }
    return ok();
  }

  std::optional<std::string> verify_old(const OldCheckpoint& old) const {
    if (options_.policy == nullptr) return std::nullopt;
    const auto verified = options_.policy->verify(old.note);
    return verified ? std::nullopt : std::optional(verified.error().detail);
  }

  Result<void> compare_old_trees() {
    for (Finding& problem : old_problems_) {
      TRY(add(std::move(problem)));
    }
    for (const OldTrees::Compared& old : old_trees_.compare()) {
      TRY(judge_old(old));
    }
    return ok();
  }

  Result<void> judge_old(const OldTrees::Compared& old) {
    const bool is_stored = stored_.contains(old.name);
    if (old.root == old.checkpoint.root && old.checkpoint.size <= report_.size) {
      if (!is_stored && old.name != kWitnessedTree) report_.old_checkpoints.push_back(old.name);
      return ok();
    }
    Finding finding = difference_of(old);
    if (!is_stored) return add(std::move(finding));
    if (finding.kind == FindingKind::kFork && !report_.was_verified)
      finding = {FindingKind::kStore, "", old.name + ": has another root than this tree at that size"};
    return add_of_store(std::move(finding));
  }

  Finding difference_of(const OldTrees::Compared& old) const {
    if (old.checkpoint.size > report_.size)
      return {FindingKind::kOlder, "",
              fmt::format("{} has {} entries, and the folder {}: it was put back, or not brought up to date",
                          old.name, old.checkpoint.size, report_.size)};
    if (!old.root)
      return {FindingKind::kRoot, "",           old.name + ": cannot be compared, too much is missing here",
              std::nullopt,       std::nullopt, false};
    return {FindingKind::kFork,
            "",
            fmt::format(
                "{} has {} entries with the root {}, and this tree has another root at that size, {}: "
                "the log signed two histories",
                old.name, old.checkpoint.size, base64_encode(old.checkpoint.root), base64_encode(*old.root)),
            std::nullopt,
            std::nullopt,
            report_.leads_to_root};
  }

  // Files that are none of this tree.
  Result<void> look_at_other_files() {
    std::uint64_t beyond = 0, left_over = 0;
    TRY(folder_.for_each_file([&](const std::string& path) -> Result<void> {
      const std::string name = path.substr(path.rfind('/') + 1);
      if (path == kCheckpointPath || path == kWitnessedPath || LogFolder::is_lock(path)) return ok();
      if (is_evidence(path))
        return name == "proof.txt"
                   ? add(FindingKind::kFork, path, "is evidence that the log signed two histories")
                   : Result<void>(ok());
      if (name.starts_with('.')) {
        ++left_over;
      } else if (const auto id = merkle::parse_tile_path(path); !id) {
        remark("no file of a log: " + printable(path));
      } else if (id.value().width > merkle::tile_width(id.value().level, id.value().number, report_.size)) {
        ++beyond;
      }
      return ok();
    }));
    if (beyond > 0)
      remark(
          fmt::format("{} files go on beyond the checkpoint: the log grows at this moment, or writing was "
                      "interrupted; the next mirror or the log itself takes them up",
                      beyond));
    if (left_over > 0) remark(fmt::format("{} files were left over when writing was interrupted", left_over));
    return ok();
  }

  // A name that a terminal may show.
  static std::string printable(const std::string& path) {
    for (const char c : path)
      if (c < 0x20 || c == 0x7f) return "(base64url) " + base64url_encode(as_bytes(path));
    return path;
  }

  LogFolder& folder_;
  const AuditOptions& options_;
  AuditReport report_;
  OldTrees old_trees_;
  std::vector<Finding> old_problems_;
  std::set<std::string> stored_;  // names of those in old_trees_ that the store keeps
  std::optional<StoreComparison> store_;
  std::optional<DoubleIds> doubles_;
  std::vector<bool> logged_;  // by index: a confirmation that is as it was logged; of several passes
};

}  // namespace

Result<AuditReport> audit_log(LogFolder& folder, const AuditOptions& options) {
  return Audit(folder, options).run();
}

}  // namespace countersign::logbook
