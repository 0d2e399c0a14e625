// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "link/connection.h"
#include "link/transport.h"

namespace countersign::link {

// GreetingRound greets candidates side by side, on a thread each: one that is connected and mute, such as who
// has a terminal's old port, keeps nobody from the terminal itself. The first that is reached ends the
// others.
class GreetingRound {
 public:
  // Greets who is behind the stream; ends when told to. Null, which says nothing about the terminal, where
  // another greeting was first.
  using Greet = std::function<Reached<std::shared_ptr<Connection>>(Stream, const std::stop_token&)>;
  // Whether a failure is the terminal's own last word, after which nobody else needs to be asked.
  using IsFinal = std::function<bool(const NotReached&)>;

  // `most` greetings at a time. `stop` ends them all.
  GreetingRound(std::size_t most, Greet greet, IsFinal is_final, const std::stop_token& stop);
  ~GreetingRound();
  GreetingRound(const GreetingRound&) = delete;
  GreetingRound& operator=(const GreetingRound&) = delete;

  // Greets one more, unless somebody at its address is being greeted. Returns when it has ended, at the
  // latest after a head start, but not before there is room for another.
  void greet(Stream stream);
  // Requested once the round is decided, or stopped from outside.
  std::stop_token decided() const { return over_.get_token(); }
  // Waits for the greetings under way. `failure`: why there are no more candidates.
  Reached<std::shared_ptr<Connection>> finish(NotReached failure);

 private:
  void run(Stream stream);

  const std::size_t most_;
  const Greet greet_;
  const IsFinal is_final_;
  std::stop_source over_;
  std::stop_callback<std::function<void()>> from_outside_;
  std::mutex mutex_;  // guards what follows, but for threads_
  std::condition_variable changed_;
  std::set<std::string> under_way_;  // addresses
  std::shared_ptr<Connection> connection_;
  std::optional<NotReached> failed_;
  std::vector<std::jthread> threads_;  // of who made the round; joined before the rest goes
};

}  // namespace countersign::link
