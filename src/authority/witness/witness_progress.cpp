// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_progress.h"

#include <algorithm>

namespace countersign::authority {

void WitnessProgress::note_newest(std::uint64_t size, Moment now) {
  if (size <= newest_) return;
  if (newest_ <= witnessed_) waiting_since_ = std::max(waiting_since_, now);
  newest_ = size;
}

void WitnessProgress::note_witnessed(std::uint64_t size, Moment was_newest) {
  if (size < witnessed_) return;
  witnessed_ = size;
  waiting_since_ = std::max(waiting_since_, was_newest);
}

std::chrono::milliseconds WitnessProgress::waiting(Moment now) const {
  if (newest_ <= witnessed_) return std::chrono::milliseconds(0);
  return std::chrono::floor<std::chrono::milliseconds>(now - waiting_since_);
}

bool WitnessProgress::is_stopped(Moment now) const {
  return policy_.needed > 0 && policy_.when_away == WhenAway::kStop && waiting(now) > policy_.within;
}

documents::WitnessState WitnessProgress::state_of(std::uint64_t index, TimePoint issued,
                                                  TimePoint now) const {
  if (index < witnessed_) return documents::WitnessState::kWitnessed;
  return now - issued > policy_.within ? documents::WitnessState::kUnwitnessed
                                       : documents::WitnessState::kPending;
}

}  // namespace countersign::authority
