// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string_view>

#include "base/bytes.h"

namespace countersign::mediator {

// NativePort speaks native messaging with the browser that started this program: each message behind its
// length, 32 bits in the machine's byte order.
class NativePort {
 public:
  // The descriptors stay the caller's.
  NativePort(int in, int out);
  ~NativePort();
  NativePort(const NativePort&) = delete;
  NativePort& operator=(const NativePort&) = delete;

  // The next message; for one thread. kGone: the browser has closed, or wake() was called. kMalformed: it
  // closed within a message. kTooLarge: more than kMaxBrowserMessage; nothing more can be read.
  Result<Bytes> receive();
  // Ends the waiting, for good; from any thread.
  void wake();
  // kUnavailable when the browser is gone. Thread-safe; messages do not mix.
  Result<void> send(std::string_view message);

 private:
  Result<std::size_t> fill(std::span<std::uint8_t> space);
  const int in_;
  const int out_;
  const int wake_;
  std::mutex mutex_;  // held while one message is written
};

}  // namespace countersign::mediator
