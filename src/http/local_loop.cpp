// SPDX-License-Identifier: Apache-2.0
#include "http/local_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace countersign::http {
namespace {

constexpr int kWaiting = 4;

// A socket at a free port of 127.0.0.1, and that port.
Result<std::pair<int, std::uint16_t>> bound_socket(int flags) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (descriptor < 0) return fail(ErrorCode::kUnavailable, "local connection: no descriptor left");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(descriptor, generic, size) != 0 || getsockname(descriptor, generic, &size) != 0) {
    close(descriptor);
    return fail(ErrorCode::kUnavailable, "local connection: no port left");
  }
  return std::pair{descriptor, ntohs(address.sin_port)};
}

}  // namespace

Result<std::unique_ptr<LocalLoop>> LocalLoop::open() {
  TRY(const auto bound, bound_socket(SOCK_NONBLOCK));
  std::unique_ptr<LocalLoop> loop(new LocalLoop(bound.first, bound.second));
  if (listen(bound.first, kWaiting) != 0)
    return fail(ErrorCode::kUnavailable, "local connection: cannot listen");
  return loop;
}

LocalLoop::~LocalLoop() {
  close(descriptor_);
}

Result<int> LocalLoop::make_client() {
  TRY(const auto bound, bound_socket(0));
  client_port_ = bound.second;
  return bound.first;
}

Result<int> LocalLoop::accept() {
  for (;;) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int accepted = accept4(descriptor_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
    if (accepted < 0 && errno == EINTR) continue;
    if (accepted < 0) return fail(ErrorCode::kUnavailable, "local connection: nobody connected");
    if (client_port_ != 0 && ntohs(peer.sin_port) == client_port_) {
      const int no_delay = 1;
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
      return accepted;
    }
    close(accepted);
  }
}

}  // namespace countersign::http
