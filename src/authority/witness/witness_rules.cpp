// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_rules.h"

#include <algorithm>

#include "base/clock_tolerance.h"

namespace countersign::authority {

WitnessJudgement judge_checkpoint(const std::optional<WitnessedLog>& newest,
                                  const checkpoint::AddCheckpoint& question,
                                  const checkpoint::Checkpoint& offered) {
  const std::uint64_t known_size = newest ? newest->checkpoint.size : 0;
  const merkle::Hash known_root = newest ? newest->checkpoint.root : merkle::empty_root();
  const bool is_fork = offered.size == known_size && offered.root != known_root;
  WitnessJudgement judgement;
  if (is_fork) judgement.conflict = CheckpointConflict::kFork;
  if (question.old_size > offered.size) {
    judgement.status = 400;
  } else if (question.old_size != known_size) {
    judgement.status = 409;
  } else if (is_fork || (question.old_size == 0 && !question.proof.empty())) {
    judgement.status = 422;
  } else if (!merkle::verify_consistency(known_size, known_root, offered.size, offered.root,
                                         question.proof)) {
    judgement.status = 422;
    // A proof that stands there for nothing says nothing against the checkpoint.
    if (offered.size > known_size) judgement.conflict = CheckpointConflict::kUnproven;
  }
  return judgement;
}

Result<TimePoint> cosignature_time(TimePoint now, const std::optional<WitnessedLog>& newest) {
  const TimePoint second = whole_seconds(now);
  if (!newest) return second;
  if (newest->time > now + kClockTolerance)
    return fail(ErrorCode::kClockSkew, "witness: the clock is behind the cosignature of " +
                                           format_time(newest->time) + "; set it right");
  return std::max(second, newest->time);
}

}  // namespace countersign::authority
