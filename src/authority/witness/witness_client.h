// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>

#include "authority/witness/contradictions.h"
#include "authority/witness/record_act.h"
#include "authority/witness/start_check.h"
#include "authority/witness/witness_lane.h"
#include "authority/witness/witness_progress.h"
#include "base/repeated_events.h"
#include "http/metrics.h"

namespace countersign::authority {

struct WitnessClientOptions {
  WitnessPolicy policy = {};
  StartCheck::WhenSilent when_silent_at_start = StartCheck::WhenSilent::kConfirm;
  RoundOptions rounds = {};
  RetryOptions retries = {};
  WitnessLimits limits = {};
  std::chrono::milliseconds look_every{1000};  // at who is a witness, and at the log
};

// WitnessClient asks the witnesses of our log for cosignatures of its checkpoints, off the way of orders: all
// of them about one checkpoint at a time, the newest when the last round was over (CosigningRound). It keeps
// the newest that enough of them cosigned, says how far the log is witnessed, and whether it may sign: not
// before enough witnesses agree after a start (StartCheck), not once one shows a checkpoint of ours that is
// not of our tree, and, where the policy says so, not while they are away for too long. Thread-safe.
class WitnessClient {
 public:
  struct Parts {
    LogUnderWitness& log;
    std::function<std::vector<KnownWitness>()> witnesses;  // at each look
    storage::Database& database;
    RecordAct record;
    const Clock& clock;
    http::Metrics& metrics;
    WitnessClientOptions options = {};
  };
  // All that it is given outlives it. Errors of log and store.
  static Result<std::unique_ptr<WitnessClient>> open(Parts parts);
  ~WitnessClient() { stop(); }
  WitnessClient(const WitnessClient&) = delete;
  WitnessClient& operator=(const WitnessClient&) = delete;

  void start();
  // Tells all threads that it is over, and waits for none.
  void close();
  // Closes, then waits: at most as long as one question takes.
  void stop();

  // The log has a new checkpoint. Cheap; from any thread.
  void log_grew() { board_.note_growth(); }
  // Asked before each signature of the log. kConflict where our store is not the one that was witnessed, with
  // what to do; kUnavailable while it has to wait.
  Result<void> may_sign();
  // How the confirmation of this index, issued then, stands.
  documents::WitnessState state_of(std::uint64_t index, TimePoint issued) const;

 private:
  using Moment = CosigningRound::Moment;
  struct Kept {
    std::uint64_t size = 0;
    std::size_t cosignatures = 0;
  };
  // What a witness showed, and how far it is noted down.
  enum class Noted { kHere, kInStore, kInAudit };
  struct Shown {
    Contradiction contradiction;
    Noted noted = Noted::kHere;
  };
  struct WitnessReport {
    WitnessAnswer::Kind newest = WitnessAnswer::Kind::kFails;
    std::uint64_t cosigned_size = 0;
  };

  WitnessClient(Parts parts, const Contradictions& contradictions, std::vector<Contradiction> contradicted);
  Result<void> read_kept();
  void run(const std::stop_token& stop);
  void look();
  void keep_to(std::vector<KnownWitness> witnesses);
  void begin_lane(const KnownWitness& witness);
  std::vector<Shown> shown() const;
  void settle_shown();
  Result<void> read_newest();
  std::size_t expected() const;
  void harvest();
  void advance();
  void hear(const KnownWitness& witness, const WitnessAnswer& answer);
  bool add_shown(const std::optional<Contradiction>& contradiction);
  void keep_shown();
  Noted note_down(const Shown& shown);
  void count_answer(const KnownWitness& witness, WitnessAnswer::Kind kind);
  void show_metrics();

  const Parts parts_;
  const std::size_t needed_;  // cosignatures, one at least
  CosigningBoard board_;
  RepeatedEvents told_{std::chrono::minutes(1)};
  const Contradictions contradictions_;
  // Of the thread that keeps the rounds:
  std::optional<checkpoint::VerifiedCheckpoint> newest_;
  Moment next_look_{};
  std::mutex keeping_;        // of what was shown, in the store: held while it is written or settled there
  mutable std::mutex mutex_;  // guards what follows, held for moments only
  WitnessProgress progress_;
  StartCheck start_check_;
  std::vector<Shown> shown_;
  std::optional<Kept> kept_;
  std::vector<KnownWitness> asked_;
  std::map<std::string, WitnessReport> reports_;  // of those that are asked, by the key's text
  std::list<std::unique_ptr<WitnessLane>> lanes_;
  std::list<std::unique_ptr<WitnessLane>> leaving_;  // told to end
  std::jthread rounds_;
};

}  // namespace countersign::authority
