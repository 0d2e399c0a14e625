// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace countersign {

// CircuitBreaker keeps questions from a peer that does not answer: after so many failures in a row it is open
// and lets nothing pass; after a while it lets one question pass, whose outcome closes it or opens it again.
// Pure; not thread-safe.
class CircuitBreaker {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  struct Options {
    int failures = 5;  // in a row
    std::chrono::milliseconds open_for{5000};
  };
  enum class State { kClosed, kOpen, kHalfOpen };

  explicit CircuitBreaker(Options options) : options_(options) {}

  // Whether a question may go now. One that was admitted must end in one of the notes below.
  bool admits(Moment now);
  void note_success();
  void note_failure(Moment now);
  State state(Moment now) const;

 private:
  const Options options_;
  int failures_ = 0;
  bool is_open_ = false;
  bool is_probing_ = false;
  Moment open_until_{};
};

}  // namespace countersign
