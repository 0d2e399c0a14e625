// SPDX-License-Identifier: Apache-2.0
#include "base/circuit_breaker.h"

namespace countersign {

bool CircuitBreaker::admits(Moment now) {
  switch (state(now)) {
    case State::kClosed:
      return true;
    case State::kOpen:
      return false;
    case State::kHalfOpen:
      break;
  }
  if (is_probing_) return false;
  is_probing_ = true;
  return true;
}

void CircuitBreaker::note_success() {
  failures_ = 0;
  is_open_ = is_probing_ = false;
}

void CircuitBreaker::note_failure(Moment now) {
  is_probing_ = false;
  if (++failures_ < options_.failures && !is_open_) return;
  is_open_ = true;
  open_until_ = now + options_.open_for;
}

CircuitBreaker::State CircuitBreaker::state(Moment now) const {
  if (!is_open_) return State::kClosed;
  return now < open_until_ ? State::kOpen : State::kHalfOpen;
}

}  // namespace countersign
