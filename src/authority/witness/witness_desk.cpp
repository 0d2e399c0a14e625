// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_desk.h"

#include <algorithm>

#include "base/log.h"

namespace countersign::authority {
namespace {

using checkpoint::Note;
using checkpoint::NoteSignature;
using Outcome = WitnessDesk::Outcome;

constexpr std::array<std::string_view, WitnessDesk::kOutcomes> kOutcomeNames{
    "cosigned", "unknown_log", "signature", "malformed", "old_size", "unproven", "fork", "failed"};

http::Response refusal(int status, ErrorCode code, std::string detail) {
  return http::problem_response({code, std::move(detail)}, status);
}

// What the log itself signed of a note that came with anybody's signatures: strangers' lines are not kept.
Note signed_by_log(const Note& note, const checkpoint::VerifierKey& log) {
  Note kept{note.text, {}};
  std::ranges::copy_if(note.signatures, std::back_inserter(kept.signatures),
                       [&](const NoteSignature& each) { return checkpoint::is_named_by(each, log); });
  return kept;
}

// Our line in a note that is kept; nothing where it was made with another key.
std::optional<NoteSignature> our_cosignature(const std::string& kept, const checkpoint::VerifierKey& ours) {
  const Result<Note> note = checkpoint::parse_note(kept);
  if (!note) return std::nullopt;
  for (const NoteSignature& each : note.value().signatures)
    if (checkpoint::is_named_by(each, ours)) return each;
  return std::nullopt;
}

std::string describe(const checkpoint::Checkpoint& checkpoint) {
  return "size " + std::to_string(checkpoint.size) + ", root " + base64_encode(checkpoint.root);
}

AuditEntry audit_entry(const WitnessConflict& conflict) {
  const bool is_fork = conflict.kind == CheckpointConflict::kFork;
  return {"authority", is_fork ? "witness-fork" : "witness-unproven", conflict.offered.origin,
          describe(conflict.offered)};
}

}  // namespace

Result<std::unique_ptr<WitnessDesk>> WitnessDesk::open(Parts parts) {
  const checkpoint::VerifierKey& key = parts.key.verifier();
  if (key.type != checkpoint::KeyType::kCosignature)
    return fail(ErrorCode::kUnsupported, "witness: the key of " + key.name + " makes no cosignatures");
  TRY(parts.store.expect_key(key));
  std::unique_ptr<WitnessDesk> desk(new WitnessDesk(std::move(parts)));
  TRY(desk->record_conflicts());
  return desk;
}

WitnessDesk::WitnessDesk(Parts parts) : parts_(std::move(parts)) {
  for (std::size_t i = 0; i < kOutcomes; ++i)
    counters_.at(i) = &parts_.metrics.counter("countersign_witness_questions_total",
                                              "Checkpoints of other logs that we were asked to cosign.",
                                              "outcome=\"" + std::string(kOutcomeNames.at(i)) + "\"");
}

http::Response WitnessDesk::add_checkpoint(BytesView body) {
  Answer given = answer(body);
  counters_.at(static_cast<std::size_t>(given.outcome))->add();
  return std::move(given.response);
}

http::Response WitnessDesk::newest_checkpoint(std::string_view origin_hash) const {
  const Result<Bytes> hash = hex_decode(origin_hash);
  if (!hash || hash.value().size() != sizeof(Sha256Digest) || hex_encode(hash.value()) != origin_hash)
    return refusal(404, ErrorCode::kNotFound, "witness: no SHA-256 in lower-case hexadecimal");
  const Result<std::string> note = parts_.store.note_of(hash.value());
  return note ? http::text_response(200, note.value()) : http::problem_response(note.error());
}

// Whatever costs anything comes after it is known that the log is witnessed here.
WitnessDesk::Answer WitnessDesk::answer(BytesView body) {
  auto asked = checkpoint::parse_add_checkpoint(as_text(body));
  if (!asked) {
    const int status = asked.error().code == ErrorCode::kTooLarge ? 413 : 400;
    return {refusal(status, asked.error().code, asked.error().detail), Outcome::kMalformed};
  }
  const auto claimed = checkpoint::claimed_checkpoint(asked.value().checkpoint);
  if (!claimed) return {refusal(400, claimed.error().code, claimed.error().detail), Outcome::kMalformed};
  const auto log = parts_.logs.key_of(claimed.value().origin);
  if (!log)
    return {refusal(404, ErrorCode::kNotFound, "witness: the log of this origin is not witnessed here"),
            Outcome::kUnknownLog};
  auto offered = checkpoint::verify_checkpoint(asked.value().checkpoint, *log);
  if (!offered)
    return {refusal(403, ErrorCode::kForbidden, "witness: " + offered.error().detail), Outcome::kSignature};
  return answer({std::move(asked).value(), std::move(offered).value(), *log});
}

// Refusals need no turn at writing; what is to be cosigned is judged once more when it has its turn.
WitnessDesk::Answer WitnessDesk::answer(const Question& question) {
  const std::string& origin = question.offered.checkpoint.origin;
  WitnessJudgement judgement;
  std::string lines;
  const auto fails = [](const Error& error) {
    log_error("witness_failed", error);
    const bool is_full = error.code == ErrorCode::kStorageFull;
    return Answer{refusal(is_full ? 507 : 503, is_full ? error.code : ErrorCode::kUnavailable,
                          "witness: nothing can be cosigned at the moment"),
                  Outcome::kFailed};
  };
  Result<std::optional<WitnessedLog>> newest = parts_.store.newest(origin);
  if (!newest) return fails(newest.error());
  auto next = decide(question, newest.value(), judgement, lines);
  if (!next) return fails(next.error());
  if (next.value()) {
    const Result<bool> kept = parts_.store.update(origin, [&](const auto& at_last) {
      newest = at_last;
      return decide(question, at_last, judgement, lines);
    });
    if (!kept) return fails(kept.error());
    if (kept.value()) show_conflicts(origin);
  }
  if (judgement.status == 200) return {http::text_response(200, lines), Outcome::kCosigned};
  return refuse(question, newest.value(), judgement);
}

// What is to be kept; nothing where it is refused, or kept already: who asks twice within a second gets the
// same cosignature. `lines` are what is answered.
Result<std::optional<WitnessedLog>> WitnessDesk::decide(const Question& question,
                                                        const std::optional<WitnessedLog>& newest,
                                                        WitnessJudgement& judgement,
                                                        std::string& lines) const {
  const checkpoint::VerifiedCheckpoint& offered = question.offered;
  judgement = judge_checkpoint(newest, question.asked, offered.checkpoint);
  if (judgement.status != 200) return std::optional<WitnessedLog>();
  // What was said with another key binds no clock of this one.
  const auto made = newest ? our_cosignature(newest->note, parts_.key.verifier()) : std::nullopt;
  TRY(const TimePoint time, cosignature_time(parts_.clock.now(), made ? newest : std::nullopt));
  if (made && newest->checkpoint == offered.checkpoint && newest->time == time) {
    lines = checkpoint::write_signature_lines({&*made, 1});
    return std::optional<WitnessedLog>();
  }
  TRY(NoteSignature cosignature, parts_.key.cosign(offered.note.text, time));
  lines = checkpoint::write_signature_lines({&cosignature, 1});
  Note kept = signed_by_log(offered.note, question.log);
  kept.signatures.push_back(std::move(cosignature));
  return std::optional(WitnessedLog{offered.checkpoint, checkpoint::write_note(kept), time});
}

WitnessDesk::Answer WitnessDesk::refuse(const Question& question, const std::optional<WitnessedLog>& newest,
                                        const WitnessJudgement& judgement) {
  if (judgement.conflict != CheckpointConflict::kNone) keep_evidence(question, newest, judgement.conflict);
  const Outcome outcome = judgement.conflict == CheckpointConflict::kFork ? Outcome::kFork
                          : judgement.status == 422                       ? Outcome::kUnproven
                          : judgement.status == 409                       ? Outcome::kOldSize
                                                                          : Outcome::kMalformed;
  if (judgement.status == 409) {
    http::Response known =
        http::text_response(409, checkpoint::write_known_size(newest ? newest->checkpoint.size : 0));
    known.headers["Content-Type"] = checkpoint::kKnownSizeMediaType;
    return {std::move(known), outcome};
  }
  if (judgement.status == 400)
    return {refusal(400, ErrorCode::kMalformed, "witness: the old size is larger than the checkpoint's"),
            outcome};
  return {
      refusal(422, ErrorCode::kConflict,
              judgement.conflict == CheckpointConflict::kFork
                  ? "witness: another root was cosigned of a tree of this size"
                  : "witness: the proof does not lead from the size that was cosigned to this checkpoint"),
      outcome};
}

// The refusal stands whether or not evidence can be kept.
void WitnessDesk::keep_evidence(const Question& question, const std::optional<WitnessedLog>& newest,
                                CheckpointConflict kind) {
  const auto& offered = question.offered;
  const Result<bool> kept = parts_.store.keep_conflict(
      {kind, offered.checkpoint, checkpoint::write_note(signed_by_log(offered.note, question.log)),
       newest ? newest->note : "", parts_.clock.now()});
  if (!kept)
    return log_error("witness_evidence_not_kept", kept.error(), {{"log", offered.checkpoint.origin}});
  const char* const event = kind == CheckpointConflict::kFork ? "witness_fork" : "witness_unproven";
  const bool is_to_be_told =
      told_.note(event + offered.checkpoint.origin, RepeatedEvents::Moment::clock::now()).has_value();
  if (is_to_be_told || kept.value())
    log_event(LogLevel::kError, event,
              {{"log", offered.checkpoint.origin}, {"offered", describe(offered.checkpoint)}});
  if (kept.value()) show_conflicts(offered.checkpoint.origin);
}

void WitnessDesk::show_conflicts(const std::string& origin) const {
  if (const Result<void> recorded = record_conflicts(); !recorded)
    log_error("witness_evidence_not_recorded", recorded.error(), {{"log", origin}});
}

Result<void> WitnessDesk::record_conflicts() const {
  TRY(parts_.store.record_conflicts(
      [&](const WitnessConflict& conflict) { return parts_.record(audit_entry(conflict)); }));
  TRY(const auto conflicts, parts_.store.conflicts());
  for (const CheckpointConflict kind : {CheckpointConflict::kFork, CheckpointConflict::kUnproven}) {
    const auto count = std::ranges::count(conflicts, kind, &WitnessConflict::kind);
    parts_.metrics
        .gauge("countersign_witness_conflicts", "Checkpoints of other logs that are kept as evidence.",
               kind == CheckpointConflict::kFork ? "kind=\"fork\"" : "kind=\"unproven\"")
        .set(count);
  }
  return ok();
}

}  // namespace countersign::authority
