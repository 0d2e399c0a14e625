// SPDX-License-Identifier: Apache-2.0
#include "http/tcp_connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace countersign::http {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int failed = getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &list);
  if (failed != 0) return fail(ErrorCode::kUnavailable, url.origin() + ": " + gai_strerror(failed));
  return Addresses(list);
}

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

// 0, or why it does not connect.
int connect_socket(int descriptor, const addrinfo& address, Deadline deadline) {
  if (connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (wait_for_descriptor(descriptor, POLLOUT, -1, deadline) != Waited::kReady) return ETIMEDOUT;
  int failed = 0;
  socklen_t size = sizeof(failed);
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failed, &size) == 0 ? failed : errno;
}

}  // namespace

Waited wait_for_descriptor(int descriptor, short events, int wake, Deadline deadline) {
  for (;;) {
    pollfd waits[] = {{descriptor, events, 0}, {wake, POLLIN, 0}};
    const int ready = poll(waits, 2, milliseconds_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (waits[1].revents != 0) return Waited::kWoken;
    if (ready != 0) return Waited::kReady;
    if (std::chrono::steady_clock::now() >= deadline) return Waited::kTimeOut;
  }
}

TcpConnection::TcpConnection(TcpConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

TcpConnection::~TcpConnection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// The address checked here is the one that is connected to: nothing is resolved again in between.
Result<TcpConnection> TcpConnection::open(const Url& url, AddressPolicy policy, Deadline deadline) {
  TRY(const auto addresses, resolve(url));
  Error reason{ErrorCode::kUnavailable, url.origin() + ": no address"};
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    if (!permits(policy, *address->ai_addr)) {
      reason = {ErrorCode::kForbidden, url.origin() + ": address not permitted"};
      continue;
    }
    TcpConnection connection(
        socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol));
    const int failed =
        connection.descriptor_ < 0 ? errno : connect_socket(connection.descriptor_, *address, deadline);
    if (failed == 0) {
      const int on = 1;
      setsockopt(connection.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return connection;
    }
    reason = {ErrorCode::kUnavailable, url.origin() + ": " + std::strerror(failed)};
  }
  return fail(std::move(reason));
}

}  // namespace countersign::http
