// SPDX-License-Identifier: Apache-2.0
#include "http/local_loop.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "crypto/random.h"

namespace countersign::http {
namespace {

constexpr int kWaiting = 4;

bool is_of_this_process(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid();
}

}  // namespace

Result<std::unique_ptr<LocalLoop>> LocalLoop::open() {
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return fail(ErrorCode::kUnavailable, "local socket: no descriptor left");
  std::unique_ptr<LocalLoop> loop(new LocalLoop(descriptor, "countersign-" + crypto::random_token()));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, loop->name_.data(), loop->name_.size());  // abstract: it begins with 0
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + loop->name_.size());
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(descriptor, kWaiting) != 0) {
    return fail(ErrorCode::kUnavailable, "local socket: cannot listen");
  }
  return loop;
}

LocalLoop::~LocalLoop() {
  close(descriptor_);
}

Result<int> LocalLoop::accept() {
  for (;;) {
    const int accepted = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0 && errno == EINTR) continue;
    if (accepted < 0) return fail(ErrorCode::kUnavailable, "local socket: nobody connected");
    if (is_of_this_process(accepted)) return accepted;
    close(accepted);
  }
}

}  // namespace countersign::http
