// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace countersign::authority {

// WorkQueue runs what waits for network or disk on threads of its own, which it starts as they are needed:
// at most so many at once, and a bounded number waiting. Thread-safe.
class WorkQueue {
 public:
  using Work = std::function<void()>;
  struct Options {
    std::size_t threads = 4;
    std::size_t waiting = 128;
  };
  explicit WorkQueue(Options options) : options_(options) {}
  ~WorkQueue() { stop(); }
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // Takes `work`, which then runs exactly once; the moved-from caller's copy is left alone when it is turned
  // away: kUnavailable when too much waits, or after stop.
  Result<void> submit(Work&& work);
  // Runs what waits, then ends the threads. Called from none of them.
  void stop();

 private:
  void run();

  const Options options_;
  std::mutex mutex_;  // guards what follows, held for moments only
  std::condition_variable arrived_;
  std::deque<Work> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace countersign::authority
