// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "checkpoint/policy.h"
#include "logbook/log_folder.h"

namespace countersign::logbook {

// Called now and then with how many entries are done, of how many.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

struct MirrorReport {
  checkpoint::Checkpoint checkpoint;        // that the folder holds now
  std::uint64_t size_before = 0;            // of the folder's tree
  std::uint64_t entries_fetched = 0;        // the others were there already, from a run that was interrupted
  std::vector<std::string> witnesses = {};  // NAMEs of the policy that cosigned
  bool is_witnessed = false;                // enough of them for the policy
  std::uint64_t witnessed_size = 0;         // of the tree that they cosigned: this one, or one before
};

// mirror_log brings a folder to the newest checkpoint of a log, and leaves it as it is where it cannot. Every
// file is proven before it is written, from the signed root down: tiles by the hash in the tile above,
// entries by their leaves; tiles of level 0 follow from the entries and are not fetched. The checkpoint comes
// last, and behind it, for a policy that needs witnesses, the log's "checkpoint.witnessed", by which the
// quorum is judged where the newest checkpoint has to wait for it. What was written before an interruption is
// used again. In the end partial tiles of other sizes are removed.
//
// Errors: kSignatureInvalid, kNotFound (an origin that the policy does not list), kMalformed and kTooLarge
// for a checkpoint or files that are none; kConflict where files are not served or do not lead to the signed
// root, where the log is another one than the folder's or went back, and where it signed two trees that
// contradict each other: both checkpoints, with a proof, are then kept below "evidence" (fork_evidence.h),
// and the detail says so in plain words. Also kConflict where the folder's own checkpoint or files are spoilt
// so that nothing can be compared. kUnavailable, kStorageFull, kForbidden.
Result<MirrorReport> mirror_log(LogSource& log, LogFolder& folder, const checkpoint::Policy& policy,
                                const Progress& progress = {});

std::string write_mirror_text(const MirrorReport& report);
std::string write_mirror_json(const MirrorReport& report);

}  // namespace countersign::logbook
