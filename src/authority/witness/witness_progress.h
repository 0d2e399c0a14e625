// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>

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
  explicit WitnessProgress(WitnessPolicy policy) : policy_(policy) {}

  // The log was found to have so many committed entries, whether or not a checkpoint of them is stored. What
  // it had at the first time is given as long as what comes.
  void note_newest(std::uint64_t size, Moment now);
  // Enough witnesses cosigned a checkpoint of this size.
  void note_witnessed(std::uint64_t size);

  std::uint64_t newest() const { return newest_; }
  std::uint64_t witnessed() const { return witnessed_; }
  // For how long something has been found to wait; 0 where everything is witnessed. Of the entries that come
  // after very many looks without any cosignature: longer than they do.
  std::chrono::milliseconds waiting(Moment now) const;
  // Whether confirming is to stop.
  bool is_stopped(Moment now) const;
  // How the confirmation of this index, which was issued then, stands for its receipt at `now`.
  documents::WitnessState state_of(std::uint64_t index, TimePoint issued, TimePoint now) const;

 private:
  // So many entries were there at that time.
  struct Found {
    std::uint64_t size;
    Moment first;
  };

  WitnessPolicy policy_;
  std::uint64_t newest_ = 0;
  std::uint64_t witnessed_ = 0;
  std::deque<Found> waiting_;  // sizes that grow, all larger than what is witnessed
};

}  // namespace countersign::authority
