// SPDX-License-Identifier: Apache-2.0
#include "link/greeting_round.h"

namespace countersign::link {
namespace {

// A terminal that is awake has answered by then, and nobody else is bothered.
constexpr std::chrono::milliseconds kHeadStart{250};

}  // namespace

GreetingRound::GreetingRound(std::size_t most, Greet greet, IsFinal is_final, const std::stop_token& stop)
    : most_(most),
      greet_(std::move(greet)),
      is_final_(std::move(is_final)),
      from_outside_(stop, [this] { over_.request_stop(); }) {}

GreetingRound::~GreetingRound() {
  over_.request_stop();
}

void GreetingRound::greet(Stream stream) {
  const std::string address = stream.address;
  std::unique_lock lock(mutex_);
  if (under_way_.contains(address)) return;
  under_way_.insert(address);
  threads_.emplace_back([this, given = std::move(stream)]() mutable { run(std::move(given)); });
  changed_.wait_for(lock, kHeadStart,
                    [&] { return !under_way_.contains(address) || over_.stop_requested(); });
  changed_.wait(lock, [&] { return under_way_.size() < most_ || over_.stop_requested(); });
}

void GreetingRound::run(Stream stream) {
  const std::string address = stream.address;
  auto greeted = greet_(std::move(stream), over_.get_token());
  {
    const std::lock_guard lock(mutex_);
    under_way_.erase(address);
    if (!greeted) {
      if (is_final_(greeted.error())) over_.request_stop();
      keep_most_telling(failed_, std::move(greeted).error());
    } else if (greeted.value()) {
      if (!connection_) connection_ = std::move(greeted).value();
      over_.request_stop();
    }
  }
  changed_.notify_all();
}

Reached<std::shared_ptr<Connection>> GreetingRound::finish(NotReached failure) {
  threads_.clear();
  const std::lock_guard lock(mutex_);
  if (connection_) return connection_;
  keep_most_telling(failed_, std::move(failure));
  return *failed_;
}

}  // namespace countersign::link
