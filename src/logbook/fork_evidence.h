// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "checkpoint/checkpoint.h"
#include "logbook/log_folder.h"

namespace countersign::logbook {

// Two checkpoints of one log that contradict each other, both signed by it, the one of the smaller tree
// first.
struct Fork {
  checkpoint::Checkpoint smaller, larger;
  std::string smaller_note, larger_note;
  // The root that the larger tree has at the smaller one's size, and the proof of that (RFC 9162 §2.1.4); of
  // two trees of one size the larger's own root, and nothing.
  merkle::Hash root_at_smaller{};
  std::vector<merkle::Hash> proof;
};

// keep_evidence writes both checkpoints, as they came, and the proof into a folder of their own below
// "evidence", once. Answers its path in the folder.
Result<std::string> keep_evidence(const LogFolder& folder, const Fork& fork);

// Whether a file is of such evidence.
bool is_evidence(std::string_view path);

}  // namespace countersign::logbook
