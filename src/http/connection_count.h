// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace countersign::http {

// Why a connection was closed as soon as it was accepted.
enum class ConnectionRefusal { kTooMany, kTooManyOfAddress };

// ConnectionCount counts the open connections of a listener, in all and by address_key. It remembers only
// addresses with open connections, so that a flood costs no memory. Thread-safe.
class ConnectionCount {
 public:
  struct Limits {
    std::size_t in_all, per_address;
  };
  // Counts one connection unless it would be beyond a limit: then why not. Each one admitted is released
  // once.
  std::optional<ConnectionRefusal> admit(const std::string& key, const Limits& limits);
  void release(const std::string& key);

 private:
  std::mutex mutex_;  // guards what follows
  std::size_t in_all_ = 0;
  std::map<std::string, std::size_t> by_address_;
};

}  // namespace countersign::http
