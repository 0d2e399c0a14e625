// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace countersign::bench {

using Microseconds = std::chrono::duration<double, std::micro>;

// Processor time (user and system) that a process has used so far, all threads.
Microseconds processor_time(pid_t process);
// Processor time of the calling thread.
Microseconds thread_processor_time();

// What the bare signatures of one confirmation cost: two P-256 verifications and one signature over short
// messages with decoded keys, nothing else. Processor time, median of several rounds.
struct BareSignatures {
  Microseconds verification{};
  Microseconds signature{};
  Microseconds per_confirmation() const { return 2 * verification + signature; }
};
BareSignatures measure_bare_signatures();
BareSignatures mean(const BareSignatures& a, const BareSignatures& b);

// BareBeside measures the bare signatures while something else is measured, in bursts of 2 ms every 60 ms on
// a thread of its own: what a core does in a microsecond changes with what its neighbours do, so only what
// ran at the same time compares.
class BareBeside {
 public:
  BareBeside();
  ~BareBeside();
  BareBeside(const BareBeside&) = delete;
  BareBeside& operator=(const BareBeside&) = delete;

  // Ends the measuring: the medians of the bursts.
  BareSignatures stop();

 private:
  void run();

  std::atomic<bool> is_stopping_{false};
  std::vector<Microseconds> verifications_;
  std::vector<Microseconds> signatures_;
  std::thread thread_;
};

// The value below which `share` (0–1) of the values lie. Sorts.
Microseconds percentile(std::vector<Microseconds>& values, double share);

}  // namespace countersign::bench
