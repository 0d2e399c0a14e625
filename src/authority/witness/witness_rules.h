// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/clock.h"
#include "checkpoint/witness_messages.h"

// What a witness decides about a checkpoint whose log has signed it (C2SP tlog-witness, add-checkpoint).
// Pure.
namespace countersign::authority {

// WitnessedLog is what a witness keeps of a log: the newest checkpoint that it cosigned.
struct WitnessedLog {
  checkpoint::Checkpoint checkpoint;
  std::string note;  // with the log's signatures and the witness's, and no others
  TimePoint time;    // of the cosignature: whole seconds
};

// What a checkpoint says against what the same log signed before.
enum class CheckpointConflict {
  kNone,
  kUnproven,  // larger, and the proof that came with it does not lead to it; another one may
  kFork,      // another root for the size that was cosigned last: both signatures together prove it
};

struct WitnessJudgement {
  // 200: cosign; 400: the old size is beyond the new one; 409: the old size is not that of the newest that
  // was cosigned; 422: proof or root are not what they must be.
  int status = 200;
  CheckpointConflict conflict = CheckpointConflict::kNone;
};

// judge_checkpoint judges `offered`, which is the checkpoint of `question` and carries a good signature of
// its log, against the newest that was cosigned of that log. A fork is told whatever the question says
// besides.
WitnessJudgement judge_checkpoint(const std::optional<WitnessedLog>& newest,
                                  const checkpoint::AddCheckpoint& question,
                                  const checkpoint::Checkpoint& offered);

// cosignature_time is what the next cosignature says when it is `now`: never before the one that came last by
// the same key, `newest`, since each says that nothing larger was known at that time. kClockSkew where the
// clock went back behind that one by more than kClockTolerance.
Result<TimePoint> cosignature_time(TimePoint now, const std::optional<WitnessedLog>& newest);

}  // namespace countersign::authority
