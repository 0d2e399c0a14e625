// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "authority/witness/record_act.h"
#include "authority/witness/witness_store.h"
#include "authority/witness/witnessed_logs.h"
#include "base/repeated_events.h"
#include "checkpoint/note_signer.h"
#include "http/message.h"
#include "http/metrics.h"

namespace countersign::authority {

// WitnessDesk is this data centre as a witness of the logs of others (C2SP tlog-witness): it cosigns a
// checkpoint that follows from the one that it cosigned before, and keeps it before it says so. What a log
// signed against what it had signed is kept as evidence, counted and audited. It speaks of nothing else: a
// cosignature says nothing about the entries. Thread-safe; waits for the disk.
class WitnessDesk {
 public:
  struct Parts {
    checkpoint::NoteSigner key;  // of type kCosignature, and nobody else's
    WitnessStore store;
    WitnessedLogs logs;
    RecordAct record;
    const Clock& clock;
    http::Metrics& metrics;
  };
  // All that it is given outlives it. kConflict where the store does not know the key; kUnsupported for a key
  // of another type. Evidence that is not in the audit log yet is entered.
  static Result<std::unique_ptr<WitnessDesk>> open(Parts parts);

  // The answer to add-checkpoint: 200 with our cosignature; 404 for a log that is not witnessed; 403 without
  // a good signature of it; 400, 409 with the size that is known, and 422 as judge_checkpoint has it; 400 and
  // 413 for what is no such question, 503 and 507 where nothing could be kept.
  http::Response add_checkpoint(BytesView body);
  // The newest checkpoint that was cosigned of the log whose origin has this SHA-256, in lower-case
  // hexadecimal; 404 where there is none.
  http::Response newest_checkpoint(std::string_view origin_hash) const;

  // What came of a question, as metrics name it.
  enum class Outcome { kCosigned, kUnknownLog, kSignature, kMalformed, kOldSize, kUnproven, kFork, kFailed };
  static constexpr std::size_t kOutcomes = 8;

 private:
  struct Question {
    checkpoint::AddCheckpoint asked;
    checkpoint::VerifiedCheckpoint offered;
    checkpoint::VerifierKey log;
  };
  struct Answer {
    http::Response response;
    Outcome outcome;
  };

  explicit WitnessDesk(Parts parts);
  Answer answer(BytesView body);
  Answer answer(const Question& question);
  Result<std::optional<WitnessedLog>> decide(const Question& question,
                                             const std::optional<WitnessedLog>& newest,
                                             WitnessJudgement& judgement, std::string& lines) const;
  Answer refuse(const Question& question, const std::optional<WitnessedLog>& newest,
                const WitnessJudgement& judgement);
  void keep_evidence(const Question& question, const std::optional<WitnessedLog>& newest,
                     CheckpointConflict kind);
  void show_conflicts(const std::string& origin) const;
  Result<void> record_conflicts() const;

  const Parts parts_;
  std::array<http::Counter*, kOutcomes> counters_{};
  RepeatedEvents told_{std::chrono::hours(1)};  // evidence that is not kept
};

}  // namespace countersign::authority
