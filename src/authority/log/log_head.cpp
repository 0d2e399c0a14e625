// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_head.h"

#include "checkpoint/checkpoint.h"

namespace countersign::authority {

Result<LogCheckpoint> LogHead::checkpoint() const {
  const std::lock_guard lock(mutex_);
  if (signed_) return *signed_;
  TRY(const checkpoint::Note note,
      checkpoint::sign_checkpoint(*signer_, {key().name, tree_.size(), tree_.root()}));
  signed_ = LogCheckpoint{tree_.size(), checkpoint::write_note(note)};
  return *signed_;
}

}  // namespace countersign::authority
