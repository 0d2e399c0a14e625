// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/policy.h"
#include "logbook/log_folder.h"

namespace countersign::logbook {

// SignedTree is a checkpoint that its log signed, with the place where its tiles are.
struct SignedTree {
  checkpoint::VerifiedCheckpoint signed_by_log;
  std::string note;
  LogSource* tiles = nullptr;
  const char* where = "";  // that is, in words
  const checkpoint::Checkpoint& checkpoint() const { return signed_by_log.checkpoint; }
};

// expect_one_history makes sure that the smaller of two trees of one log is the beginning of the larger, by
// the tiles of the larger. kConflict where they contradict each other, which is then proven and kept as
// evidence in the folder, or, where that cannot be written, told in the detail; also where these tiles are
// missing, are none or do not lead to the larger's root, so that nothing is proven. kUnavailable and
// kTooLarge of the place where they are.
Result<void> expect_one_history(const SignedTree& a, const SignedTree& b, const LogFolder& evidence);

}  // namespace countersign::logbook
