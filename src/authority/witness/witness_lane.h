// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "authority/witness/cosigning_board.h"
#include "authority/witness/witness_voice.h"

namespace countersign::authority {

// When a witness is asked again.
struct RetryOptions {
  std::chrono::milliseconds first{500};        // after a failure, twice as long after each more
  std::chrono::milliseconds longest{30'000};   // and after a refusal
  std::chrono::milliseconds while_behind{50};  // where it knows what our log has and the round has not yet
};

// retry_after is the pause after so many failures in a row (1, 2 …): between two thirds and four thirds of
// what the options say, by `chance`, so that nobody asks in step. Pure.
std::chrono::milliseconds retry_after(const RetryOptions& options, int failures, std::uint8_t chance);

// WitnessLane is the way to one witness: a thread of its own asks about the checkpoint of each round, one
// question at a time, so that a witness that is slow or dead holds up nothing but its own cosignature.
class WitnessLane {
 public:
  // On the lane's thread, with every answer that says something: not while the witness waits for the next
  // round.
  using Told = std::function<void(const KnownWitness&, const WitnessAnswer&)>;

  // `board` and `log` outlive it. Begins at once.
  WitnessLane(WitnessVoice voice, CosigningBoard& board, LogUnderWitness& log, RetryOptions options,
              Told told);
  const KnownWitness& witness() const { return voice_.witness(); }
  // Asks nothing more once the question that is under way has ended; waits for nothing.
  void close() { thread_.request_stop(); }
  bool has_ended() const { return has_ended_; }

 private:
  using Moment = CosigningRound::Moment;
  void run(const std::stop_token& stop);
  std::chrono::milliseconds ask_once(const checkpoint::VerifiedCheckpoint& checkpoint);

  WitnessVoice voice_;
  CosigningBoard& board_;
  LogUnderWitness& log_;
  const RetryOptions options_;
  const Told told_;
  int failures_ = 0;  // in a row
  std::atomic<bool> has_ended_ = false;
  std::jthread thread_;  // last: uses what stands before, and ends first
};

}  // namespace countersign::authority
