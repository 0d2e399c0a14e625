// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/policy.h"
#include "logbook/finding.h"
#include "logbook/mirror.h"
#include "storage/database.h"

namespace countersign::logbook {

struct RepairOptions {
  LogSource* from = nullptr;  // the same log in another place; null: only what follows from the folder
  storage::Database* store = nullptr;  // of the log's authority: mended as well, out of the folder
  const checkpoint::Policy* policy =
      nullptr;  // without one the folder's own checkpoint is believed as it stands
  std::size_t most_findings = 1000;
  Progress progress = {};
};

struct Restored {
  std::string file;
  std::string what;              // was wrong with it
  bool came_from_other = false;  // place; otherwise it follows from what the folder has
  bool is_in_store = false;      // `file` is a row there
};

// RepairReport is what a repair did; `left` is what it could not mend.
struct RepairReport {
  checkpoint::Checkpoint checkpoint;  // under which it was done
  bool was_checkpoint_restored = false;
  std::vector<Restored> restored;  // as many as options say
  std::uint64_t restored_in_all = 0;
  std::vector<Finding> left;  // likewise
  std::uint64_t left_in_all = 0;

  bool is_whole() const { return left_in_all == 0; }
};

// repair_log writes anew what is missing, torn or wrong in a log's folder: from tiles and entries that are
// there, else from the other place. Nothing is written that does not lead to the root of the checkpoint,
// which is the folder's own; where that is missing or spoilt, the other place's, which takes a policy to
// verify it. Files beyond the checkpoint are left to the log or mirror that writes them. Errors: kConflict
// where neither place has partial tiles that lead to the root, so that nothing is proven; kSignatureInvalid,
// kMalformed, kNotFound where there is no checkpoint to be relied on; of the other place where it does not
// answer; of the disk. What was restored before is. A store is mended after the folder (`repair_store`).
Result<RepairReport> repair_log(LogFolder& folder, const RepairOptions& options);

std::string write_repair_text(const RepairReport& report);
std::string write_repair_json(const RepairReport& report);

}  // namespace countersign::logbook
