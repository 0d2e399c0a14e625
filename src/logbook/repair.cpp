// SPDX-License-Identifier: Apache-2.0
#include "logbook/repair.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "documents/json.h"
#include "logbook/report.h"
#include "logbook/store_repair.h"
#include "logbook/tree_examination.h"

namespace countersign::logbook {
namespace {

using checkpoint::Checkpoint;

struct ReliedOn {
  Checkpoint checkpoint;
  Bytes note;
};

Result<ReliedOn> read_checkpoint(LogSource& place, const checkpoint::Policy* policy) {
  TRY(Bytes note, place.get(kCheckpointPath));
  if (policy == nullptr) {
    TRY(Checkpoint claimed, checkpoint::claimed_checkpoint(as_text(note)));
    return ReliedOn{std::move(claimed), std::move(note)};
  }
  TRY(auto verified, policy->verify(as_text(note)));
  return ReliedOn{std::move(verified.checkpoint), std::move(note)};
}

class Repair final : public ExaminationEvents {
 public:
  Repair(LogFolder& folder, const RepairOptions& options) : folder_(folder), options_(options) {}

  Result<RepairReport> run() {
    TRY(const auto lock, folder_.lock());
    TRY(const ReliedOn relied_on, find_checkpoint());
    report_.checkpoint = relied_on.checkpoint;
    TRY(const Examination examined,
        examine_tree(folder_, options_.from, report_.checkpoint.size, report_.checkpoint.root, *this));
    if (!examined.is_proven)
      return fail(
          ErrorCode::kConflict,
          fmt::format("nothing here{} leads to the root of the checkpoint of {} entries: nothing was changed",
                      options_.from == nullptr ? "" : " nor there", report_.checkpoint.size));
    if (report_.restored_in_all > 0) {
      TRY(folder_.sync());
    }
    if (report_.was_checkpoint_restored) {
      TRY(folder_.put_durably(kCheckpointPath, relied_on.note));
    }
    return std::move(report_);
  }

  Result<void> found(const Fault& fault) override {
    const Finding& finding = fault.finding;
    if (!fault.right) {
      ++report_.left_in_all;
      if (report_.left.size() < options_.most_findings) report_.left.push_back(finding);
      return ok();
    }
    TRY(folder_.put(finding.file, *fault.right));
    ++report_.restored_in_all;
    if (report_.restored.size() < options_.most_findings)
      report_.restored.push_back({finding.file, std::string(finding_name(finding.kind)) + ": " + finding.what,
                                  fault.from == Provenance::kOther});
    return ok();
  }
  Result<void> tile(const merkle::TileId&, const Hashes&) override { return ok(); }
  Result<void> bundle(const ExaminedBundle& bundle) override {
    if (options_.progress) options_.progress(bundle.first + bundle.leaves.size(), report_.checkpoint.size);
    return ok();
  }

 private:
  // The folder's own, or that of the other place, which only a signature can make better.
  Result<ReliedOn> find_checkpoint() {
    auto own = read_checkpoint(folder_, options_.policy);
    if (own) return own;
    if (options_.from == nullptr || options_.policy == nullptr)
      return fail(own.error(),
                  "the folder's checkpoint cannot be relied on, and to take another one needs another "
                  "place and a policy");
    auto other = read_checkpoint(*options_.from, options_.policy);
    if (!other)
      return fail(other.error(),
                  "neither the folder's checkpoint can be relied on, nor that of the other place");
    report_.was_checkpoint_restored = true;
    return other;
  }

  LogFolder& folder_;
  const RepairOptions& options_;
  RepairReport report_;
};

}  // namespace

Result<RepairReport> repair_log(LogFolder& folder, const RepairOptions& options) {
  TRY(RepairReport report, Repair(folder, options).run());
  if (options.store != nullptr) {
    TRY(repair_store(folder, *options.store, options, report));
  }
  return report;
}

std::string write_repair_text(const RepairReport& report) {
  std::string text = report.is_whole() ? fmt::format("WHOLE: {} files restored\n", report.restored_in_all)
                                       : fmt::format("NOT WHOLE: {} files restored, {} not\n",
                                                     report.restored_in_all, report.left_in_all);
  text += write_findings_text(report.left, report.left_in_all);
  for (const Restored& one : report.restored)
    text += fmt::format("restored {}{} {} ({})\n", one.is_in_store ? "in the store: " : "", one.file,
                        one.came_from_other ? "from the other place" : "from what is here", one.what);
  if (report.was_checkpoint_restored) text += "restored checkpoint from the other place\n";
  return text + fmt::format("checkpoint of {}: {} entries, root {}\n", report.checkpoint.origin,
                            report.checkpoint.size, base64_encode(report.checkpoint.root));
}

std::string write_repair_json(const RepairReport& report) {
  boost::json::array restored;
  for (const Restored& one : report.restored)
    restored.push_back(boost::json::object{{one.is_in_store ? "row" : "file", one.file},
                                           {"from", one.came_from_other ? "other" : "here"},
                                           {"what", one.what}});
  return documents::write_json(boost::json::object{{"type", "log-repair"},
                                                   {"version", 1},
                                                   {"whole", report.is_whole()},
                                                   {"checkpoint", object_of(report.checkpoint)},
                                                   {"checkpointRestored", report.was_checkpoint_restored},
                                                   {"restoredInAll", report.restored_in_all},
                                                   {"restored", std::move(restored)},
                                                   {"leftInAll", report.left_in_all},
                                                   {"left", array_of(report.left)}});
}

}  // namespace countersign::logbook
