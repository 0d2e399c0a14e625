// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>

#include "authority/interwork/circuit_breaker.h"
#include "authority/interwork/peer_client.h"
#include "authority/interwork/work_queue.h"
#include "http/metrics.h"

namespace countersign::authority {

struct LaneOptions {
  WorkQueue::Options work = {};              // questions asked at once, and waiting
  std::chrono::milliseconds patience{5000};  // a question that waited longer is not asked any more
  CircuitBreaker::Options breaker = {};
};

// What a lane counts; a null pointer counts nothing.
struct LaneMetrics {
  http::Counter* answered = nullptr;     // also with a problem
  http::Counter* failed = nullptr;       // asked in vain
  http::Counter* turned_away = nullptr;  // not asked: too many waiting, or the circuit open
  http::Gauge* open = nullptr;           // 1 while the circuit is open
};

// PeerLane is the way to one home: its own threads, its own bounded queue, its own circuit breaker, so that a
// home that is slow or dead holds up nobody's questions but those to it. Thread-safe.
class PeerLane {
 public:
  using Ask = std::function<PeerAnswer()>;
  // Called exactly once: on a thread of the lane, or on the asking one when the question is turned away.
  using Answer = std::function<void(PeerAnswer)>;

  PeerLane(std::string home, LaneOptions options, LaneMetrics metrics)
      : home_(std::move(home)),
        options_(options),
        metrics_(metrics),
        breaker_(options.breaker),
        queue_(options.work) {}

  // `ask` blocks and is called on a thread of the lane. Turned away at once with kUnavailable when the
  // circuit is open or too many wait.
  void ask(Ask ask, Answer answer);
  // Asks nothing any more: what waits is turned away in its turn. For several lanes that are to stop.
  void close() { stopping_ = true; }
  // Answers what waits without asking, and waits for what is under way.
  void stop();
  CircuitBreaker::State state() const;

 private:
  using Moment = CircuitBreaker::Moment;
  void ask_now(const Ask& ask, const Answer& answer, Moment asked);
  void turn_away(const Answer& answer, const std::string& why);
  Result<void> admit(Moment now, Moment asked);
  void note(const PeerAnswer& answer);

  const std::string home_;
  const LaneOptions options_;
  const LaneMetrics metrics_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;  // guards breaker_ for one call of it
  CircuitBreaker breaker_;
  WorkQueue queue_;  // last: its threads use what stands before
};

}  // namespace countersign::authority
