// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_voice.h"

#include "base/clock_tolerance.h"
#include "checkpoint/witness_messages.h"
#include "crypto/digest.h"
#include "documents/text_rules.h"

namespace countersign::authority {
namespace {

using Kind = WitnessAnswer::Kind;

constexpr int kMostTries = 4;
constexpr std::size_t kMostDetail = 200;  // of what a witness states

WitnessAnswer failed(std::string detail) {
  return {.kind = Kind::kFails, .detail = std::move(detail)};
}

std::string stated(const http::Response& response) {
  return "answers " + std::to_string(response.status) + ": " +
         documents::to_plain_text(http::error_of(response).detail, kMostDetail);
}

bool names_a_size(const http::Response& response) {
  return response.status == 409 && response.header("Content-Type") == checkpoint::kKnownSizeMediaType;
}

}  // namespace

Result<WitnessVoice> WitnessVoice::open(KnownWitness witness, LogUnderWitness& log, const Clock& clock,
                                        const WitnessLimits& limits) {
  TRY(const http::Url url, http::parse_url(witness.url));
  http::ClientOptions options;
  options.connect_timeout = limits.connect;
  options.total_timeout = limits.answer;
  options.max_response = checkpoint::kMaxNoteSize;
  TRY(auto client, http::Client::create(url.origin(), std::move(options)));
  std::string path = url.path == "/" ? "" : url.path;
  return WitnessVoice(std::move(witness), std::move(path), log, clock, std::move(client));
}

WitnessAnswer WitnessVoice::ask(const checkpoint::VerifiedCheckpoint& checkpoint) {
  const std::uint64_t size = checkpoint.checkpoint.size;
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (known_size_ > size)
      return {.kind = Kind::kKnowsOther,
              .known_size = known_size_,
              .detail = "says that it cosigned size " + std::to_string(known_size_)};
    const TimePoint asked = clock_->now();
    const Result<http::Response> response = send(checkpoint);
    if (!response) return failed(response.error().detail);
    const http::Response& answer = response.value();
    if (answer.status == 200) {
      WitnessAnswer taken = take_lines(answer.body, checkpoint, asked);
      if (taken.kind == Kind::kCosigned) known_size_ = size;
      return taken;
    }
    if (answer.status == 403 || answer.status == 404)
      return {.kind = Kind::kRefuses, .detail = stated(answer)};
    if (answer.status == 422)
      return {.kind = Kind::kKnowsOther, .known_size = known_size_, .detail = stated(answer)};
    if (!names_a_size(answer)) return failed(stated(answer));
    const auto known = checkpoint::parse_known_size(as_text(answer.body));
    if (!known) return failed(known.error().detail);
    // Another root of that very size, as the first version of the protocol says it.
    if (known.value() == known_size_ && known_size_ == size)
      return {.kind = Kind::kKnowsOther, .known_size = size, .detail = "cosigned another root of this size"};
    known_size_ = known.value();
  }
  known_size_ = 0;
  return failed("names another size each time");
}

Result<http::Response> WitnessVoice::send(const checkpoint::VerifiedCheckpoint& checkpoint) {
  checkpoint::AddCheckpoint question{known_size_, {}, checkpoint::write_note(checkpoint.note)};
  if (known_size_ > 0 && known_size_ < checkpoint.checkpoint.size) {
    TRY(question.proof, log_->prove_consistency(known_size_, checkpoint.checkpoint.size));
  }
  return client_->post(path_ + "/add-checkpoint", to_bytes(checkpoint::write_add_checkpoint(question)),
                       "text/plain; charset=utf-8");
}

WitnessAnswer WitnessVoice::take_lines(BytesView lines, const checkpoint::VerifiedCheckpoint& checkpoint,
                                       TimePoint asked) const {
  const auto signatures = checkpoint::parse_signature_lines(as_text(lines));
  if (!signatures) return failed(signatures.error().detail);
  for (const checkpoint::NoteSignature& each : signatures.value()) {
    if (!checkpoint::is_named_by(each, witness_.key)) continue;
    const auto time = checkpoint::verify_cosignature(checkpoint.note.text, each, witness_.key);
    if (!time) return failed(time.error().detail);
    if (time.value() < whole_seconds(asked) - kClockTolerance ||
        time.value() > clock_->now() + kClockTolerance)
      return failed("its cosignature is of another time: " + format_time(time.value()));
    return {.kind = Kind::kCosigned, .cosignature = each, .cosigned_size = checkpoint.checkpoint.size};
  }
  return failed("answers without a cosignature by its key");
}

WitnessAnswer WitnessVoice::show() {
  const std::uint64_t claimed = known_size_;
  known_size_ = 0;  // whatever comes of it, the next question asks anew
  const auto shown = fetch_shown();
  if (!shown) return {.kind = Kind::kKnowsOther, .known_size = claimed, .detail = shown.error().detail};
  // Our own tree is asked after that: whatever was signed of it before is committed by now.
  const auto& offered = shown.value().checkpoint;
  const std::string note = checkpoint::write_note(shown.value().note);
  const Result<merkle::Hash> root = log_->root_at(offered.size);
  if (!root && root.error().code == ErrorCode::kNotFound) return {.kind = Kind::kAhead, .shown = note};
  if (!root) return failed(root.error().detail);
  if (root.value() != offered.root) return {.kind = Kind::kBeside, .shown = note};
  return failed("refuses what follows from the checkpoint that it shows");
}

// Whoever brings it, our own signature says that it is ours.
Result<checkpoint::VerifiedCheckpoint> WitnessVoice::fetch_shown() const {
  const std::string hash = hex_encode(crypto::sha256(as_bytes(log_->key().name)));
  TRY(const http::Response response, client_->get(path_ + "/" + hash + "/checkpoint"));
  if (response.status != 200)
    return fail(ErrorCode::kNotFound, "shows no checkpoint of ours: " + stated(response));
  return checkpoint::verify_checkpoint(as_text(response.body), log_->key());
}

}  // namespace countersign::authority
