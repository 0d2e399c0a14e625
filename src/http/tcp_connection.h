// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "http/address_policy.h"
#include "http/url.h"

namespace countersign::http {

using Deadline = std::chrono::steady_clock::time_point;

// TcpConnection owns a connected, non-blocking socket.
class TcpConnection {
 public:
  // Tries the addresses of the URL's host one after the other. kUnavailable; kForbidden when the policy
  // permits none of them.
  static Result<TcpConnection> open(const Url& url, AddressPolicy policy, Deadline deadline);
  ~TcpConnection();
  TcpConnection(TcpConnection&& other) noexcept;
  TcpConnection& operator=(TcpConnection&&) = delete;
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  explicit TcpConnection(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Until the descriptor is ready for the events of poll(2), `wake` can be read (-1: none), or the deadline.
enum class Waited { kReady, kWoken, kTimeOut };
Waited wait_for_descriptor(int descriptor, short events, int wake, Deadline deadline);

}  // namespace countersign::http
