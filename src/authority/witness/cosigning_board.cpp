// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/cosigning_board.h"

namespace countersign::authority {

void CosigningBoard::begin(checkpoint::VerifiedCheckpoint checkpoint, Moment now) {
  const std::lock_guard lock(mutex_);
  round_.emplace(std::move(checkpoint), now);
  changed_.notify_all();
}

std::optional<CosigningRound> CosigningBoard::round() const {
  const std::lock_guard lock(mutex_);
  return round_;
}

std::optional<checkpoint::VerifiedCheckpoint> CosigningBoard::wait_for_work(const KnownWitness& witness,
                                                                            Moment not_before,
                                                                            const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, not_before, [] { return false; });
  changed_.wait(lock, stop, [&] { return round_ && !round_->has(witness); });
  if (stop.stop_requested()) return std::nullopt;
  return round_->checkpoint();
}

void CosigningBoard::take(const KnownWitness& witness, const checkpoint::VerifiedCheckpoint& checkpoint,
                          checkpoint::NoteSignature cosignature) {
  const std::lock_guard lock(mutex_);
  if (!round_ || round_->checkpoint().note.text != checkpoint.note.text) return;
  round_->take(witness, std::move(cosignature));
  is_called_ = true;
  changed_.notify_all();
}

void CosigningBoard::call() {
  const std::lock_guard lock(mutex_);
  if (is_called_) return;
  is_called_ = true;
  changed_.notify_all();
}

void CosigningBoard::wait_for_call(std::chrono::milliseconds most, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, most, [this] { return is_called_; });
  is_called_ = false;
}

}  // namespace countersign::authority
