// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_lane.h"

#include <algorithm>
#include <climits>

#include "crypto/random.h"

namespace countersign::authority {

using std::chrono::milliseconds;
using Kind = WitnessAnswer::Kind;

milliseconds retry_after(const RetryOptions& options, int failures, std::uint8_t chance) {
  constexpr std::int64_t kParts = 256;
  constexpr int kMostDoublings = 20;
  const std::int64_t doubled = options.first.count() << std::clamp(failures - 1, 0, kMostDoublings);
  const std::int64_t pause = std::min(doubled, options.longest.count());
  return milliseconds(pause * 2 / 3 + pause * 2 / 3 * chance / kParts);
}

WitnessLane::WitnessLane(WitnessVoice voice, CosigningBoard& board, LogUnderWitness& log,
                         RetryOptions options, Told told)
    : voice_(std::move(voice)),
      board_(board),
      log_(log),
      options_(options),
      told_(std::move(told)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void WitnessLane::run(const std::stop_token& stop) {
  Moment next{};
  while (const auto checkpoint = board_.wait_for_work(witness(), next, stop)) {
    milliseconds pause = options_.longest;
    try {  // the one catch of this thread
      pause = ask_once(*checkpoint);
    } catch (const std::exception& fault) {
      told_(witness(), {.kind = Kind::kFails, .detail = fault.what()});
    }
    next = Moment::clock::now() + pause;
  }
  has_ended_ = true;
}

// How long to wait then.
milliseconds WitnessLane::ask_once(const checkpoint::VerifiedCheckpoint& checkpoint) {
  WitnessAnswer answer = voice_.ask(checkpoint);
  if (answer.kind == Kind::kKnowsOther) {
    // Anybody may bring it what our log has signed since this round began, be it for a receipt alone.
    const bool is_ours_by_now =
        answer.known_size > checkpoint.checkpoint.size && log_.root_at(answer.known_size).has_value();
    if (is_ours_by_now) return options_.while_behind;
    answer = voice_.show();
  }
  if (answer.kind == Kind::kCosigned) board_.take(witness(), checkpoint, answer.cosignature);
  told_(witness(), answer);
  if (answer.kind == Kind::kCosigned) {
    failures_ = 0;
    return milliseconds(0);
  }
  ++failures_;
  const std::uint8_t chance = crypto::random_bytes(1)[0];
  return retry_after(options_, answer.kind == Kind::kFails ? failures_ : INT_MAX, chance);
}

}  // namespace countersign::authority
