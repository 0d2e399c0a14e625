// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

#include "wallet/incoming.h"

namespace countersign::wallet {

// A PC that writes down what it is told.
class FakeComputer final : public ComputerSide {
 public:
  const std::string& name() const override { return name_; }
  Carrier carrier(const std::string&) override { return {}; }
  void hang_up() override {
    const std::lock_guard lock(mutex_);
    if (++hung_up == 1) told_before_the_end = told_;
    changed_.notify_all();
  }
  void hang_up(const std::string& gateway) override {
    const std::lock_guard lock(mutex_);
    hung_up_on_.push_back(gateway);
    changed_.notify_all();
  }
  // The gateways that were hung up on, by themselves.
  std::vector<std::string> hung_up_on() {
    const std::lock_guard lock(mutex_);
    return hung_up_on_;
  }
  // Returns when it is one of them: what a connection to a silent gateway waits for.
  void wait_hung_up_on(const std::string& gateway) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::ranges::find(hung_up_on_, gateway) != hung_up_on_.end(); });
  }
  // Returns when all were hung up on: what an answer of a silent gateway waits for.
  void wait_hung_up() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return hung_up > 0; });
  }
  void tell(const link::Control& message) override {
    const std::lock_guard lock(mutex_);
    told_.push_back(message);
  }
  std::vector<link::Control> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  template <typename Message>
  std::optional<Message> last() {
    std::optional<Message> newest;
    for (const auto& message : told()) {
      if (const auto* found = std::get_if<Message>(&message)) newest = *found;
    }
    return newest;
  }
  std::optional<ErrorCode> closed_because(const std::string& gateway) override {
    const auto found = closed.find(gateway);
    return found == closed.end() ? closes_because : std::optional(found->second);
  }
  std::atomic<int> hung_up = 0;
  std::vector<link::Control> told_before_the_end;  // of the ways to the gateways
  std::optional<ErrorCode> closes_because;         // whatever gateway it is
  std::map<std::string, ErrorCode> closed;         // by gateway

 private:
  std::string name_ = "Office PC";
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<link::Control> told_;
  std::vector<std::string> hung_up_on_;
};

// What the desk shows once it neither opens nor works on anything.
inline IncomingView settled_view(IncomingDesk& desk) {
  for (std::uint64_t seen = 0;;) {
    const auto view = desk.view();
    if (view && view->state != IncomingState::kOpening && view->state != IncomingState::kWorking)
      return *view;
    seen = desk.wait(seen, std::chrono::milliseconds(100));
  }
}

}  // namespace countersign::wallet
