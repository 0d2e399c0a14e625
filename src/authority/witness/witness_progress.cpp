// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_progress.h"

namespace countersign::authority {
namespace {

// Beyond which what comes is counted with what came before: over ten minutes of one look a second.
constexpr std::size_t kMostFound = 1000;

}  // namespace

void WitnessProgress::note_newest(std::uint64_t size, Moment now) {
  if (size <= newest_) return;
  newest_ = size;
  if (size <= witnessed_) return;
  if (waiting_.size() < kMostFound)
    waiting_.push_back({size, now});
  else
    waiting_.back().size = size;
}

void WitnessProgress::note_witnessed(std::uint64_t size) {
  if (size < witnessed_) return;
  witnessed_ = size;
  while (!waiting_.empty() && waiting_.front().size <= size) waiting_.pop_front();
}

std::chrono::milliseconds WitnessProgress::waiting(Moment now) const {
  if (waiting_.empty()) return std::chrono::milliseconds(0);
  return std::chrono::floor<std::chrono::milliseconds>(now - waiting_.front().first);
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
