// SPDX-License-Identifier: Apache-2.0
#include "evidence/stamps.h"

#include <algorithm>

#include "base/clock_tolerance.h"
#include "checkpoint/log_proof.h"
#include "checkpoint/note.h"
#include "documents/receipt.h"
#include "documents/text_rules.h"
#include "evidence/receipt.h"

namespace countersign::evidence {
namespace {

using documents::Stamp;
using documents::StampCoverage;
using documents::StampedEvidence;

constexpr std::size_t kMostShownName = 200;

// What the network's own statements rest on.
const std::vector<std::string>& signature_algorithms() {
  static const std::vector<std::string> names{"ecdsa-p256", "sha-256"};
  return names;
}
const std::vector<std::string>& log_algorithms() {
  static const std::vector<std::string> names{"ed25519", "sha-256"};
  return names;
}
// Where a network map says which key is the log's.
const std::vector<std::string>& mapped_log_algorithms() {
  static const std::vector<std::string> names{"ecdsa-p256", "ed25519", "sha-256"};
  return names;
}
const std::vector<std::string>& tree_algorithms() {
  static const std::vector<std::string> names{"sha-256"};
  return names;
}

std::string path_of(std::size_t index) {
  return "stamps[" + std::to_string(index) + "]";
}

// StampsExamination is the judgement of the stamps of one piece of evidence under way.
class StampsExamination {
 public:
  StampsExamination(const StampedEvidence& evidence, std::span<const Stamp> stamps, const AgeOptions& options)
      : evidence_(evidence), stamps_(stamps), options_(options) {}

  void verify();
  void judge();
  StampsJudgement take() && { return std::move(judgement_); }

 private:
  void find(ErrorCode code, std::string path, std::string detail) {
    judgement_.findings.push_back({code, std::move(path), std::move(detail)});
  }
  Result<StampStatement> verify_one(std::size_t index) const;
  void judge_order();
  void judge_ends();
  TimePoint end_of_tree() const;
  void judge_shown();

