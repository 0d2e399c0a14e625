// SPDX-License-Identifier: Apache-2.0
#include "link/socket.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace countersign::link {

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) ::close(number_);
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

Socket::~Socket() {
  if (number_ >= 0) ::close(number_);
}

Result<void> make_nonblocking(const Socket& socket) {
  const int flags = ::fcntl(socket.number(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.number(), F_SETFL, flags | O_NONBLOCK) != 0)
    return fail(ErrorCode::kInternal, "socket: " + std::generic_category().message(errno));
  return ok();
}

Waker::Waker() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Waker::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(event_.number(), &one, sizeof(one));
}

void Waker::clear() noexcept {
  std::uint64_t count = 0;
  (void)!::read(event_.number(), &count, sizeof(count));
}

}  // namespace countersign::link
