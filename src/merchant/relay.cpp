// SPDX-License-Identifier: Apache-2.0
#include "merchant/relay.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "documents/json.h"

namespace countersign::merchant {
namespace {

constexpr std::size_t kPart = 32 << 10;                // bytes of one message to the mediator
constexpr std::chrono::milliseconds kPatience{20000};  // with a mediator that takes nothing
constexpr std::size_t kMaxControl = 1024;

bool asks_to_cancel(BytesView text) {
  auto reader = documents::ObjectReader::parse(text, "control", {.bytes = kMaxControl, .depth = 1});
  if (!reader) return false;
  const auto type = reader.value().text("type", 16);
  return type && type.value() == "cancel" && reader.value().finish();
}

}  // namespace

Relay::Relay(std::shared_ptr<http::WebSocketSession> session, int descriptor, std::function<void()> cancel)
    : session_(std::move(session)),
      descriptor_(descriptor),
      wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      cancel_(std::move(cancel)),
      thread_([this] { run(); }) {}

Relay::~Relay() {
  end();
  thread_.join();
  close(descriptor_);
  close(wakeup_);
}

void Relay::take(const http::WebSocketMessage& message) {
  const std::lock_guard lock(mutex_);
  if (message.kind == http::MessageKind::kText) {
    if (!asks_to_cancel(message.payload))
      return session_->close(http::WebSocketClose::kPolicy, "unknown control");
    wants_cancel_ = true;
    return wake();
  }
  unsent_.insert(unsent_.end(), message.payload.begin(), message.payload.end());
  if (!flush()) return end();
  if (unsent_.empty() || is_paused_) return;
  is_paused_ = true;
  session_->pause_reading();
  wake();
}

bool Relay::flush() {
  while (!unsent_.empty()) {
    const ssize_t sent = send(descriptor_, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
  }
  return true;
}

void Relay::tell(std::string_view control) {
  // A mediator that takes nothing hears nothing; the session ends by itself.
  (void)session_->send_text(control);
}

void Relay::end() {
  ended_ = true;
  shutdown(descriptor_, SHUT_RDWR);
  wake();
}

void Relay::wake() const {
  const std::uint64_t one = 1;
  (void)!write(wakeup_, &one, sizeof(one));
}

void Relay::run() {
  while (!ended_) {
    std::array<pollfd, 2> waiting{{{wakeup_, POLLIN, 0}, {descriptor_, POLLIN, 0}}};
    {
      const std::lock_guard lock(mutex_);
      if (!unsent_.empty()) waiting[1].events |= POLLOUT;
    }
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) break;
    std::uint64_t count = 0;
    (void)!read(wakeup_, &count, sizeof(count));
    if (!act_on_wishes()) break;
    if ((waiting[1].revents & POLLOUT) != 0) forward_to_gateway();
    if ((waiting[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !forward_to_mediator()) break;
  }
  ended_ = true;
  act_on_wishes();  // a mediator that cancels closes right behind it
  session_->close(http::WebSocketClose::kNormal, "the connection to the gateway has ended");
}

bool Relay::act_on_wishes() {
  bool wants_cancel = false;
  {
    const std::lock_guard lock(mutex_);
    std::swap(wants_cancel, wants_cancel_);
  }
  if (wants_cancel) cancel_();
  return !ended_;
}

void Relay::forward_to_gateway() {
  const std::lock_guard lock(mutex_);
  if (!flush()) {
    ended_ = true;
  } else if (unsent_.empty() && is_paused_) {
    is_paused_ = false;
    session_->resume_reading();
  }
}

bool Relay::forward_to_mediator() {
  std::array<std::uint8_t, kPart> part;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
  const ssize_t size = recv(descriptor_, part.data(), part.size(), MSG_DONTWAIT);
  if (size == 0) return false;
  if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  const BytesView bytes(part.data(), static_cast<std::size_t>(size));
  auto sent = session_->send_binary(bytes);
  if (!sent && sent.error().code == ErrorCode::kTooLarge && session_->wait_for_room(kPatience))
    sent = session_->send_binary(bytes);
  return bool{sent};
}

}  // namespace countersign::merchant
