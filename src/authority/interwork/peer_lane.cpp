// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peer_lane.h"

#include "base/log.h"

namespace countersign::authority {
namespace {

constexpr const char* kOpenCircuit = "did not answer lately and is not asked for the moment";

CircuitBreaker::Moment moment() {
  return std::chrono::steady_clock::now();
}

}  // namespace

void PeerLane::ask(Ask ask, Answer answer) {
  if (state() == CircuitBreaker::State::kOpen) return turn_away(answer, kOpenCircuit);
  // Shared, so that it is still here to be told when the queue does not take the work.
  const auto kept = std::make_shared<const Answer>(std::move(answer));
  const Result<void> taken =
      queue_.submit([this, ask = std::move(ask), kept, asked = moment()] { ask_now(ask, *kept, asked); });
  if (!taken) turn_away(*kept, taken.error().detail);
}

void PeerLane::ask_now(const Ask& ask, const Answer& answer, Moment asked) {
  if (const Result<void> admitted = admit(moment(), asked); !admitted)
    return turn_away(answer, admitted.error().detail);
  PeerAnswer got{fail(ErrorCode::kInternal, home_ + ": not asked"), PeerAnswer::Peer::kFails};
  try {
    got = ask();
  } catch (const std::exception& fault) {  // the circuit must learn of it whatever happens
    got.response = fail(ErrorCode::kInternal, home_ + ": " + fault.what());
  }
  note(got);
  answer(std::move(got));
}

Result<void> PeerLane::admit(Moment now, Moment asked) {
  if (stopping_) return fail(ErrorCode::kUnavailable, "the program is stopping");
  if (now - asked > options_.patience)
    return fail(ErrorCode::kUnavailable, "too many questions waited before this one");
  const std::lock_guard lock(mutex_);
  if (!breaker_.admits(now)) return fail(ErrorCode::kUnavailable, kOpenCircuit);
  return ok();
}

void PeerLane::note(const PeerAnswer& answer) {
  const bool works = answer.peer == PeerAnswer::Peer::kWorks;
  CircuitBreaker::State before{};
  CircuitBreaker::State after{};
  {
    const std::lock_guard lock(mutex_);
    before = breaker_.state(moment());
    works ? breaker_.note_success() : breaker_.note_failure(moment());
    after = breaker_.state(moment());
  }
  if (before == CircuitBreaker::State::kClosed && after == CircuitBreaker::State::kOpen)
    log_event(LogLevel::kWarning, "peer_circuit_opened", {{"peer", home_}});
  if (before != CircuitBreaker::State::kClosed && after == CircuitBreaker::State::kClosed)
    log_event(LogLevel::kInfo, "peer_circuit_closed", {{"peer", home_}});
  http::Counter* const counter = works ? metrics_.answered : metrics_.failed;
  if (counter != nullptr) counter->add();
  if (metrics_.open != nullptr) metrics_.open->set(after == CircuitBreaker::State::kClosed ? 0 : 1);
}

void PeerLane::turn_away(const Answer& answer, const std::string& why) {
  if (metrics_.turned_away != nullptr) metrics_.turned_away->add();
  answer({fail(ErrorCode::kUnavailable, home_ + ": " + why), PeerAnswer::Peer::kFails});
}

void PeerLane::stop() {
  close();
  queue_.stop();
}

CircuitBreaker::State PeerLane::state() const {
  const std::lock_guard lock(mutex_);
  return breaker_.state(moment());
}

}  // namespace countersign::authority
