// SPDX-License-Identifier: Apache-2.0
#include "mediator/native_port.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mediator/browser_message.h"

namespace countersign::mediator {

NativePort::NativePort(int in, int out) : in_(in), out_(out), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

NativePort::~NativePort() {
  if (wake_ >= 0) ::close(wake_);
}

void NativePort::wake() {
  eventfd_write(wake_, 1);
}

// How much of the space was filled before the browser closed, or wake() was called.
Result<std::size_t> NativePort::fill(std::span<std::uint8_t> space) {
  std::size_t filled = 0;
  while (filled < space.size()) {
    pollfd sources[] = {{in_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(sources, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::kInternal, "browser: cannot be waited for");
    }
    if (sources[1].revents != 0) return fail(ErrorCode::kGone, "browser: not listened to any more");
    const ssize_t count = ::read(in_, space.data() + filled, space.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Result<Bytes> NativePort::receive() {
  std::uint32_t size = 0;
  std::uint8_t head[sizeof(size)];
  TRY(const std::size_t head_size, fill(head));
  if (head_size == 0) return fail(ErrorCode::kGone, "browser: has closed");
  std::memcpy(&size, head, sizeof(size));
  if (head_size == sizeof(size) && size > kMaxBrowserMessage) {
    return fail(ErrorCode::kTooLarge, "browser: message beyond 64 KiB");
  }
  Bytes message(head_size == sizeof(size) ? size : 1);
  TRY(const std::size_t message_size, fill(message));
  if (head_size < sizeof(size) || message_size < message.size()) {
    return fail(ErrorCode::kMalformed, "browser: closed within a message");
  }
  return message;
}

Result<void> NativePort::send(std::string_view message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string wire(sizeof(size), '\0');
  std::memcpy(wire.data(), &size, sizeof(size));
  wire.append(message);
  const std::lock_guard lock(mutex_);
  for (std::string_view rest = wire; !rest.empty();) {
    const ssize_t count = ::write(out_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorCode::kUnavailable, "browser: is gone");
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return ok();
}

}  // namespace countersign::mediator
