// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <utility>

#include "base/result.h"

namespace countersign::link {

// Deadline is an instant of the monotonic clock: time limits do not follow a clock that is set.
using Deadline = std::chrono::steady_clock::time_point;
inline Deadline after(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

// Socket owns a file descriptor of a byte stream (TCP, RFCOMM, one end of a socketpair), a datagram socket or
// an event; closes it at its end.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int number) : number_(number) {}
  Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// Makes reads and writes return at once (O_NONBLOCK).
Result<void> make_nonblocking(const Socket& socket);

// Waker interrupts a poll(2) of another thread, once, for good or until `clear`. Thread-safe.
class Waker {
 public:
  Waker();  // throws std::system_error without a free descriptor
  void wake() noexcept;
  void clear() noexcept;
  int number() const { return event_.number(); }

 private:
  Socket event_;
};

}  // namespace countersign::link
