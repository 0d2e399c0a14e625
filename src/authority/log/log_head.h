// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "authority/log/log_store.h"
#include "checkpoint/note_signer.h"

namespace countersign::authority {

// LogHead is the tree of a log after a batch: enough to prove what was appended last, without the store. Its
// checkpoint is signed when somebody first asks for it, which nobody does before the batch is durable: a log
// signs no tree that it could lose. Thread-safe; shared.
class LogHead {
 public:
  LogHead(std::shared_ptr<const checkpoint::NoteSigner> signer, merkle::Edge tree, TimePoint time)
      : signer_(std::move(signer)), tree_(std::move(tree)), time_(time) {}

  std::uint64_t size() const { return tree_.size(); }
  const merkle::Edge& tree() const { return tree_; }
  TimePoint time() const { return time_; }  // of its newest entry
  const checkpoint::VerifierKey& key() const { return signer_->verifier(); }
  // Errors are those of the key's token.
  Result<LogCheckpoint> checkpoint() const;

 private:
  const std::shared_ptr<const checkpoint::NoteSigner> signer_;
  const merkle::Edge tree_;
  const TimePoint time_;
  mutable std::mutex mutex_;  // guards what follows, also while it is signed
  mutable std::optional<LogCheckpoint> signed_;
};

}  // namespace countersign::authority
