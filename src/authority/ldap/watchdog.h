// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace countersign::authority {

// Watchdog shuts a connection down when a call takes longer than it may. libldap keeps to no limit while it
// shakes hands over TLS or sends: then reading and writing fail, and the call returns.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Watches this socket from now on, by a number of its own: whoever closes theirs changes nothing.
  void watch(int socket);

  // As long as it lives a call is under way that may take so long.
  class Limit {
   public:
    Limit(Watchdog& watchdog, std::chrono::milliseconds limit);
    ~Limit();
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

   private:
    Watchdog& watchdog_;
  };

 private:
  using Time = std::chrono::steady_clock::time_point;
  void set_end(std::optional<Time> end);
  void run(const std::stop_token& stop);

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  int socket_ = -1;
  std::optional<Time> end_;  // of the call that is under way
  std::jthread thread_;      // last: starts when all else is there
};

}  // namespace countersign::authority
