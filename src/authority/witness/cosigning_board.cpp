// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/cosigning_board.h"

namespace countersign::authority {

void CosigningBoard::begin(checkpoint::VerifiedCheckpoint checkpoint, Moment now) {
  const std::lock_guard lock(mutex_);
  round_.emplace(std::move(checkpoint), now);
  began_.notify_all();
}

std::optional<CosigningRound> CosigningBoard::round() const {
  const std::lock_guard lock(mutex_);
  return round_;
}

std::optional<checkpoint::VerifiedCheckpoint> CosigningBoard::wait_for_work(const KnownWitness& witness,
                                                                            Moment not_before,
                                                                            const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  began_.wait_until(lock, stop, not_before, [] { return false; });
  began_.wait(lock, stop, [&] { return round_ && !round_->has(witness); });
  if (stop.stop_requested()) return std::nullopt;
  return round_->checkpoint();
}

void CosigningBoard::take(const KnownWitness& witness, const checkpoint::VerifiedCheckpoint& checkpoint,
                          checkpoint::NoteSignature cosignature) {
  const std::lock_guard lock(mutex_);
  if (!round_ || round_->checkpoint().note.text != checkpoint.note.text) return;
  round_->take(witness, std::move(cosignature));
  is_cosigned_ = true;
  news_.notify_one();
}

void CosigningBoard::note_growth() {
  const std::lock_guard lock(mutex_);
  if (has_grown_) return;
  has_grown_ = true;
  news_.notify_one();
}

void CosigningBoard::wait_for_news(Until until, std::chrono::milliseconds most, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, stop, most, [&] { return is_cosigned_ || (until == Until::kGrown && has_grown_); });
  is_cosigned_ = false;
  if (until == Until::kGrown) has_grown_ = false;
}

}  // namespace countersign::authority
