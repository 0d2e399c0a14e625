// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "documents/receipt.h"

namespace countersign::authority {

// What is done where the witnesses are away for longer than they may.
enum class WhenAway {
  kPending,  // confirming goes on; receipts say that they are unwitnessed
  kStop,     // nothing is confirmed until they are back
};

struct WitnessPolicy {
  std::size_t needed = 0;  // cosignatures of different witnesses on one checkpoint; 0: one, and nothing waits
  WhenAway when_away = WhenAway::kPending;
  std::chrono::milliseconds within{60'000};  // in which a confirmation is to be witnessed
};

// WitnessProgress knows how far our log is witnessed. Pure; not thread-safe.
class WitnessProgress {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  // `began` is when asking began: what the log had before is given as long as what comes.
  WitnessProgress(WitnessPolicy policy, Moment began) : policy_(policy), waiting_since_(began) {}

  // The log had a checkpoint of this size at `now`, none smaller than before.
  void note_newest(std::uint64_t size, Moment now);
  // Enough witnesses cosigned a checkpoint of this size, which was the newest at `was_newest`.
  void note_witnessed(std::uint64_t size, Moment was_newest);

  std::uint64_t newest() const { return newest_; }
  std::uint64_t witnessed() const { return witnessed_; }
  // For how long at most something has been waiting; 0 where everything is witnessed.
  std::chrono::milliseconds waiting(Moment now) const;
  // Whether confirming is to stop.
  bool is_stopped(Moment now) const;
  // How the confirmation of this index, which was issued then, stands for its receipt at `now`.
  documents::WitnessState state_of(std::uint64_t index, TimePoint issued, TimePoint now) const;

 private:
  WitnessPolicy policy_;
  std::uint64_t newest_ = 0;
  std::uint64_t witnessed_ = 0;
  Moment waiting_since_;  // what is not witnessed came after that
};

}  // namespace countersign::authority
