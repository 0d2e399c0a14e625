// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "authority/witness/cosigning_round.h"

namespace countersign::authority {

// CosigningBoard is where the threads that ask the witnesses find the checkpoint of the round, and leave the
// cosignatures that they got. Thread-safe.
class CosigningBoard {
 public:
  using Moment = CosigningRound::Moment;

  // begin puts up the checkpoint of the next round.
  void begin(checkpoint::VerifiedCheckpoint checkpoint, Moment now);
  // Nothing before the first.
  std::optional<CosigningRound> round() const;

  // Waits for a checkpoint that this witness has not cosigned, and until `not_before`; nothing when it is to
  // stop.
  std::optional<checkpoint::VerifiedCheckpoint> wait_for_work(const KnownWitness& witness, Moment not_before,
                                                              const std::stop_token& stop);
  // Takes what that witness cosigned, unless the next round has begun.
  void take(const KnownWitness& witness, const checkpoint::VerifiedCheckpoint& checkpoint,
            checkpoint::NoteSignature cosignature);

  // The log has grown. Costs next to nothing while a round goes on: nobody is woken for it.
  void note_growth();
  // Waits for a cosignature, or with Until::kGrown also for growth of the log, that was not waited for yet;
  // `most` at most.
  enum class Until { kCosigned, kGrown };
  void wait_for_news(Until until, std::chrono::milliseconds most, const std::stop_token& stop);

 private:
  mutable std::mutex mutex_;           // guards what follows, held for moments only
  std::condition_variable_any began_;  // a round: for those that ask
  std::condition_variable_any news_;   // for who keeps the rounds
  std::optional<CosigningRound> round_;
  bool is_cosigned_ = false;
  bool has_grown_ = false;
};

}  // namespace countersign::authority