  const StampedEvidence& evidence_;
  std::span<const Stamp> stamps_;
  const AgeOptions& options_;
  StampsJudgement judgement_;
};

Result<StampStatement> StampsExamination::verify_one(std::size_t index) const {
  const Stamp& stamp = stamps_[index];
  if (stamp.covers == StampCoverage::kReceipt && evidence_.receipt.empty())
    return fail(ErrorCode::kConflict, "it is over a receipt, and this is a checkpoint");
  const bool renews_receipt = index > 0 && stamps_[index - 1].covers == StampCoverage::kReceipt;
  if (stamp.covers == StampCoverage::kCheckpoint && renews_receipt)
    return fail(ErrorCode::kConflict, "it leaves out the receipt, which the stamp before it is over");
  const std::string covered =
      documents::covered_by(stamp.covers, stamp.hash, evidence_, stamps_.first(index));
  auto verified = x509::verify_stamp_token(stamp.token, stamp.hash,
                                           crypto::hash(stamp.hash, as_bytes(covered)), options_.authorities);
  if (!verified && verified.error().code == ErrorCode::kConflict)
    return fail(ErrorCode::kConflict, "it is over something else than this " +
                                          std::string(documents::coverage_name(stamp.covers)) +
                                          " and the stamps before it, in this order");
  TRY(x509::StampToken token, std::move(verified));
  const TimePoint end =
      std::min(token.until, options_.algorithms.until(token.algorithms).value_or(token.until));
  return StampStatement{documents::to_plain_text(token.authority, kMostShownName),
                        token.time,
                        token.latest,
                        end,
                        end,
                        false,
                        stamp.covers,
                        stamp.hash,
                        std::move(token.algorithms)};
}

void StampsExamination::verify() {
  for (std::size_t i = 0; i < stamps_.size(); ++i) {
    auto statement = verify_one(i);
    if (statement) {
      judgement_.statement.stamps.push_back(std::move(statement).value());
    } else {
      find(statement.error().code, path_of(i), statement.error().detail);
    }
  }
}

void StampsExamination::judge_order() {
  const std::vector<StampStatement>& said = judgement_.statement.stamps;
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (i > 0 && said[i].time + kClockTolerance < said[i - 1].time)
      find(ErrorCode::kConflict, path_of(i) + ".time",
           "it states a time before that of the stamp that it covers");
    if (said[i].time > options_.now + kClockTolerance)
      find(ErrorCode::kNotYetValid, path_of(i) + ".time", "it states a time that is not yet");
  }
}

// From the last one back: each stamp carries on all those that it covers before their ends.
void StampsExamination::judge_ends() {
  std::vector<StampStatement>& said = judgement_.statement.stamps;
  for (std::size_t i = said.size(); i-- > 0;) {
    for (std::size_t over = i + 1; over < said.size(); ++over)
      if (said[over].latest < said[i].end) said[i].until = std::max(said[i].until, said[over].until);
    said[i].counts = options_.now < said[i].until;
  }
}

// Until when the tree leads from a stamped checkpoint to the receipt: to the end of SHA-256, or to that of a
// stamp over the receipt from before it.
TimePoint StampsExamination::end_of_tree() const {
  const auto sunset = options_.algorithms.until(tree_algorithms());
  if (evidence_.receipt.empty() || !sunset) return TimePoint::max();
  TimePoint end = *sunset;
  for (const StampStatement& stamp : judgement_.statement.stamps)
    if (stamp.covers == StampCoverage::kReceipt && stamp.latest < *sunset) end = std::max(end, stamp.until);
  return end;
}

void StampsExamination::judge_shown() {
  StampsStatement& statement = judgement_.statement;
  const TimePoint tree_end = end_of_tree();
  for (const StampStatement& stamp : statement.stamps) {
    const bool is_whole = stamp.covers == StampCoverage::kReceipt;
    const TimePoint until = is_whole ? stamp.until : std::min(stamp.until, tree_end);
    if (options_.now >= until) continue;
    if (!statement.shown) {
      statement.shown = stamp.latest;
      statement.until = until;
    }
    if (!is_whole) continue;
    statement.whole_shown = stamp.latest;
    statement.whole_until = until;
    return;
  }
}

void StampsExamination::judge() {
  if (!judgement_.findings.empty()) return;
  judge_order();
  if (!judgement_.findings.empty()) return;
  judge_ends();
  judge_shown();
}

// What of a receipt a statement rests on, beyond the checkpoint: it is shown by other stamps.
enum class RestsOn {
  kReceipt,  // to which the tree leads
  kWhole,    // the file, with its network maps
  kOther,    // a file beside it, which no stamp is over
};

// What of a report ends, and why.
struct Ending {
  std::string path;
  TimePoint end;
  std::string reason;
  RestsOn rests_on;
};

Ending ending_of(std::string path, const std::optional<TimePoint>& certificates,
                 const std::vector<std::string>& algorithms, const AlgorithmPolicy& policy,
                 RestsOn rests_on = RestsOn::kReceipt) {
  const auto sunset = policy.until(algorithms);
  if (sunset && (!certificates || *sunset < *certificates))
    return {std::move(path), *sunset, policy.first_of(algorithms) + " is trusted", rests_on};
  return {std::move(path), certificates.value_or(TimePoint::max()), "its certificates were good", rests_on};
}

Ending ending_of(const LogStatement& log, const std::optional<TimePoint>& certificates,
                 const AlgorithmPolicy& policy) {
  if (log.key_source == LogKeySource::kMap)
    return ending_of("log", certificates, mapped_log_algorithms(), policy, RestsOn::kWhole);
  return ending_of("log", certificates, log_algorithms(), policy);
}

// Without certificates where only the algorithms are asked for.
std::vector<Ending> endings_of(const Report& report, const AlgorithmPolicy& policy, bool with_certificates) {
  const auto certificates = [&](const std::optional<TimePoint>& until) {
    return with_certificates ? until : std::nullopt;
  };
  std::vector<Ending> endings;
  for (const Signature& signature : report.signatures) {
    const bool is_inside = signature.path.starts_with(kind_name(EvidenceKind::kConfirmation));
    endings.push_back(ending_of(signature.path, certificates(signature.until), signature_algorithms(), policy,
                                is_inside ? RestsOn::kReceipt : RestsOn::kOther));
  }
  for (const Status& status : report.statuses)
    endings.push_back(ending_of(status.path, certificates(status.until), signature_algorithms(), policy));
  if (report.log) endings.push_back(ending_of(*report.log, certificates(report.log->until), policy));
  return endings;
}

// By when that was there.
std::optional<TimePoint> shown_of(const Ending& ending, const StampsStatement& stamps) {
  switch (ending.rests_on) {
    case RestsOn::kReceipt:
      return stamps.shown;
    case RestsOn::kWhole:
      return stamps.whole_shown;
    case RestsOn::kOther:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string words_of(const Ending& ending, const std::optional<TimePoint>& shown) {
  std::string text = ending.reason + " until " + format_time(ending.end);
  return text + (shown ? ", and the earliest stamp over it that counts is of " + format_time(*shown)
                       : ", and no stamp that counts shows that it was there before");
}

// Why a stamp carries nothing any more.
std::string words_of(const std::vector<StampStatement>& stamps, std::size_t index) {
  const StampStatement& stamp = stamps[index];
  const std::string ended = "its certificates and algorithms were good until " + format_time(stamp.end);
  if (index + 1 == stamps.size()) return ended + ", and no stamp covers it: it was not renewed";
  const auto next = stamps.begin() + static_cast<std::ptrdiff_t>(index) + 1;
  if (std::any_of(next, stamps.end(), [&](const auto& over) { return over.latest < stamp.end; }))
    return ended + ", and the stamps over it ended, too";
  return ended + ", and it was renewed only at " + format_time(next->time);
}

}  // namespace

Result<StampedEvidence> stamped_evidence(BytesView file) {
  StampedEvidence evidence;
  if (!is_receipt(file)) {
    TRY(checkpoint::parse_note(as_text(file)));
    evidence.checkpoint = to_text(file);
    return evidence;
  }
  TRY(const documents::Receipt receipt, documents::parse_receipt(file));
  TRY(checkpoint::LogProof proof, checkpoint::parse_log_proof(receipt.proof));
  evidence.checkpoint = std::move(proof.checkpoint);
  evidence.receipt = to_bytes(file);
  return evidence;
}

StampsJudgement judge_stamps(const StampedEvidence& evidence, std::span<const Stamp> stamps,
                             const AgeOptions& options) {
  StampsExamination examination(evidence, stamps, options);
  examination.verify();
  examination.judge();
  return std::move(examination).take();
}

StampsJudgement judge_checkpoint(std::string_view note, const checkpoint::Policy& policy,
                                 std::span<const Stamp> stamps, const AgeOptions& options) {
  const StampedEvidence evidence{std::string(note), {}};
  StampsJudgement judgement = judge_stamps(evidence, stamps, options);
  const auto find = [&judgement](ErrorCode code, std::string path, std::string detail) {
    judgement.findings.push_back({code, std::move(path), std::move(detail)});
  };
  const auto verified = policy.verify(note);
  if (!verified) {
    find(verified.error().code, "checkpoint", verified.error().detail);
  } else if (!policy.is_satisfied_by(policy.names_of(verified.value().cosignatures))) {
    find(ErrorCode::kNotFound, "checkpoint.witnesses", "too few witnesses of the policy have cosigned it");
  }
  const std::optional<TimePoint>& shown = judgement.statement.shown;
  const Ending ending = ending_of("checkpoint", std::nullopt, log_algorithms(), options.algorithms);
  if (shown.value_or(options.now) >= ending.end && options.now >= ending.end)
    find(ErrorCode::kExpired, ending.path, words_of(ending, shown));
  return judgement;
}

void judge_age(Report& report, BytesView file, const std::vector<Stamp>* stamps, const AgeOptions& options) {
  report.judged_at = options.now;
  StampsStatement said;
  if (stamps != nullptr) {
    const auto evidence = stamped_evidence(file);
    if (!evidence) return;  // found already: it cannot be read
    StampsJudgement judgement = judge_stamps(evidence.value(), *stamps, options);
    said = std::move(judgement.statement);
    std::ranges::move(judgement.findings, std::back_inserter(report.findings));
    if (said.shown && *said.shown + kClockTolerance < report.decided_at)
      report.findings.push_back({ErrorCode::kConflict, "stamps", "it was stamped before it was decided"});
  }
  bool is_missing = false;
  for (const Ending& ending : endings_of(report, options.algorithms, stamps != nullptr)) {
    const std::optional<TimePoint> shown = shown_of(ending, said);
    const bool is_covered = shown && *shown < ending.end;
    if (!is_covered && options.now >= ending.end) {
      report.findings.push_back({ErrorCode::kExpired, ending.path, words_of(ending, shown)});
      is_missing |= ending.rests_on != RestsOn::kOther;
    } else if (ending.rests_on == RestsOn::kWhole && said.until) {
      said.until = std::min(*said.until, is_covered ? *said.whole_until : ending.end);
    }
  }
  if (stamps == nullptr) return;
  for (std::size_t i = 0; is_missing && i < said.stamps.size() && said.stamps.size() == stamps->size(); ++i)
    if (!said.stamps[i].counts && options.now >= said.stamps[i].end)
      report.findings.push_back({ErrorCode::kExpired, path_of(i), words_of(said.stamps, i)});
  report.stamps = std::move(said);
}

}  // namespace countersign::evidence
