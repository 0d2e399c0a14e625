// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/policy.h"
#include "evidence/algorithms.h"
#include "evidence/verify.h"
#include "x509/stamp_token.h"

// Evidence over decades: time-stamps over it and over each other, made before the certificates and algorithms
// beneath them end (in the sense of RFC 4998 §5), and what of it can be relied on at a time.
namespace countersign::evidence {

// stamped_evidence takes out what stamps are over: of a receipt its checkpoint and the file itself, of a
// checkpoint (a signed note) that alone. Verifies nothing. Errors as of parse_receipt, parse_log_proof and
// parse_note.
Result<documents::StampedEvidence> stamped_evidence(BytesView file);

// What is trusted at the time of judgement.
struct AgeOptions {
  TimePoint now;
  AlgorithmPolicy algorithms = {};
  x509::StampAuthorities authorities = {};
};

// What stamps are found to be: with findings they say nothing.
struct StampsJudgement {
  std::vector<Finding> findings;
  StampsStatement statement;
};

// judge_stamps verifies each token over this very evidence and all stamps before it, and says which count at
// `now`: one whose path and algorithms have not ended, or that is covered by a stamp from before they did
// which counts itself. A stamp over a checkpoint alone shows a receipt by the hashes of the log, so SHA-256
// must be trusted until a stamp over the whole receipt; `evidence.receipt` empty: the checkpoint is all that
// matters. That a stamp does not count is no finding. Findings by path:
//   stamps[i]       as verify_stamp_token says: kConflict for a token over something else, as also one out of
//                   its order is, and one over the checkpoint alone after one over the receipt, whose hash
//                   it would not renew; kCertificateUnknown for one of an authority that is not trusted here
//   stamps[i].time  it states a time before the stamp that it covers (kConflict), or after now (kNotYetValid)
StampsJudgement judge_stamps(const documents::StampedEvidence& evidence,
                             std::span<const documents::Stamp> stamps, const AgeOptions& options);

// judge_checkpoint asks of a checkpoint (a signed note) by itself whether it can be relied on now: by a
// policy, and with the stamps over it, if any. Findings beyond those of judge_stamps:
//   checkpoint            as Policy::verify says; or its algorithms ended before a stamp that counts shows
//   that
//                         it was there (kExpired)
//   checkpoint.witnesses  too few for the policy (kNotFound)
StampsJudgement judge_checkpoint(std::string_view note, const checkpoint::Policy& policy,
                                 std::span<const documents::Stamp> stamps, const AgeOptions& options);

// judge_age asks of a verified receipt whether it can be relied on now, and adds to the report. With stamps
// (nullptr: there are none), each statement of the receipt must be from before its certificates and
// algorithms ended, as the earliest stamp that counts shows, or else still hold now; of the log, where a
// network map names its key, the earliest over the whole receipt. No stamp is over a card company's result
// that was given beside the receipt: it must hold now. Without stamps, only the algorithms are judged so:
// what certificates that have ended are worth is told in words. Findings beyond those of judge_stamps:
//   stamps          the confirmation was decided after it was stamped (kConflict)
//   stamps[i]       it counts no more, and the evidence needs it (kExpired)
//   and the path of a signature, a status or `log`, for what had ended before anything shows that it was
//                   there (kExpired)
void judge_age(Report& report, BytesView file, const std::vector<documents::Stamp>* stamps,
               const AgeOptions& options);

}  // namespace countersign::evidence
